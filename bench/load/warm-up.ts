import { Follower } from "../trace/follower.ts";
import { LoadGenerator, type LoadOptions } from "./generator.ts";

/** The warm-up runs at so many times the measured load's rate. */
export const WARM_UP_PACE = 2;

/** An operation of the warm-up is waited for so long after its deadline, milliseconds. */
const GRACE_MS = 500;

/**
 * Load that is not counted, before the one that is: a process that has just started runs every
 * function for the first time, in the interpreter, and that is not what is compared. What it writes
 * is read back at the end like everything else.
 */
export async function warmUp(
  load: Omit<LoadOptions, "follow">,
  durationMs: number,
  clock: () => number,
): Promise<void> {
  if (durationMs === 0) return;
  // Followed like measured operations, so that this is warm too, but nobody asks what was seen.
  const unread = new Follower("warm-up", clock);
  const generator = new LoadGenerator({
    ...load,
    random: load.random.fork("warm-up"),
    ratePerSecond: load.ratePerSecond * WARM_UP_PACE,
    durationMs,
    follow: (lateUs, run) => unread.follow(lateUs, run),
  });
  await generator.run(GRACE_MS);
}
