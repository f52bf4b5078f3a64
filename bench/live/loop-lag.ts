import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { LoopLag } from "../outcome/assemble.ts";

const RESOLUTION_MS = 10;

/** Watches how late the event loop of this process turns. */
export class LoopLagWatch {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.reset();
    this.#histogram.enable();
  }

  /** Beyond the sampling interval, which the histogram includes. */
  stop(): LoopLag {
    this.#histogram.disable();
    const lagMs = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    return {
      p99Ms: lagMs(this.#histogram.percentile(99)),
      maxMs: this.#histogram.count === 0 ? 0 : lagMs(this.#histogram.max),
    };
  }
}
