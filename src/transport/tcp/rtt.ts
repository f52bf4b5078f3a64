/** Retransmission-timeout floor and ceiling. The floor only guards against a clock of 1 ms. */
const RTO_MIN_US = 10_000;
const RTO_MAX_US = 3_000_000;

/** Smoothed round trip and its variation. Source: RFC 6298 §2. */
export class RttEstimator {
  #srttUs: number | undefined;
  #rttVarUs = 0;
  #leastUs = Number.POSITIVE_INFINITY;

  /** The shortest round trip seen; 0 before any. */
  get leastUs(): number {
    return this.#leastUs === Number.POSITIVE_INFINITY ? 0 : this.#leastUs;
  }

  /** Returns by how much this one was longer than usual. */
  sample(rttUs: number): number {
    this.#leastUs = Math.min(this.#leastUs, rttUs);
    if (this.#srttUs === undefined) {
      this.#srttUs = rttUs;
      this.#rttVarUs = rttUs / 2;
      return 0;
    }
    const lateUs = Math.max(0, rttUs - this.#srttUs);
    this.#rttVarUs += (Math.abs(this.#srttUs - rttUs) - this.#rttVarUs) / 4;
    this.#srttUs += (rttUs - this.#srttUs) / 8;
    return lateUs;
  }

  get srttUs(): number | undefined {
    return this.#srttUs;
  }

  get rttVarUs(): number | undefined {
    return this.#srttUs === undefined ? undefined : this.#rttVarUs;
  }

  /** Before the first sample: the floor. */
  get rtoUs(): number {
    const rto = (this.#srttUs ?? 0) + 4 * this.#rttVarUs;
    return Math.min(RTO_MAX_US, Math.max(RTO_MIN_US, Math.round(rto)));
  }
}
