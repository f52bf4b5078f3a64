import { LatencyRecorder } from "../histogram.ts";
import type { OperationResult, Timeline, TransportResult } from "../results.ts";
import { mergeIntervals } from "./intervals.ts";
import type { KindReport, LoadReport } from "./recorder.ts";
import { SuccessTimes } from "./success-times.ts";

/** What the clients of a run counted, together. */
export interface MergedLoad {
  readonly operations: Record<string, OperationResult>;
  readonly retries: Record<string, number>;
  readonly errors: Record<string, number>;
  readonly hops: TransportResult["hops"];
  readonly timeline: Timeline;
  readonly serviceGapMs: number | null;
  readonly late: LatencyRecorder;
  readonly overflow: number;
  readonly elapsedMs: number;
}

/** Adds up the reports of the clients. `durationMs`: as planned; a run that was cut short ends earlier. */
export function mergeLoads(loads: readonly LoadReport[], durationMs: number): MergedLoad {
  const elapsedMs = Math.max(0, ...loads.map((load) => load.elapsedMs));
  const successes = new SuccessTimes(durationMs);
  const late = new LatencyRecorder();
  for (const load of loads) {
    successes.addBits(load.successBits);
    late.add(LatencyRecorder.fromBase64(load.late));
  }
  const intervalMs = loads[0]?.intervalMs ?? 1_000;
  const points = Math.max(1, Math.ceil(Math.min(elapsedMs, durationMs) / intervalMs));
  const hopCount = sum(loads.map((load) => load.hops.count));
  return {
    operations: mergeKinds(loads),
    retries: mergeCounts(loads.map((load) => load.retries)),
    errors: mergeCounts(loads.map((load) => load.errors)),
    hops: {
      mean: hopCount === 0 ? 0 : sum(loads.map((load) => load.hops.sum)) / hopCount,
      max: Math.max(0, ...loads.map((load) => load.hops.max)),
    },
    timeline: mergeIntervals(
      intervalMs,
      loads.map((load) => load.intervals),
      points,
    ),
    serviceGapMs: loads.length === 0 ? null : successes.longestGapMs(elapsedMs),
    late,
    overflow: sum(loads.map((load) => load.overflow)),
    elapsedMs,
  };
}

function mergeKinds(loads: readonly LoadReport[]): Record<string, OperationResult> {
  const kinds = new Set(loads.flatMap((load) => Object.keys(load.kinds)));
  const operations: Record<string, OperationResult> = {};
  for (const kind of kinds) {
    const parts = loads.flatMap((load) => load.kinds[kind] ?? []);
    operations[kind] = mergeKind(parts);
  }
  return operations;
}

function mergeKind(parts: readonly KindReport[]): OperationResult {
  const done = new LatencyRecorder();
  const notDone = new LatencyRecorder();
  for (const part of parts) {
    done.add(LatencyRecorder.fromBase64(part.done, part.doneOverflow));
    notDone.add(LatencyRecorder.fromBase64(part.notDone));
  }
  const count = sum(parts.map((part) => part.started));
  const failed = sum(parts.map((part) => part.failed));
  const uncertain = sum(parts.map((part) => part.uncertain));
  return {
    count,
    failed,
    uncertain,
    pendingAtEnd: count - failed - uncertain - done.count - done.overflow,
    latencyMs: done.summary(),
    failureMs: notDone.summary(),
    histogram: done.toBase64(),
    failureHistogram: notDone.toBase64(),
    overflow: done.overflow,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Sums counts key by key. */
export function mergeCounts(
  all: readonly Readonly<Record<string, number>>[],
): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const counts of all) {
    for (const [key, n] of Object.entries(counts)) merged[key] = (merged[key] ?? 0) + n;
  }
  return merged;
}
