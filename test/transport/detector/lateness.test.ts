import { expect, test } from "vitest";
import { Lateness } from "../../../src/transport/detector/lateness.ts";

const ms = (n: number) => n * 1_000;

test("lateness is the longest delay seen, and fades to half in each half-life", () => {
  const late = new Lateness(ms(4_000));
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
