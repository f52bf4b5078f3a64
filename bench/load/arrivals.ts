import type { Random } from "../../src/core/random.ts";

/**
 * When operations start: independent of each other and of what became of the ones before (a Poisson
 * process), as with many users who do not know of each other. Microseconds from the beginning.
 */
export class Arrivals {
  readonly #random: Random;
  readonly #meanUs: number;
  #nextUs = 0;

  /** `ratePerSecond` above 0. */
  constructor(ratePerSecond: number, random: Random) {
    this.#random = random;
    this.#meanUs = 1e6 / ratePerSecond;
    this.advance();
  }

  /** The next start. */
  get nextUs(): number {
    return this.#nextUs;
  }

  advance(): void {
    this.#nextUs += this.#random.exponential(this.#meanUs);
  }
}
