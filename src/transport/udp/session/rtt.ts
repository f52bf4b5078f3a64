import type { UdpOptions } from "../options.ts";

/** After so many samples the first has lost its weight in the means. */
const SAMPLES_COUNTED = 16;

/**
 * Smoothed round trip of one path, in microseconds. A packet number is never reused, so every
 * acknowledgement is a sample. Source: RFC 6298, with a small floor instead of its one second.
 */
export class RttEstimator {
  readonly #options: UdpOptions;
  srttUs: number | undefined;
  rttVarUs: number | undefined;
  /** The round trip that coordinates foretell, until there is a sample. */
  foretoldUs: number | undefined;
  minRttUs = Number.POSITIVE_INFINITY;
  /** The last sample. */
  latestUs: number | undefined;
  /** Samples so far, counted up to `SAMPLES_COUNTED`. */
  #samples = 0;
  /** What the peer may add by acknowledging late; learnt from its hello. */
  peerAckDelayUs: number;

  constructor(options: UdpOptions) {
    this.#options = options;
    this.peerAckDelayUs = options.ackDelayUs;
  }

  /**
   * A packet came back after `measuredUs`, of which the peer says it held it for `heldUs`. Returns by
   * how much that was later than usual.
   */
  sample(measuredUs: number, heldUs: number): number {
    // A clock that was set back makes no round trip negative.
    const elapsedUs = Math.max(0, measuredUs);
    this.minRttUs = Math.min(this.minRttUs, elapsedUs);
    const held = Math.min(heldUs, this.peerAckDelayUs);
    const rttUs = elapsedUs - held >= this.minRttUs ? elapsedUs - held : elapsedUs;
    this.latestUs = rttUs;
    if (this.#samples < SAMPLES_COUNTED) this.#samples++;
    if (this.srttUs === undefined || this.rttVarUs === undefined) {
      this.srttUs = rttUs;
      this.rttVarUs = rttUs / 2;
      return 0;
    }
    // One held beyond that tells it again, for the first answer was lost: nobody was late.
    const lateUs = heldUs > this.peerAckDelayUs ? 0 : Math.max(0, rttUs - this.srttUs);
    this.rttVarUs += (Math.abs(this.srttUs - rttUs) - this.rttVarUs) / 4;
    this.srttUs += (rttUs - this.srttUs) / 8;
    return lateUs;
  }

  /** Whether the means say how long an answer usually takes, and not how long the first one took. */
  get isSettled(): boolean {
    return this.#samples === SAMPLES_COUNTED;
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
    const { minRtoUs, maxRtoUs } = this.#options;
    const { srttUs, rttVarUs } = this;
    const timeoutUs =
      srttUs === undefined || rttVarUs === undefined
        ? this.#firstUs()
        : srttUs + Math.max(4 * rttVarUs, srttUs / 8) + ackDelayUs;
    return Math.round(Math.min(maxRtoUs, Math.max(minRtoUs, timeoutUs)));
  }

  /**
   * Before the first sample: what a sample of the round trip foretold would give, `3 RTT + ackDelay`; no
   * more than it would be at the longest round trip that the bounds assume.
   */
  #firstUs(): number {
    const { initialRtoUs, pathRttUs, ackDelayUs } = this.#options;
    if (this.foretoldUs === undefined) return initialRtoUs;
    const longestUs = Math.max(initialRtoUs, 3 * pathRttUs + ackDelayUs);
    return Math.min(longestUs, 3 * this.foretoldUs + this.peerAckDelayUs);
  }
}
