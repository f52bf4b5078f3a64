import type { Random } from "../../core/random.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** The share of the interval after which a probe goes out at the earliest. */
const EARLIEST_SHARE = 0.75;

/**
 * When a watched peer is probed: an interval after it was last heard, somewhat at random, so that
 * two who watch each other take turns and each probe serves both.
 */
export class WatchTimer {
  readonly #intervalUs: number;
  readonly #random: Random;
  #watchers = 0;
  /** When the next probe is due; `Infinity`: nobody watches, or the peer was never heard. */
  dueUs = NEVER;

  constructor(intervalUs: number, random: Random) {
    this.#intervalUs = intervalUs;
    this.#random = random;
  }

  get isWatched(): boolean {
    return this.#watchers > 0;
  }

  /** True for the first watcher. */
  add(): boolean {
    return ++this.#watchers === 1;
  }

  /** True for the last watcher. */
  remove(): boolean {
    if (this.#watchers === 0) return false;
    this.#watchers--;
    if (this.#watchers > 0) return false;
    this.dueUs = NEVER;
    return true;
  }

  /** The peer was heard, or is being asked: wait for another interval. */
  restart(nowUs: number): void {
    if (this.#watchers === 0) return;
    const share = EARLIEST_SHARE + (1 - EARLIEST_SHARE) * this.#random.float();
    this.dueUs = nowUs + Math.round(this.#intervalUs * share);
  }
}
