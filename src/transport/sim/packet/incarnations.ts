import { type Incarnation, newIncarnation } from "../../../core/address.ts";
import type { Random } from "../../../core/random.ts";
import { wallMsAt } from "../sim-world.ts";

/**
 * Numbers of the lives of simulated processes, as live ones get them: the time of their beginning and
 * some random bits. No two processes of a run have the same, and whoever began later has the larger.
 */
export class Incarnations {
  readonly #clock: { readonly nowUs: number };
  readonly #random: Random;
  #last = 0;

  constructor(clock: { readonly nowUs: number }, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  next(): Incarnation {
    const drawn = newIncarnation(wallMsAt(this.#clock.nowUs), this.#random.below(16));
    this.#last = Math.max(drawn, this.#last + 1);
    return this.#last as Incarnation;
  }
}
