/** What the simulator's loop may know of the machine it runs on. Nothing of it reaches an event. */
export interface Platform {
  /** Monotonic wall time in milliseconds: only to decide when to let the machine breathe. */
  wallNowMs(): number;
  /** Runs after all settled promises have continued. */
  afterContinuations(run: () => void): void;
  /** Runs after pending input and output, so that Ctrl-C and progress get their turn. */
  afterIo(run: () => void): void;
}

export const livePlatform: Platform = {
  wallNowMs: () => performance.now(),
  // A bare nextTick from inside a tick would run before the microtasks.
  afterContinuations: (run) => queueMicrotask(() => process.nextTick(run)),
  afterIo: (run) => setImmediate(run),
};

/** So many bytes that nobody can guess, for keys: of a live process only. */
export const unguessableBytes = (count: number): Uint8Array =>
  globalThis.crypto.getRandomValues(new Uint8Array(count));
