import type { CancelTimer, World } from "../../core/world.ts";

/** A round that ends this much late was late for others too, perhaps: the machine is busy. */
const LATE_US = 50_000;

/** What a round does at its beginning and, if it counts, at its end. */
export interface RoundEvents {
  roundUs(): number;
  /** Whether there is still somebody to watch. */
  wanted(): boolean;
  begin(): void;
  end(): void;
}

/**
 * The clock of probe rounds. A late event loop fakes failures: the answers lie in the kernel's
 * buffer while the timer fires. So a round is judged one turn after its end, when what had arrived
 * has been read, and one that ended late is made longer by as much, up to twice its length: a busy
 * machine judges later, but it judges.
 */
export class Rounds {
  readonly #world: World;
  readonly #events: RoundEvents;
  #cancel: CancelTimer | undefined;

  constructor(world: World, events: RoundEvents) {
    this.#world = world;
    this.#events = events;
  }

  get running(): boolean {
    return this.#cancel !== undefined;
  }

  start(): void {
    if (this.#cancel === undefined) this.#begin();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #begin(): void {
    const roundUs = this.#events.roundUs();
    const dueUs = this.#world.nowUs() + roundUs;
    this.#cancel = this.#world.after(0, roundUs, () => this.#over(dueUs, roundUs));
    this.#events.begin();
  }

  #over(dueUs: number, roundUs: number): void {
    const lateUs = this.#world.nowUs() - dueUs;
    const graceUs = lateUs > LATE_US ? Math.min(lateUs, roundUs) : 0;
    this.#cancel = this.#world.after(0, graceUs, () => {
      this.#cancel = this.#world.after(0, 0, () => this.#judge());
    });
  }

  #judge(): void {
    this.#cancel = undefined;
    if (!this.#events.wanted()) return;
    this.#events.end();
    // What it found may have stopped or restarted it.
    if (this.#cancel === undefined && this.#events.wanted()) this.#begin();
  }
}
