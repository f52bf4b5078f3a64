import { setTimeout as sleep } from "node:timers/promises";

/** A trial that took longer than this no longer holds up the others. */
const HOLD_MS = 2_500;
/** What a trial may take beyond the patience of its watchers: its processes have to start. */
const START_MS = 10_000;

/** Trials that go on while others begin. At most one of a kind. */
export class PendingTrials<Kind extends object> {
  readonly #patienceMs: number;
  readonly #pending = new Map<Kind, Promise<void>>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  has(kind: Kind): boolean {
    return this.#pending.has(kind);
  }

  /** Resolves when it has ended, or after a while. */
  async begun(kind: Kind, ended: Promise<void>): Promise<void> {
    this.#pending.set(
      kind,
      ended.finally(() => this.#pending.delete(kind)),
    );
    await Promise.race([ended, sleep(HOLD_MS)]);
  }

  /** Resolves when all have ended, or the signal is aborted. */
  async all(signal: AbortSignal): Promise<void> {
    const ended = Promise.all(this.#pending.values());
    const timeout = sleep(this.#patienceMs + START_MS, undefined, { signal, ref: false });
    await Promise.race([ended, timeout.catch(() => undefined)]);
  }
}
