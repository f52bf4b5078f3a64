import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LATENCY_MAX_US, LatencyRecorder } from "../../bench/histogram.ts";

const latencies = fc.array(fc.integer({ min: 1, max: LATENCY_MAX_US }), {
  minLength: 1,
  maxLength: 300,
});

const recorded = (values: readonly number[]): LatencyRecorder => {
  const recorder = new LatencyRecorder();
  for (const us of values) recorder.record(us);
  return recorder;
};

describe("the latency recorder", () => {
  test("gives every percentile within one part in a thousand, and never beyond the maximum", () => {
    fc.assert(
      fc.property(latencies, fc.double({ min: 0.1, max: 100, noNaN: true }), (values, p) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[
          Math.max(0, Math.ceil((p / 100) * sorted.length - 1e-9) - 1)
        ] as number;
        const got = recorded(values).percentileUs(p);
        expect(got).toBeGreaterThanOrEqual(exact * 0.998 - 1);
        expect(got).toBeLessThanOrEqual(Math.min(sorted.at(-1) as number, exact * 1.002 + 1));
      }),
      { numRuns: 50 },
    );
  });

  test("counts what is too long, and what is no number, without recording it", () => {
    const recorder = recorded([5, LATENCY_MAX_US + 1, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(recorder.count).toBe(1);
    expect(recorder.overflow).toBe(3);
  });

  test("has no summary, no curve and no percentile when it is empty", () => {
    const empty = new LatencyRecorder();
    expect(empty.summary()).toBeNull();
    expect(empty.curve()).toEqual([]);
    expect(LatencyRecorder.fromBase64(empty.toBase64()).summary()).toBeNull();
  });

  test("survives the way through base64, and adds up", () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const sum = LatencyRecorder.fromBase64(recorded(a).toBase64());
        sum.add(LatencyRecorder.fromBase64(recorded(b).toBase64(), 2));
        const whole = recorded([...a, ...b]);
        expect(sum.count).toBe(whole.count);
        expect(sum.overflow).toBe(2);
        for (const p of [50, 90, 99]) {
          const difference = Math.abs(sum.percentileUs(p) - whole.percentileUs(p));
          expect(difference).toBeLessThanOrEqual(whole.percentileUs(p) * 0.002 + 1);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("refuses text that is no histogram", () => {
    for (const text of ["", "AAAA", "HISTFAAA", "not base64 at all"]) {
      expect(() => LatencyRecorder.fromBase64(text)).toThrow("E_MALFORMED");
    }
  });

  test("draws a curve that never falls and ends at the maximum", () => {
    const recorder = recorded(Array.from({ length: 1_000 }, (_, i) => (i + 1) * 17));
    const curve = recorder.curve();
    expect(curve[0]?.[0]).toBe(1);
    expect(curve.at(-1)).toEqual([1_000, 17]);
    for (let i = 1; i < curve.length; i++) {
      expect(curve[i]?.[1]).toBeGreaterThanOrEqual(curve[i - 1]?.[1] as number);
    }
  });

  test("writes a file that the HdrHistogram plotter reads: milliseconds by percentile", () => {
    const lines = recorded([1_000, 2_000, 3_000]).toHgrm().split("\n");
    expect(lines[0]).toMatch(/Value\s+Percentile\s+TotalCount\s+1\/\(1-Percentile\)/);
    expect(lines.join("\n")).toContain("#[Max     =        3.000");
  });
});
