import type { Random } from "../../src/core/random.ts";
import { TIMELINE_POINTS_MAX, type Timeline } from "../results.ts";

/** Latencies kept of one interval; more are sampled. */
const SAMPLES_MAX = 500;

/** What happened in one interval of a run. Plain data: it travels between processes. */
export interface Interval {
  done: number;
  failed: number;
  /** Operations that began in it and were done: how many, a sample of their latencies, the longest. */
  began: number;
  readonly latenciesMs: number[];
  maxMs: number;
}

const emptyInterval = (): Interval => ({ done: 0, failed: 0, began: 0, latenciesMs: [], maxMs: 0 });

/** Counts a run by intervals. Time in microseconds since the load began. */
export class IntervalCounter {
  readonly intervalMs: number;
  readonly #random: Random;
  readonly #intervals: Interval[];

  /** `tailMs`: for so long after the load operations may still end. */
  constructor(durationMs: number, tailMs: number, random: Random) {
    this.intervalMs = intervalFor(durationMs + tailMs);
    this.#random = random;
    const points = Math.max(1, Math.ceil((durationMs + tailMs) / this.intervalMs));
    this.#intervals = Array.from({ length: points }, emptyInterval);
  }

  /** What ended after the last interval counts in the last. */
  ended(startUs: number, endUs: number, done: boolean): void {
    const interval = this.#at(endUs);
    if (!done) {
      interval.failed++;
      return;
    }
    interval.done++;
    const latencyMs = (endUs - startUs) / 1_000;
    const began = this.#at(startUs);
    began.began++;
    began.maxMs = Math.max(began.maxMs, latencyMs);
    if (began.latenciesMs.length < SAMPLES_MAX) began.latenciesMs.push(latencyMs);
    else {
      const i = this.#random.below(began.began);
      if (i < SAMPLES_MAX) began.latenciesMs[i] = latencyMs;
    }
  }

  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  #at(us: number): Interval {
    const i = Math.floor(us / 1_000 / this.intervalMs);
    const last = this.#intervals.length - 1;
    return this.#intervals[Math.max(0, Math.min(i, last))] as Interval;
  }
}

/** A second, or longer where the time line would have too many points. */
export function intervalFor(durationMs: number): number {
  const second = 1_000;
  return second * Math.max(1, Math.ceil(durationMs / second / TIMELINE_POINTS_MAX));
}

/**
 * The time lines of several clients as one: at least `points`, and more where operations ended after
 * the load. All are of one run.
 */
export function mergeIntervals(
  intervalMs: number,
  clients: readonly (readonly Interval[])[],
  points: number,
): Timeline {
  const timeline: Timeline = { intervalMs, done: [], failed: [], p50Ms: [], maxMs: [] };
  const last = Math.max(
    -1,
    ...clients.map((intervals) => intervals.findLastIndex((part) => part.done + part.failed > 0)),
  );
  for (let i = 0; i < Math.max(points, last + 1); i++) {
    const parts = clients.flatMap((intervals) => intervals[i] ?? []);
    timeline.done.push(parts.reduce((sum, part) => sum + part.done, 0));
    timeline.failed.push(parts.reduce((sum, part) => sum + part.failed, 0));
    const latencies = parts.flatMap((part) => part.latenciesMs).sort((a, b) => a - b);
    timeline.p50Ms.push(latencies[Math.floor((latencies.length - 1) / 2)] ?? null);
    timeline.maxMs.push(
      latencies.length === 0 ? null : Math.max(...parts.map((part) => part.maxMs)),
    );
  }
  return timeline;
}
