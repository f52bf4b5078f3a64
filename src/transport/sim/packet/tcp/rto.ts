const RTO_MIN_US = 200_000;
const RTO_MAX_US = 120_000_000;
const RTO_INITIAL_US = 1_000_000;

/**
 * Smoothed round trip and retransmission timeout. Source: RFC 6298; the floor of 200 ms lies, as in
 * Linux, under the variation and not under the sum.
 */
export class RetransmissionTimer {
  srttUs: number | undefined;
  #varUs = 0;
  /** Timeouts in a row without anything new acknowledged. */
  backoffs = 0;

  sample(rttUs: number): void {
    if (this.srttUs === undefined) {
      this.srttUs = rttUs;
      this.#varUs = rttUs / 2;
      return;
    }
    this.#varUs += (Math.abs(this.srttUs - rttUs) - this.#varUs) / 4;
    this.srttUs += (rttUs - this.srttUs) / 8;
  }

  /** How long to wait for an answer now. */
  get rtoUs(): number {
    const rtoUs =
      this.srttUs === undefined
        ? RTO_INITIAL_US
        : this.srttUs + Math.max(RTO_MIN_US, 4 * this.#varUs);
    return Math.min(RTO_MAX_US, Math.round(rtoUs * 2 ** this.backoffs));
  }
}
