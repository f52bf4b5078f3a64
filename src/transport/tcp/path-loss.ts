import type { DetectorOptions } from "../detector/options.ts";

/** Weight of the newest question in the smoothed share of those that failed. */
const GAIN = 1 / 16;

/**
 * How much is lost on a path, as far as a program can tell of TCP, which repairs losses before anybody
 * sees them: by the share of questions that got no answer although the peer's program was there. A
 * question and its answer are two packets.
 */
export class PathLoss {
  readonly #options: Pick<DetectorOptions, "lossFloor" | "lossCeiling">;
  #failedShare = 0;

  constructor(options: Pick<DetectorOptions, "lossFloor" | "lossCeiling">) {
    this.#options = options;
  }

  answered(): void {
    this.#failedShare -= this.#failedShare * GAIN;
  }

  failed(): void {
    this.#failedShare += (1 - this.#failedShare) * GAIN;
  }

  /** Smoothed share of packets lost, between floor and ceiling. */
  get loss(): number {
    const { lossFloor, lossCeiling } = this.#options;
    return Math.min(lossCeiling, Math.max(lossFloor, 1 - Math.sqrt(1 - this.#failedShare)));
  }
}
