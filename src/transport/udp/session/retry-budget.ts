/**
 * How many bytes may be sent again: each byte acknowledged earns `share` of one, on top of a first
 * allowance that is also the most that is saved up. On a path that loses everything, retransmissions
 * dry up instead of adding to the load; probes go on, one a round. With loss `p`, each byte
 * that arrives costs `p / (1 - p)` bytes sent again: 0.25 at 20 %, 1 at 50 %.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #maxBytes: number;
  #bytes: number;

  constructor(share: number, maxBytes: number) {
    this.#share = share;
    this.#maxBytes = maxBytes;
    this.#bytes = maxBytes;
  }

  /** Whether something may be sent again now. */
  get open(): boolean {
    return this.#bytes > 0;
  }

  /** So many bytes were acknowledged. True: nothing more can be saved up. */
  earn(bytes: number): boolean {
    this.#bytes = Math.min(this.#maxBytes, this.#bytes + bytes * this.#share);
    return this.#bytes === this.#maxBytes;
  }

  spend(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Nothing is on the way, so nothing will be earned: one more may leave. */
  relax(): void {
    this.#bytes = Math.max(1, this.#bytes);
  }
}
