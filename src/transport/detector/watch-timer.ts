import type { Random } from "../../core/random.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** The share of the interval after which a probe goes out at the earliest. */
const EARLIEST_SHARE = 0.75;

/**
 * How long after a peer was heard it is asked again: an interval, somewhat at random, so that of two
 * who watch each other now one asks, now the other, and each probe serves both.
 */
export function probeDelayUs(intervalUs: number, random: Random): number {
  const share = EARLIEST_SHARE + (1 - EARLIEST_SHARE) * random.float();
  return Math.round(intervalUs * share);
}

/**
 * When a watched peer is probed: about an interval after it was last heard.
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
    this.dueUs = nowUs + probeDelayUs(this.#intervalUs, this.#random);
  }
}
