/** Longest run whose successes are remembered, milliseconds. */
export const RUN_MS_MAX = 3_600_000;

/**
 * In which milliseconds of a run an operation was done: one bit each, so that the successes of any
 * number of clients are combined in fixed space.
 */
export class SuccessTimes {
  readonly #bits: Uint8Array;
  readonly #durationMs: number;

  constructor(durationMs: number) {
    this.#durationMs = Math.min(Math.ceil(durationMs), RUN_MS_MAX);
    this.#bits = new Uint8Array(Math.ceil(this.#durationMs / 8) + 1);
  }

  /** After the end of the load it no longer counts: the load had stopped asking. */
  add(ms: number): void {
    const bit = Math.floor(ms);
    if (bit < 0 || bit >= this.#durationMs) return;
    this.#bits[bit >> 3] = (this.#bits[bit >> 3] as number) | (1 << (bit & 7));
  }

  addBits(bits: Uint8Array): void {
    const shorter = Math.min(bits.length, this.#bits.length);
    for (let i = 0; i < shorter; i++) {
      this.#bits[i] = (this.#bits[i] as number) | (bits[i] as number);
    }
  }

  get bits(): Uint8Array {
    return this.#bits;
  }

  /**
   * The longest time without a success, the beginning and `untilMs` included: a system that stops
   * answering for good has a gap until the end.
   */
  longestGapMs(untilMs: number): number {
    const end = Math.min(Math.floor(untilMs), this.#durationMs);
    let longest = 0;
    let last = 0;
    for (let ms = 0; ms < end; ms++) {
      if (((this.#bits[ms >> 3] as number) & (1 << (ms & 7))) === 0) continue;
      longest = Math.max(longest, ms - last);
      last = ms;
    }
    return Math.max(longest, end - last);
  }
}
