import fc from "fast-check";
import { expect, test } from "vitest";
import { DelayHistogram, delayQuantileUs } from "../../src/transport/delay-histogram.ts";

test("a quantile is at most 19 % above the delay that it stands for, and never below", () => {
  const delays = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(delays, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const histogram = new DelayHistogram();
      for (const us of all) histogram.record(us);
      const sorted = [...all].sort((a, b) => a - b);
      const exact = sorted[Math.min(sorted.length, Math.ceil(share * sorted.length)) - 1] as number;
      const told = delayQuantileUs(histogram.counts, share) as number;
      expect(told).toBeGreaterThanOrEqual(exact * 0.999_999);
      expect(told).toBeLessThanOrEqual(Math.max(100, exact) * 2 ** 0.25 * 1.000_001);
    }),
  );
});

test("of nothing there is no quantile", () => {
  expect(delayQuantileUs(new DelayHistogram().counts, 0.5)).toBeUndefined();
  expect(delayQuantileUs([], 0.5)).toBeUndefined();
});
