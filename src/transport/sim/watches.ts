import { grown } from "./grown.ts";

const NONE = -1;
const REPORTED_UP = 0;

/**
 * Who watches whom: for each host a list of its watchers, in columns. Limit: a watch for each pair
 * that the floors above watch, which their tables bound.
 */
export class Watches {
  #first = new Int32Array(64).fill(NONE);
  #next = new Int32Array(64);
  #watcher = new Int32Array(64);
  #reported = new Uint8Array(64);
  #rows = 0;
  #free = NONE;
  /** Watches now. */
  count = 0;

  /**
   * Adds a watch. A pair that is watched twice has two rows: to look for the first here would cost a
   * walk through memory for every watch, and overlays watch a pair once.
   */
  add(watcher: number, target: number): void {
    while (target >= this.#first.length) {
      const first = grown(this.#first, this.#first.length * 2);
      first.fill(NONE, this.#first.length);
      this.#first = first;
    }
    const row = this.#take();
    this.#watcher[row] = watcher;
    this.#reported[row] = REPORTED_UP;
    this.#next[row] = this.#first[target] as number;
    this.#first[target] = row;
    this.count++;
  }

  remove(watcher: number, target: number): void {
    let previous = NONE;
    let row = this.#first[target] ?? NONE;
    while (row !== NONE && this.#watcher[row] !== watcher) {
      previous = row;
      row = this.#next[row] as number;
    }
    if (row === NONE) return;
    if (previous === NONE) this.#first[target] = this.#next[row] as number;
    else this.#next[previous] = this.#next[row] as number;
    this.#next[row] = this.#free;
    this.#free = row;
    this.count--;
  }

  /** What the watcher was told last (`PEER_STATES` index), or undefined if it does not watch. */
  reported(watcher: number, target: number): number | undefined {
    const row = this.#find(watcher, target);
    return row === NONE ? undefined : this.#reported[row];
  }

  setReported(watcher: number, target: number, state: number): void {
    for (let row = this.#first[target] ?? NONE; row !== NONE; row = this.#next[row] as number) {
      if (this.#watcher[row] === watcher) this.#reported[row] = state;
    }
  }

  /** Calls with the watcher of each watch, the latest first: a fixed order. */
  forEachWatcher(target: number, visit: (watcher: number) => void): void {
    for (let row = this.#first[target] ?? NONE; row !== NONE; row = this.#next[row] as number) {
      visit(this.#watcher[row] as number);
    }
  }

  #find(watcher: number, target: number): number {
    let row = this.#first[target] ?? NONE;
    while (row !== NONE && this.#watcher[row] !== watcher) row = this.#next[row] as number;
    return row;
  }

  #take(): number {
    if (this.#free !== NONE) {
      const row = this.#free;
      this.#free = this.#next[row] as number;
      return row;
    }
    const row = this.#rows++;
    if (row === this.#next.length) {
      this.#next = grown(this.#next, row * 2);
      this.#watcher = grown(this.#watcher, row * 2);
      const reported = new Uint8Array(row * 2);
      reported.set(this.#reported);
      this.#reported = reported;
    }
    return row;
  }
}
