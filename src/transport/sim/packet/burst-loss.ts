import type { Random } from "../../../core/random.ts";
import type { BurstLoss } from "./conditions.ts";

/**
 * The two states of one link direction over time. They change whether or not packets come, so that
 * everybody who uses the link meets the same bad times.
 */
export class BurstState {
  readonly #burst: BurstLoss;
  readonly #random: Random;
  #bad = false;
  #untilUs: number;

  constructor(burst: BurstLoss, random: Random, nowUs: number) {
    this.#burst = burst;
    this.#random = random;
    this.#untilUs = nowUs + random.exponential(burst.goodUs);
  }

  /** Whether a packet that passes now is lost. `draws` decides, so that states stay the same. */
  isLost(nowUs: number, draws: Random): boolean {
    const { badUs, goodUs, lossBad, lossGood } = this.#burst;
    while (nowUs >= this.#untilUs) {
      this.#bad = !this.#bad;
      this.#untilUs += this.#random.exponential(this.#bad ? badUs : goodUs);
    }
    const loss = this.#bad ? lossBad : lossGood;
    return loss > 0 && draws.chance(loss);
  }
}
