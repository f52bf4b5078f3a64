import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DURATION_US_MAX,
  formatDurationUs,
  formatSizeBytes,
  parseDurationUs,
  parseSizeBytes,
} from "../../src/core/units.ts";

describe("durations", () => {
  test.each([
    ["250ms", 250_000],
    ["3s", 3e6],
    ["2m", 120e6],
    ["1.5s", 1.5e6],
    ["0ms", 0],
    ["50us", 50],
    ["24h", 86_400e6],
    [" 1d ", 86_400e6],
  ])("%s", (text, us) => expect(parseDurationUs(text)).toBe(us));

  test.each(["", "3", "ms", "-3s", "3 s", "3S", "1e3ms", "NaNs", "400d", "3toString", "1.s"])(
    "%j is refused with an example of what to write",
    (text) => expect(() => parseDurationUs(text)).toThrow(/E_OPTIONS.*250ms/),
  );

  test("any text gives a duration within the bound or E_OPTIONS", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const us = parseDurationUs(text);
          expect(Number.isSafeInteger(us) && us >= 0 && us <= DURATION_US_MAX).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "E_OPTIONS" });
        }
      }),
    );
  });

  test.each([
    [250, "250 µs"],
    [1_200, "1.20 ms"],
    [999_999, "1000 ms"],
    [12_340_000, "12.3 s"],
    [780e6, "13 min"],
    [924e6, "15.4 min"],
    [Number.POSITIVE_INFINITY, "never"],
  ])("%d µs is printed as %s", (us, text) => expect(formatDurationUs(us)).toBe(text));
});

describe("sizes", () => {
  test.each([
    ["64B", 64],
    ["16KiB", 16_384],
    ["1MiB", 1 << 20],
    ["0.5KiB", 512],
  ])("%s", (text, bytes) => expect(parseSizeBytes(text)).toBe(bytes));

  test.each(["", "64", "16KB", "16kib", "-1B", "999999999999999GiB"])("%j is refused", (text) =>
    expect(() => parseSizeBytes(text)).toThrow(/E_OPTIONS.*16KiB/),
  );

  test("a printed size reads back where it is exact", () => {
    for (const bytes of [0, 64, 1_024, 16_384, 1 << 20, 3 << 20]) {
      expect(parseSizeBytes(formatSizeBytes(bytes).replace(" ", ""))).toBe(bytes);
    }
  });
});
