import type { Platform } from "../../core/platform.ts";

export interface RunOptions {
  /** Virtual time to stop at; the clock stands there afterwards. */
  readonly untilUs: number;
  /** Asked after each event that let continuations run, and every few thousand events. */
  readonly done?: (() => boolean) | undefined;
  /** Called about twenty times a second of wall time. */
  readonly onBreath?: (() => void) | undefined;
}

const BREATH_MS = 50;
const EVENTS_PER_LOOK = 4_096;

/** What the loop shares with what runs in it. */
export interface LoopState {
  /** Time of the event that was handled last. */
  nowUs: number;
  /** That event settled a promise. */
  settled: boolean;
}

/** Handles the next event that is not later; false if there is none. */
export type NextEvent = (untilUs: number) => boolean;

/** A run until some time, for whoever awaits it. */
interface Run {
  readonly options: RunOptions;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs events in a plain loop. After an event that settled a promise all its continuations run
 * before the next event; every `BREATH_MS` of wall time the machine gets its turn. Where the loop is
 * interrupted changes nothing of what happens in it.
 */
export class RunLoop {
  readonly #state: LoopState;
  readonly #platform: Platform;
  readonly #next: NextEvent;
  #breathMs = 0;

  constructor(state: LoopState, platform: Platform, next: NextEvent) {
    this.#state = state;
    this.#platform = platform;
    this.#next = next;
  }

  run(options: RunOptions): Promise<void> {
    this.#breathMs = this.#platform.wallNowMs();
    // biome-ignore lint/plugin: the driver's own promise; no event sees it.
    return new Promise((resolve, reject) => {
      const run = { options, resolve, reject };
      // What the caller began in this turn continues first.
      this.#platform.afterContinuations(() => this.#resume(run));
    });
  }

  #resume(run: Run): void {
    try {
      if (isDone(run.options) || this.#runEvents(run)) run.resolve();
    } catch (error) {
      run.reject(error);
    }
  }

  /** False where the loop lets go of the machine: then it has arranged to come back. */
  #runEvents(run: Run): boolean {
    const state = this.#state;
    const { options } = run;
    const { untilUs } = options;
    let left = EVENTS_PER_LOOK;
    while (this.#next(untilUs)) {
      if (!state.settled && --left > 0) continue;
      left = EVENTS_PER_LOOK;
      if (!state.settled && isDone(options)) return true;
      if (this.#letsGo(run)) return false;
    }
    state.nowUs = Math.max(state.nowUs, untilUs);
    return true;
  }

  #letsGo(run: Run): boolean {
    const wasSettled = this.#state.settled;
    this.#state.settled = false;
    const nowMs = this.#platform.wallNowMs();
    if (nowMs - this.#breathMs > BREATH_MS) {
      this.#breathMs = nowMs;
      run.options.onBreath?.();
      this.#platform.afterIo(() => this.#resume(run));
      return true;
    }
    if (wasSettled) this.#platform.afterContinuations(() => this.#resume(run));
    return wasSettled;
  }
}

function isDone({ done }: RunOptions): boolean {
  return done?.() === true;
}
