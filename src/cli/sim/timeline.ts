import { SkipnetError } from "../../core/errors.ts";
import { TimerHeap } from "../../core/live/timer-heap.ts";
import type { Simulation } from "../../transport/sim/simulation.ts";

/** Pending steps of one timeline. */
const STEPS_MAX = 1 << 22;

/**
 * What a driver does to a simulated run, each at its virtual time; among equal times, what was planned first
 * comes first. A step happens between two events: after all of its microsecond.
 */
export class Timeline {
  readonly #simulation: Pick<Simulation, "run" | "nowUs">;
  readonly #times = new TimerHeap();
  /** By slot. BOUNDED: `STEPS_MAX`, by the population that the driver was given. */
  readonly #steps: ((() => void) | undefined)[] = [];
  readonly #free: number[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(simulation: Pick<Simulation, "run" | "nowUs">) {
    this.#simulation = simulation;
  }

  /** Plans a step for this time, or for now where that is past. */
  at(us: number, step: () => void): void {
    const slot = this.#free.pop() ?? this.#steps.length;
    if (slot === STEPS_MAX) {
      throw new SkipnetError("E_LIMIT", `more than ${STEPS_MAX} planned steps`);
    }
    this.#steps[slot] = step;
    this.#times.set(slot, Math.max(us, this.#simulation.nowUs));
  }

  after(us: number, step: () => void): void {
    this.at(this.#simulation.nowUs + us, step);
  }

  /** Something that a step began has broken: `runUntil` throws it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Lets virtual time pass until then, doing on the way what was planned. */
  async runUntil(us: number, onBreath?: () => void): Promise<void> {
    const simulation = this.#simulation;
    for (;;) {
      const untilUs = Math.min(us, this.#times.firstTime);
      if (untilUs > simulation.nowUs || untilUs === us) await simulation.run({ untilUs, onBreath });
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#times.firstTime > us) return;
      for (;;) {
        const slot = this.#times.takeDue(simulation.nowUs);
        if (slot < 0) break;
        const step = this.#steps[slot];
        this.#steps[slot] = undefined;
        this.#free.push(slot);
        step?.();
      }
    }
  }
}
