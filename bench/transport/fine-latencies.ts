import { LatencyRecorder } from "../histogram.ts";

/** The recorder counts whole units; here one is 10 ns, so that round trips of 20 µs keep three digits. */
const UNITS_PER_US = 100;

/** Latencies in microseconds. */
export interface LatencyUs {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Latencies from 10 ns to 6 s, three significant digits. */
export class FineLatencies {
  readonly #recorder: LatencyRecorder;

  constructor(recorder: LatencyRecorder = new LatencyRecorder()) {
    this.#recorder = recorder;
  }

  record(us: number): void {
    this.#recorder.record(us * UNITS_PER_US);
  }

  get count(): number {
    return this.#recorder.count;
  }

  /** Undefined where nothing was recorded. */
  summary(): LatencyUs | undefined {
    if (this.count === 0) return undefined;
    const us = (percentile: number): number =>
      this.#recorder.percentileUs(percentile) / UNITS_PER_US;
    return { p50: us(50), p90: us(90), p99: us(99), p999: us(99.9), max: us(100) };
  }

  add(other: FineLatencies): void {
    this.#recorder.add(other.#recorder);
  }

  /** HdrHistogram V2, compressed, in units of 10 ns. */
  toBase64(): string {
    return this.#recorder.toBase64();
  }

  /** Throws `E_MALFORMED`. */
  static fromBase64(text: string): FineLatencies {
    return new FineLatencies(LatencyRecorder.fromBase64(text));
  }

  /** Pairs of `1 / (1 - p)` and milliseconds, evenly spaced on a log axis. */
  curve(): readonly (readonly [number, number])[] {
    return this.#recorder.curve().map(([x, ms]) => [x, ms / UNITS_PER_US] as const);
  }
}
