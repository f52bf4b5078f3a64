import type { UdpOptions } from "../options.ts";
import {
  LATEST_RTT_US,
  MIN_RTT_US,
  newSessionNumbers,
  RTT_VAR_US,
  type SessionNumbers,
  SRTT_US,
  UNKNOWN,
} from "./numbers.ts";

/** After so many samples the first has lost its weight in the means. */
const SAMPLES_COUNTED = 16;

/**
 * Smoothed round trip of one path, in microseconds. A packet number is never reused, so every
 * acknowledgement is a sample. Source: RFC 6298, with a small floor instead of its one second.
 */
export class RttEstimator {
  readonly #options: UdpOptions;
  readonly #numbers: SessionNumbers;
  /** The round trip that coordinates foretell, until there is a sample. */
  foretoldUs: number | undefined;
  /** Samples so far, counted up to `SAMPLES_COUNTED`. */
  #samples = 0;
  /** What the peer may add by acknowledging late; learnt from its hello. */
  peerAckDelayUs: number;

  constructor(options: UdpOptions, numbers: SessionNumbers = newSessionNumbers()) {
    this.#options = options;
    this.#numbers = numbers;
    this.peerAckDelayUs = options.ackDelayUs;
  }

  get srttUs(): number | undefined {
    return this.#known(SRTT_US);
  }

  get rttVarUs(): number | undefined {
    return this.#known(RTT_VAR_US);
  }

  /** The last sample. */
  get latestUs(): number | undefined {
    return this.#known(LATEST_RTT_US);
  }

  /** The shortest sample; `Infinity`: there is none. */
  get minRttUs(): number {
    return this.#numbers[MIN_RTT_US] as number;
  }

  /**
   * A packet came back after `measuredUs`, of which the peer says it held it for `heldUs`. Returns by
   * how much that was later than usual.
   */
  sample(measuredUs: number, heldUs: number): number {
    // A clock that was set back makes no round trip negative.
    const elapsedUs = Math.max(0, measuredUs);
    const numbers = this.#numbers;
    const minRttUs = Math.min(this.minRttUs, elapsedUs);
    numbers[MIN_RTT_US] = minRttUs;
    const held = Math.min(heldUs, this.peerAckDelayUs);
    const rttUs = elapsedUs - held >= minRttUs ? elapsedUs - held : elapsedUs;
    numbers[LATEST_RTT_US] = rttUs;
    if (this.#samples < SAMPLES_COUNTED) this.#samples++;
    const { srttUs, rttVarUs } = this;
    if (srttUs === undefined || rttVarUs === undefined) {
      numbers[SRTT_US] = rttUs;
      numbers[RTT_VAR_US] = rttUs / 2;
      return 0;
    }
    // One held beyond that tells it again, for the first answer was lost: nobody was late.
    const lateUs = heldUs > this.peerAckDelayUs ? 0 : Math.max(0, rttUs - srttUs);
    numbers[RTT_VAR_US] = rttVarUs + (Math.abs(srttUs - rttUs) - rttVarUs) / 4;
    numbers[SRTT_US] = srttUs + (rttUs - srttUs) / 8;
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

  #known(at: number): number | undefined {
    const us = this.#numbers[at] as number;
    return us === UNKNOWN ? undefined : us;
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
