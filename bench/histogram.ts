import { inflateSync } from "node:zlib";
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";
import { SkipnetError } from "../src/core/errors.ts";
import type { LatencySummary } from "./results.ts";

/** Longest latency that is recorded, microseconds: ten minutes. Longer ones are counted as overflow. */
export const LATENCY_MAX_US = 600_000_000;

/** Largest histogram that is unpacked, bytes: bounds what a foreign results file can make us allocate. */
const UNPACKED_BYTES_MAX = 4 << 20;
/** Cookie and length before the compressed part of the V2 format. */
const V2_HEADER_BYTES = 8;

const emptyHistogram = (): Histogram =>
  build({
    // Narrower counters wrap silently; growing would hide that a value is out of range.
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_MAX_US,
    numberOfSignificantValueDigits: 3,
  });

/** Latencies in whole microseconds, 1 µs to `LATENCY_MAX_US`, three significant digits. */
export class LatencyRecorder {
  readonly #histogram = emptyHistogram();
  #overflow = 0;
  /** Exact, whereas buckets are rounded up. */
  #sumUs = 0;
  #maxUs = 0;

  record(latencyUs: number): void {
    const us = Math.max(1, Math.round(latencyUs));
    if (!(us <= LATENCY_MAX_US)) {
      this.#overflow++;
      return;
    }
    this.#histogram.recordValue(us);
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Latencies that were longer than `LATENCY_MAX_US`, or not numbers. */
  get overflow(): number {
    return this.#overflow;
  }

  percentileUs(percentile: number): number {
    return Math.min(this.#histogram.getValueAtPercentile(percentile), this.#maxUs);
  }

  /** Null where nothing was recorded. */
  summary(): LatencySummary | null {
    if (this.count === 0) return null;
    const ms = (percentile: number): number => this.percentileUs(percentile) / 1_000;
    return {
      p50: ms(50),
      p90: ms(90),
      p99: ms(99),
      p999: ms(99.9),
      max: this.#maxUs / 1_000,
      mean: Math.round(this.#sumUs / this.count) / 1_000,
    };
  }

  add(other: LatencyRecorder): void {
    this.#histogram.add(other.#histogram);
    this.#overflow += other.#overflow;
    this.#sumUs += other.#sumUs;
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
  }

  /** HdrHistogram V2, compressed: the Java, Rust and JavaScript tools read it. */
  toBase64(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** Throws `E_MALFORMED` where the text is no histogram or has values beyond `LATENCY_MAX_US`. */
  static fromBase64(text: string, overflow = 0): LatencyRecorder {
    const recorder = new LatencyRecorder();
    try {
      inflateSync(Buffer.from(text, "base64").subarray(V2_HEADER_BYTES), {
        maxOutputLength: UNPACKED_BYTES_MAX,
      });
      const decoded = decodeFromCompressedBase64(text);
      recorder.#histogram.add(decoded);
      recorder.#maxUs = decoded.totalCount === 0 ? 0 : decoded.maxValue;
      recorder.#sumUs = decoded.mean * decoded.totalCount;
      recorder.#overflow = overflow;
    } catch (cause) {
      throw new SkipnetError("E_MALFORMED", "not an HdrHistogram in base64", { cause });
    }
    return recorder;
  }

  /** The text of a `.hgrm` file, milliseconds: opens in the HdrHistogram plotter. */
  toHgrm(): string {
    return this.#histogram.outputPercentileDistribution(5, 1_000);
  }

  /**
   * The curve of latency over percentile: pairs of `1 / (1 - p)` and milliseconds, evenly spaced on
   * a log axis, up to the last percentile that this many values can tell.
   */
  curve(): readonly (readonly [number, number])[] {
    if (this.count === 0) return [];
    const points: [number, number][] = [];
    const perDecade = 20;
    for (let i = 0; ; i++) {
      const x = 10 ** (i / perDecade);
      if (x >= this.count) break;
      points.push([x, this.percentileUs(100 * (1 - 1 / x)) / 1_000]);
    }
    points.push([Math.max(this.count, 1), this.#maxUs / 1_000]);
    return points;
  }
}
