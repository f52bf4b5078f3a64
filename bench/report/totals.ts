import { LatencyRecorder } from "../histogram.ts";
import type { TransportResult } from "../results.ts";

/** All kinds of operation of one transport together. */
export interface Totals {
  readonly started: number;
  readonly done: number;
  readonly failed: number;
  readonly uncertain: number;
  readonly pendingAtEnd: number;
  readonly latency: LatencyRecorder;
  readonly failure: LatencyRecorder;
}

/** Adds up the kinds of operation. Throws `E_MALFORMED` where a histogram is damaged. */
export function totalsOf(transport: TransportResult): Totals {
  const latency = new LatencyRecorder();
  const failure = new LatencyRecorder();
  const sums = { started: 0, failed: 0, uncertain: 0, pendingAtEnd: 0 };
  for (const operation of Object.values(transport.operations)) {
    sums.started += operation.count;
    sums.failed += operation.failed;
    sums.uncertain += operation.uncertain;
    sums.pendingAtEnd += operation.pendingAtEnd;
    latency.add(LatencyRecorder.fromBase64(operation.histogram, operation.overflow));
    failure.add(LatencyRecorder.fromBase64(operation.failureHistogram));
  }
  const done = sums.started - sums.failed - sums.uncertain - sums.pendingAtEnd;
  return { ...sums, done, latency, failure };
}
