import fc from "fast-check";
import { expect, test } from "vitest";
import { COUNTER_MAX, compareStamps, HybridClock } from "../../../src/apps/naming/stamp.ts";

const stamp = fc.record({
  ms: fc.integer({ min: 0, max: 5 }),
  counter: fc.integer({ min: 0, max: 3 }),
  writer: fc.integer({ min: 0, max: 2 }),
});

test("stamps are in one total order", () => {
  fc.assert(
    fc.property(stamp, stamp, stamp, (a, b, c) => {
      expect(Math.sign(compareStamps(a, b))).toBe(-Math.sign(compareStamps(b, a)) + 0);
      expect(compareStamps(a, a)).toBe(0);
      if (compareStamps(a, b) === 0) expect(a).toEqual(b);
      if (compareStamps(a, b) <= 0 && compareStamps(b, c) <= 0) {
        expect(compareStamps(a, c)).toBeLessThanOrEqual(0);
      }
    }),
  );
});

test("a clock's stamps grow, whatever its wall clock does and whatever it observes", () => {
  const step = fc.oneof(
    fc.record({ wallMs: fc.integer({ min: 0, max: 2_000 }) }),
    fc.record({
      seen: fc.record({
        ms: fc.integer({ min: 0, max: 3_000 }),
        counter: fc.nat(COUNTER_MAX),
        writer: fc.nat(9),
      }),
    }),
    fc.constant({}),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let wallMs = 1_000;
      const clock = new HybridClock(() => wallMs, 7, 500);
      let last = clock.next();
      for (const step of steps) {
        if ("wallMs" in step) wallMs = step.wallMs;
        if ("seen" in step) clock.observe(step.seen);
        const next = clock.next();
        expect(compareStamps(next, last)).toBeGreaterThan(0);
        if ("seen" in step && step.seen.ms <= wallMs + 500) {
          expect(compareStamps(next, step.seen)).toBeGreaterThan(0);
        }
        expect(next.counter).toBeLessThanOrEqual(COUNTER_MAX);
        expect(next.writer).toBe(7);
        last = next;
      }
    }),
  );
});

test("a clock does not follow a stamp that lies too far ahead", () => {
  const clock = new HybridClock(() => 1_000, 1, 500);
  clock.observe({ ms: 1_501, counter: 0, writer: 2 });
  expect(clock.next().ms).toBe(1_000);
  clock.observe({ ms: 1_500, counter: 3, writer: 2 });
  expect(clock.next()).toEqual({ ms: 1_500, counter: 4, writer: 1 });
});

test("a counter that is used up carries into the milliseconds", () => {
  const clock = new HybridClock(() => 1_000, 1, 500);
  clock.observe({ ms: 1_000, counter: COUNTER_MAX, writer: 2 });
  expect(clock.next()).toEqual({ ms: 1_001, counter: 0, writer: 1 });
});
