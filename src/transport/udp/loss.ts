import type { UdpOptions } from "./options.ts";
import type { RttEstimator } from "./rtt.ts";

const GAIN = 1 / 32;
/** Clean acknowledgements after which the reorder window shrinks a step (RFC 8985: 16 recoveries). */
const CALM_ACKS = 256;
const REORDER_STEPS_MAX = 16;

/**
 * When a packet counts as lost, and how much is lost on this path.
 *
 * A packet is lost if one sent later was acknowledged and it is older than a round trip and the
 * reorder window, which grows when a packet given up is acknowledged after all. This is the time rule
 * of RACK (RFC 8985); its tail-loss probe and the peer's own reports of duplicates belong here too.
 */
export class LossEstimator {
  readonly #options: UdpOptions;
  readonly #rtt: RttEstimator;
  #loss: number;
  #reorderSteps = 0;
  #calmAcks = 0;

  constructor(options: UdpOptions, rtt: RttEstimator) {
    this.#options = options;
    this.#rtt = rtt;
    this.#loss = options.lossFloor;
  }

  /** Smoothed share of packets lost, between floor and ceiling. */
  get loss(): number {
    return Math.min(this.#options.lossCeiling, Math.max(this.#options.lossFloor, this.#loss));
  }

  /** Age at which a packet overtaken by an acknowledged one is given up. */
  get reorderAgeUs(): number {
    const srttUs = this.#rtt.srttUs ?? this.#options.initialRtoUs;
    const stepUs = Math.max(this.#options.reorderWindowUs, this.#rtt.minRttUs / 4);
    const windowUs = this.#reorderSteps * Math.min(stepUs, srttUs);
    return srttUs + this.#options.reorderWindowUs + Math.min(windowUs, 2 * srttUs);
  }

  acknowledged(): void {
    this.#loss -= this.#loss * GAIN;
    if (this.#reorderSteps > 0 && ++this.#calmAcks >= CALM_ACKS) {
      this.#calmAcks = 0;
      this.#reorderSteps--;
    }
  }

  lost(): void {
    this.#loss += (1 - this.#loss) * GAIN;
  }

  /** A packet given up was acknowledged after all: it was only late. */
  spurious(): void {
    this.#loss = Math.max(0, this.#loss - GAIN);
    this.#calmAcks = 0;
    this.#reorderSteps = Math.min(REORDER_STEPS_MAX, this.#reorderSteps + 1);
  }
}
