import { expect, test } from "vitest";
import { Lateness } from "../../../src/transport/detector/lateness.ts";

const ms = (n: number) => n * 1_000;

test("lateness is the longest delay seen, and fades to half in each half-life", () => {
  const late = new Lateness({ lateMemoryUs: ms(4_000), lateFactor: 4, lateSilenceUs: ms(10_000) });
  expect(late.at(0)).toBe(0);
  late.sample(ms(100), ms(1_000));
  expect(late.at(ms(1_000))).toBe(ms(100));
  expect(late.at(ms(5_000))).toBe(ms(50));
  late.sample(ms(20), ms(5_000));
  expect(late.at(ms(9_000))).toBe(ms(25));
  late.sample(ms(200), ms(9_000));
  expect(late.at(ms(9_000))).toBe(ms(200));
  // A clock that jumps backwards makes nobody later.
  expect(late.at(ms(1_000))).toBe(ms(200));
});

test("a delay longer than what silence is excused for counts as that: it fades as soon", () => {
  const options = { lateMemoryUs: ms(4_000), lateFactor: 4, lateSilenceUs: ms(10_000) };
  const slept = new Lateness(options);
  slept.sample(ms(3_600_000), 0);
  expect(slept.at(0)).toBe(ms(2_500));
  expect(slept.at(ms(20_000)) * options.lateFactor).toBeLessThan(ms(320));
  const never = new Lateness({ ...options, lateFactor: 0 });
  never.sample(ms(100), 0);
  expect(never.at(0)).toBe(0);
});
