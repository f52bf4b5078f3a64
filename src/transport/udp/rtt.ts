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
  /** The last sample. */
  latestUs: number | undefined;
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
    this.latestUs = rttUs;
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

  /**
   * How long to wait for an answer: `SRTT + max(4 RTTVAR, SRTT / 8) + the peer's ack delay`, within
   * floor and ceiling. The eighth is for steady paths, on which RTTVAR goes to nothing.
   */
  get rtoUs(): number {
    return this.#timeoutUs(this.peerAckDelayUs);
  }

  /** The same for an answer that was asked for at once. */
  get promptRtoUs(): number {
    return this.#timeoutUs(0);
  }

  #timeoutUs(ackDelayUs: number): number {
    const { minRtoUs, maxRtoUs, initialRtoUs } = this.#options;
    const { srttUs, rttVarUs } = this;
    const timeoutUs =
      srttUs === undefined || rttVarUs === undefined
        ? initialRtoUs
        : srttUs + Math.max(4 * rttVarUs, srttUs / 8) + ackDelayUs;
    return Math.round(Math.min(maxRtoUs, Math.max(minRtoUs, timeoutUs)));
  }
}
