import { expect, test } from "vitest";
import { fuzz } from "../../../bench/suites/udp-hostile/fuzz.ts";

test("a hundred thousand mutated datagrams of a real conversation: no throw, bounded memory, one verdict each", () => {
  const seed = process.env["SEED"] ?? "suite";
  const fuzzed = fuzz(Number(process.env["RUNS"] ?? 100_000), seed);
  expect(fuzzed.thrown, `replay with SEED=${seed}`).toEqual([]);
  expect(fuzzed.verdicts).toBe(fuzzed.tokens);
  expect(fuzzed.tokens).toBeGreaterThan(1_000);
  expect(fuzzed.heldBytesMost).toBeLessThanOrEqual(fuzzed.heldBytesLimit);
  expect(fuzzed.sessionsMost).toBeLessThanOrEqual(fuzzed.sessionsLimit);
  expect(fuzzed.peersMost).toBeLessThanOrEqual(fuzzed.sessionsLimit);
  // It reached every place where something is dropped.
  for (const dropped of ["malformed", "strayed", "stale", "forgedAcks"] as const) {
    expect(fuzzed[dropped], dropped).toBeGreaterThan(20);
  }
  // Others were asked and answered, too; indirect-probes-hostile.test.ts has more of that.
  expect(fuzzed.errandsDeclined).toBeGreaterThan(5);
  expect(fuzzed.vouched).toBeGreaterThan(0);
}, 60_000);
