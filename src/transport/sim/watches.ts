import { grown } from "../../core/column.ts";

/** Words of a target: where its list stands, how many watch it, and the size of the list as a power of two. */
const STRIDE = 3;
const START = 0;
const COUNT = 1;
const SIZE_BITS = 2;
const SIZE_BITS_MIN = 3;
const NONE = -1;
/** Of an entry: what the watcher was told last (`PEER_STATES` index); above it the watcher. */
const REPORTED_BITS = 2;
const REPORTED_MASK = (1 << REPORTED_BITS) - 1;

/** Calls with every watch that the floors above know of: the watcher, and whom it watches. */
export type ListWatches = (add: (watcher: number, target: number) => void) => void;

/**
 * Who watches whom: for each host a list of its watchers, all in one column, each list in one piece.
 * The lists are made when the first host fails. Until then watches are only counted, since the tables
 * of the floor above say the same: in a quiet run of a million hosts the lists would be the most of all
 * memory. Limit: a watch for each pair that the floors above watch, which their tables bound.
 */
export class Watches {
  #lists = new Int32Array(64 * STRIDE);
  #entries = new Int32Array(1_024);
  /** Entries that belong to lists or stand free. */
  #used = 0;
  /** By size of a list: the first free piece, whose first entry is the next. */
  readonly #free = new Int32Array(32).fill(NONE);
  #isListed = false;
  /** Says who watches whom by now. */
  listedBy: ListWatches = () => undefined;
  /** Watches now. */
  count = 0;

  /**
   * Adds a watch. A pair that is watched twice has two entries: to look for the first here would
   * cost a walk for every watch, and overlays watch a pair once.
   */
  add(watcher: number, target: number): void {
    this.count++;
    if (this.#isListed) this.#append(watcher, target);
  }

  /** Takes a watch back that was added. */
  remove(watcher: number, target: number): void {
    if (!this.#isListed) {
      this.count--;
      return;
    }
    const entry = this.#find(watcher, target);
    if (entry === NONE) return;
    const at = target * STRIDE;
    const count = (this.#lists[at + COUNT] as number) - 1;
    const last = (this.#lists[at + START] as number) + count;
    this.#entries[entry] = this.#entries[last] as number;
    this.#lists[at + COUNT] = count;
    this.count--;
    if (count === 0) this.#release(at);
  }

  /** From now on there are lists. */
  list(): void {
    if (this.#isListed) return;
    this.#isListed = true;
    this.listedBy((watcher, target) => this.#append(watcher, target));
  }

  /** What the watcher was told last (`PEER_STATES` index), or undefined if it does not watch. */
  reported(watcher: number, target: number): number | undefined {
    this.list();
    const entry = this.#find(watcher, target);
    return entry === NONE ? undefined : (this.#entries[entry] as number) & REPORTED_MASK;
  }

  /** Whether the watcher may have been told anything: without lists nobody was. */
  get isQuiet(): boolean {
    return !this.#isListed;
  }

  setReported(watcher: number, target: number, state: number): void {
    this.list();
    const at = target * STRIDE;
    const first = this.#lists[at + START] ?? 0;
    const end = first + (this.#lists[at + COUNT] ?? 0);
    for (let i = first; i < end; i++) {
      if ((this.#entries[i] as number) >>> REPORTED_BITS !== watcher) continue;
      this.#entries[i] = (watcher << REPORTED_BITS) | state;
    }
  }

  /**
   * Calls with the watcher of each watch, in the order of their numbers, so that what follows does not
   * depend on who came first. The visitor may not change who watches the target.
   */
  forEachWatcher(target: number, visit: (watcher: number) => void): void {
    this.list();
    const at = target * STRIDE;
    const first = this.#lists[at + START] ?? 0;
    const end = first + (this.#lists[at + COUNT] ?? 0);
    // The watcher stands in the high bits.
    for (const entry of this.#entries.slice(first, end).sort()) visit(entry >>> REPORTED_BITS);
  }

  #append(watcher: number, target: number): void {
    const at = target * STRIDE;
    if (at >= this.#lists.length) {
      this.#lists = grown(this.#lists, Math.max(at + STRIDE, this.#lists.length * 2));
    }
    const lists = this.#lists;
    const count = lists[at + COUNT] as number;
    if (count === sizeOf(lists[at + SIZE_BITS] as number)) this.#lengthen(at, count);
    this.#entries[(lists[at + START] as number) + count] = watcher << REPORTED_BITS;
    lists[at + COUNT] = count + 1;
  }

  /** The latest entry of the pair. */
  #find(watcher: number, target: number): number {
    const at = target * STRIDE;
    const first = this.#lists[at + START] ?? 0;
    const count = this.#lists[at + COUNT] ?? 0;
    const entries = this.#entries;
    for (let i = first + count - 1; i >= first; i--) {
      if ((entries[i] as number) >>> REPORTED_BITS === watcher) return i;
    }
    return NONE;
  }

  /** Moves a full list to a piece twice as long. */
  #lengthen(at: number, count: number): void {
    const lists = this.#lists;
    const from = lists[at + START] as number;
    const bits = count === 0 ? SIZE_BITS_MIN : (lists[at + SIZE_BITS] as number) + 1;
    const to = this.#take(bits);
    this.#entries.copyWithin(to, from, from + count);
    if (count > 0) this.#release(at);
    lists[at + START] = to;
    lists[at + SIZE_BITS] = bits;
  }

  #take(bits: number): number {
    const free = this.#free[bits] as number;
    if (free !== NONE) {
      this.#free[bits] = this.#entries[free] as number;
      return free;
    }
    const start = this.#used;
    this.#used += sizeOf(bits);
    if (this.#used > this.#entries.length) {
      this.#entries = grown(this.#entries, Math.max(this.#used, this.#entries.length * 2));
    }
    return start;
  }

  /** Gives the piece of a list back. */
  #release(at: number): void {
    const start = this.#lists[at + START] as number;
    const bits = this.#lists[at + SIZE_BITS] as number;
    this.#entries[start] = this.#free[bits] as number;
    this.#free[bits] = start;
    this.#lists[at + SIZE_BITS] = 0;
  }
}

/** Entries of a list; no list has none. */
function sizeOf(bits: number): number {
  return bits === 0 ? 0 : 1 << bits;
}
