import { type Random, seededRandom } from "../../src/core/random.ts";
import type { HoldQueue, QueueKind } from "./queues.ts";

/** How long until an event that is scheduled. */
export const DELAY_NAMES = ["exponential", "bimodal"] as const;
export type DelayName = (typeof DELAY_NAMES)[number];

const EXPONENTIAL_MEAN_US = 100_000;
/** Messages, and timers far away. */
const MESSAGE_US = 50_000;
const TIMER_US = 30_000_000;
const TIMER_SHARE = 0.2;
/** Drawn before the clock runs, and used in turn. A power of two. */
const DELAYS = 1 << 16;
/** Events of which the order is compared, at most. */
const ORDER_EVENTS = 200_000;

/** What one process measured. */
export interface HoldFigures {
  readonly queue: string;
  readonly pending: number;
  readonly delays: DelayName;
  /** Of one pop and one push, processor time. */
  readonly nsPerHold: number;
  readonly holdsPerSecond: number;
  /** A number that follows from the order in which events came: the same for every right queue. */
  readonly order: string;
  readonly residentBytes: number;
}

/**
 * The hold model: so many events pending; each that is popped schedules another. Times of processors
 * count, so that other programs on the machine matter less.
 */
export function measureHold(
  kind: QueueKind,
  pending: number,
  delays: DelayName,
  holds: number,
): HoldFigures {
  const delaysUs = drawDelays(delays, seededRandom("hold", "xor128"));
  const meanUs = delaysUs.reduce((sum, us) => sum + us, 0) / DELAYS;
  const queue = kind.create(pending, meanUs);
  for (let id = 0; id < pending; id++) queue.push(delaysUs[id & (DELAYS - 1)] as number, id);
  const order = orderOf(queue, delaysUs, Math.min(holds, ORDER_EVENTS));
  // As warm, and as spread over time, as it will be.
  hold(queue, delaysUs, Math.max(holds / 4, Math.min(pending, holds)));
  const before = process.cpuUsage();
  hold(queue, delaysUs, holds);
  const { user, system } = process.cpuUsage(before);
  const nsPerHold = ((user + system) * 1000) / holds;
  return {
    queue: kind.name,
    pending,
    delays,
    nsPerHold,
    holdsPerSecond: 1e9 / nsPerHold,
    order,
    residentBytes: process.memoryUsage.rss(),
  };
}

function hold(queue: HoldQueue, delaysUs: Float64Array, holds: number): void {
  for (let i = 0; i < holds; i++) {
    const id = queue.pop();
    queue.push(queue.nowUs + (delaysUs[(i * 7 + id) & (DELAYS - 1)] as number), id);
  }
}

function orderOf(queue: HoldQueue, delaysUs: Float64Array, events: number): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < events; i++) {
    const id = queue.pop();
    hash = Math.imul(hash ^ id, 0x01000193);
    hash = Math.imul(hash ^ (queue.nowUs >>> 0), 0x01000193);
    queue.push(queue.nowUs + (delaysUs[(i + id) & (DELAYS - 1)] as number), id);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function drawDelays(name: DelayName, random: Random): Float64Array {
  const draw = (): number => {
    if (name === "exponential") return 1 + Math.round(random.exponential(EXPONENTIAL_MEAN_US));
    return random.chance(TIMER_SHARE) ? TIMER_US : MESSAGE_US;
  };
  return Float64Array.from({ length: DELAYS }, draw);
}
