import type { UdpOptions } from "./options.ts";

/**
 * Smoothed round trip of one path, in microseconds. A packet number is never reused, so every
 * acknowledgement is a sample. Source: RFC 6298, with a small floor instead of its one second.
 */
export class RttEstimator {
  readonly #options: UdpOptions;
  srttUs: number | undefined;
  rttVarUs: number | undefined;
  minRttUs = Number.POSITIVE_INFINITY;
  /** What the peer may add by acknowledging late; learnt from its hello. */
  peerAckDelayUs: number;

  constructor(options: UdpOptions) {
    this.#options = options;
    this.peerAckDelayUs = options.ackDelayUs;
  }

  /**
   * A packet came back after `elapsedUs`, of which the peer says it held it for `heldUs`. Returns by
   * how much that was later than usual.
   */
  sample(elapsedUs: number, heldUs: number): number {
    this.minRttUs = Math.min(this.minRttUs, elapsedUs);
    const held = Math.min(heldUs, this.peerAckDelayUs);
    const rttUs = elapsedUs - held >= this.minRttUs ? elapsedUs - held : elapsedUs;
    if (this.srttUs === undefined || this.rttVarUs === undefined) {
      this.srttUs = rttUs;
      this.rttVarUs = rttUs / 2;
      return 0;
    }
    const lateUs = Math.max(0, rttUs - this.srttUs);
    this.rttVarUs += (Math.abs(this.srttUs - rttUs) - this.rttVarUs) / 4;
    this.srttUs += (rttUs - this.srttUs) / 8;
    return lateUs;
  }

  /** How long to wait for an answer: `SRTT + 4 RTTVAR + the peer's ack delay`, within floor and ceiling. */
  get rtoUs(): number {
    const { minRtoUs, maxRtoUs, initialRtoUs } = this.#options;
    const rtoUs =
      this.srttUs === undefined || this.rttVarUs === undefined
        ? initialRtoUs
        : this.srttUs + 4 * this.rttVarUs + this.peerAckDelayUs;
    return Math.round(Math.min(maxRtoUs, Math.max(minRtoUs, rtoUs)));
  }
}
