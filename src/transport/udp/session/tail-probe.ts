import type { RttEstimator } from "./rtt.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * When to ask about the tail of a flight: its last packets have no successor whose acknowledgement
 * would show that they are lost, so one is sent a probe timeout after the last of them. Once a
 * flight; after that the rounds of the retransmission timeout go on. Source: RFC 8985, §7.
 */
export class TailProbe {
  #lastSentUs = 0;
  /** The peer was asked to answer the last packet at once. */
  #prompt = false;
  #alone = false;
  #progress = false;

  /** A packet that wants an answer left; `alone`: nothing else is on the way. */
  sent(nowUs: number, prompt: boolean, alone: boolean): void {
    this.#lastSentUs = nowUs;
    this.#prompt = prompt;
    this.#alone = alone;
    this.#progress = false;
  }

  /** Whether one packet is on the way that the peer will answer at once. */
  get isAlone(): boolean {
    return this.#alone && this.#prompt;
  }

  /** Something of this flight was acknowledged. */
  answered(): void {
    this.#progress = true;
  }

  /** The probe left, or there is nothing to ask about. */
  done(): void {
    this.#progress = false;
  }

  /**
   * When the probe is due. A flight without any answer is the business of the retransmission timeout.
   */
  dueUs(rtt: RttEstimator): number {
    if (!this.#progress) return NEVER;
    return this.#lastSentUs + (this.#prompt ? rtt.promptRtoUs : rtt.rtoUs);
  }
}
