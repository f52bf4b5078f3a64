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

/**
 * Runs events in a plain loop. After an event that settled a promise all its continuations run
 * before the next event; every `BREATH_MS` of wall time the machine gets its turn. Where the loop is
 * interrupted changes nothing of what happens in it.
 */
export function runLoop(
  flags: { settled: boolean },
  platform: Platform,
  options: RunOptions,
  next: () => boolean,
  end: () => void,
): Promise<void> {
  const { done, onBreath } = options;
  let breathMs = platform.wallNowMs();
  const isDone = (): boolean => done?.() === true;

  /** True where the loop has to let go of the machine; then it has arranged to come back. */
  const lookUp = (resume: () => void): boolean => {
    const wasSettled = flags.settled;
    flags.settled = false;
    const nowMs = platform.wallNowMs();
    if (nowMs - breathMs > BREATH_MS) {
      breathMs = nowMs;
      onBreath?.();
      platform.afterIo(resume);
      return true;
    }
    if (wasSettled) platform.afterContinuations(resume);
    return wasSettled;
  };

  // biome-ignore lint/plugin: the driver's own promise; no event sees it.
  return new Promise((resolve, reject) => {
    const step = (): void => {
      try {
        let left = EVENTS_PER_LOOK;
        while (next()) {
          if (!flags.settled && --left > 0) continue;
          left = EVENTS_PER_LOOK;
          if (!flags.settled && isDone()) {
            resolve();
            return;
          }
          if (lookUp(resume)) return;
        }
        end();
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    const resume = (): void => {
      if (isDone()) resolve();
      else step();
    };
    // What the caller began in this turn continues first.
    platform.afterContinuations(resume);
  });
}
