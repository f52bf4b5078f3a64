import { asSkipnetError } from "../../src/core/errors.ts";
import type { Random } from "../../src/core/random.ts";
import type { World } from "../../src/core/world.ts";
import { Arrivals } from "./arrivals.ts";
import type { OperationEnd, PlannedOperation, Workload } from "./operation.ts";
import { LoadRecorder, type LoadReport } from "./recorder.ts";

/** Operations that one client may have open; the schedule asking for more makes the run invalid. */
export const OPEN_OPERATIONS_MAX = 4_096;

/** What one client does, how often and for how long. */
export interface LoadOptions {
  readonly world: World;
  /** Whose timers these are; it must outlive the load. */
  readonly member: number;
  readonly workload: Workload;
  readonly random: Random;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Each operation's whole time, from its real start. */
  readonly deadlineMs: number;
  readonly openMax?: number | undefined;
  /** Runs one operation so that its way can be followed; adds to its end what was learnt on the way. */
  readonly follow?: Follow | undefined;
}

/** `lateUs`: how much later than intended the operation starts. */
export type Follow = (lateUs: number, run: () => Promise<OperationEnd>) => Promise<OperationEnd>;

/**
 * An open-loop load: operations start when the schedule says, whatever became of the ones before,
 * and their latency counts from the intended start. So a system that stalls is charged for everything
 * that was due meanwhile.
 */
export class LoadGenerator {
  readonly #options: LoadOptions;
  readonly #recorder: LoadRecorder;
  readonly #arrivals: Arrivals;
  #beganUs = 0;
  #open = 0;
  #stoppedUs: number | undefined;
  #onIdle: (() => void) | undefined;
  #closed = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    const { workload, random, durationMs, deadlineMs, ratePerSecond } = options;
    const draws = random.fork("intervals");
    this.#recorder = new LoadRecorder(workload.kinds, durationMs, deadlineMs, draws);
    this.#arrivals = new Arrivals(ratePerSecond, random.fork("arrivals"));
  }

  get openOperations(): number {
    return this.#open;
  }

  /**
   * Starts operations until the duration is over or `stop` is called, then waits for the open ones,
   * at most their deadline and `graceMs`. Resolves with the report; what is open then stays counted
   * as pending.
   */
  async run(graceMs: number): Promise<LoadReport> {
    const { world, member, deadlineMs } = this.#options;
    this.#beganUs = world.nowUs();
    const over = world.deferred<void>();
    this.#schedule(() => over.resolve());
    await over.promise;
    const elapsedMs = ((this.#stoppedUs ?? world.nowUs()) - this.#beganUs) / 1_000;
    if (this.#open > 0) {
      const idle = world.deferred<void>();
      this.#onIdle = () => idle.resolve();
      const cancel = world.after(member, (deadlineMs + graceMs) * 1_000, () => idle.resolve());
      await idle.promise;
      cancel();
    }
    this.#closed = true;
    return this.#recorder.report(elapsedMs);
  }

  /** Starts no more operations. */
  stop(): void {
    this.#stoppedUs ??= this.#options.world.nowUs();
  }

  #schedule(onOver: () => void): void {
    const { world, member, durationMs } = this.#options;
    const tick = (): void => {
      const elapsedUs = world.nowUs() - this.#beganUs;
      const stoppedUs = (this.#stoppedUs ?? Number.POSITIVE_INFINITY) - this.#beganUs;
      const endUs = Math.min(durationMs * 1_000, stoppedUs);
      while (this.#arrivals.nextUs <= elapsedUs && this.#arrivals.nextUs < endUs) {
        this.#start(this.#arrivals.nextUs, elapsedUs);
        this.#arrivals.advance();
      }
      if (elapsedUs >= endUs) onOver();
      // Woken often enough for `stop` to be noticed.
      else {
        const nextUs = Math.min(this.#arrivals.nextUs, endUs, elapsedUs + 100_000);
        world.after(member, Math.max(0, Math.ceil(nextUs - elapsedUs)), tick);
      }
    };
    tick();
  }

  #start(intendedUs: number, elapsedUs: number): void {
    const operation = this.#options.workload.next();
    if (this.#open >= (this.#options.openMax ?? OPEN_OPERATIONS_MAX)) {
      this.#recorder.overflowed(operation.kind);
      return;
    }
    this.#open++;
    const realUs = Math.max(this.#options.world.nowUs() - this.#beganUs, elapsedUs);
    this.#recorder.started(operation.kind, intendedUs, realUs);
    void this.#finish(operation, intendedUs, realUs);
  }

  async #finish(operation: PlannedOperation, intendedUs: number, realUs: number): Promise<void> {
    const { world, deadlineMs, follow } = this.#options;
    const run = async (): Promise<OperationEnd> => {
      try {
        return await operation.run(deadlineMs * 1_000);
      } catch (thrown) {
        return { outcome: "uncertain", code: asSkipnetError(thrown).code };
      }
    };
    const end = await (follow === undefined ? run() : follow(realUs - intendedUs, run));
    const endUs = world.nowUs() - this.#beganUs;
    this.#open--;
    if (!this.#closed) this.#recorder.ended(operation.kind, intendedUs, endUs, end);
    if (this.#open === 0) this.#onIdle?.();
  }
}
