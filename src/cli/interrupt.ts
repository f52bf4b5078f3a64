import { EXIT } from "./failure.ts";

/** What a shell shows for a process that SIGTERM ended. */
const TERMINATED = 143;

/** How a command takes the signals that end it. */
export interface InterruptOptions {
  /** SIGTERM is the ordinary end of this command, and no failure. */
  readonly terminationIsDone?: boolean | undefined;
}

/**
 * Runs a command that cleans up after itself when it is told to stop. Ctrl-C and SIGTERM abort the
 * signal; what the command throws after that is not a failure of its own. A second Ctrl-C ends the
 * process at once.
 */
export async function interruptible(
  run: (signal: AbortSignal) => Promise<void>,
  options: InterruptOptions = {},
): Promise<void> {
  const controller = new AbortController();
  let status: number | undefined;
  const stop = (code: number) => (): void => {
    if (status !== undefined && code === EXIT.interrupted) process.exit(EXIT.interrupted);
    status ??= code;
    controller.abort();
  };
  const onInterrupt = stop(EXIT.interrupted);
  const onTerminate = stop(options.terminationIsDone === true ? EXIT.done : TERMINATED);
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  try {
    await run(controller.signal);
  } catch (error) {
    if (status === undefined) throw error;
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
  }
  if (status !== undefined) process.exitCode = status;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
