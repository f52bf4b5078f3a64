import fc from "fast-check";
import { expect, test } from "vitest";
import { power } from "../../src/core/power.ts";
import { zipfSizes } from "../../src/transport/sim/topology/zipf-sizes.ts";

test("a power is the language's, but for its last bits", () => {
  const base = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  const exponent = fc.double({ min: -1.5, max: 1.5, noNaN: true });
  fc.assert(
    fc.property(base, exponent, (x, y) => {
      expect(Math.abs(power(x, y) / x ** y - 1)).toBeLessThan(1e-13);
    }),
  );
  expect(power(1, -1.25)).toBe(1);
});

test("sizes that follow a power law are what they were by the language's operator", () => {
  expect(zipfSizes(150, 8, 1.25)).toEqual([67, 28, 17, 12, 9, 8, 5, 4]);
  expect(zipfSizes(10_000, 100, 1.25).slice(0, 5)).toEqual([3002, 1262, 761, 531, 402]);
});
