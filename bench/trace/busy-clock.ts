/**
 * Since when a process has been busy without a rest. The event loop tells how long it has slept in
 * all; where that has grown since it was last asked, the process slept in between and has only now
 * been woken.
 */
export class BusyClock {
  readonly #clock: () => number;
  readonly #idleMs: (() => number) | undefined;
  #lastIdleMs = -1;
  #sinceUs = 0;

  constructor(clock: () => number, idleMs: (() => number) | undefined) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** To be called wherever the event loop may have been woken from. */
  woken(): void {
    const idleMs = this.#idleMs?.();
    if (idleMs !== undefined && idleMs === this.#lastIdleMs) return;
    this.#lastIdleMs = idleMs ?? -1;
    this.#sinceUs = this.#clock();
  }

  /** Exact where the first thing after a sleep was a message; otherwise a little late. */
  get sinceUs(): number {
    return this.#sinceUs;
  }
}
