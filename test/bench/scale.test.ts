import { expect, test } from "vitest";
import type { ScaleCell } from "../../bench/scale/cell.ts";
import { lawText, powersOf } from "../../bench/scale/costs.ts";
import { scalePage } from "../../bench/scale/page.ts";
import { fitPowerLaw } from "../../bench/scale/power-law.ts";
import { measureSuspended } from "../../bench/scale/suspended.ts";
import { seededRandom } from "../../src/core/random.ts";

const SIZES = [1_000, 10_000, 100_000, 1_000_000];

test("a power law is found, with its factor", () => {
  const law = fitPowerLaw(SIZES.map((size) => ({ size, cost: 3 * size ** 1.25 })));
  expect(law?.exponent).toBeCloseTo(1.25, 9);
  expect(law?.factor).toBeCloseTo(3, 6);
  expect(law?.error).toBeCloseTo(0, 9);
});

test("the standard error says how far the exponent is off", () => {
  const random = seededRandom("noise");
  const off: number[] = [];
  for (let i = 0; i < 500; i++) {
    const noisy = SIZES.map((size) => ({
      size,
      cost: size * Math.exp(0.2 * (random.float() + random.float() + random.float() - 1.5)),
    }));
    const { exponent, error } = fitPowerLaw(noisy)!;
    off.push((exponent - 1) / error!);
  }
  // Student's t of two degrees of freedom: four of five within 1.89 errors.
  const within = off.filter((distance) => Math.abs(distance) < 1.886).length / off.length;
  expect(within).toBeGreaterThan(0.74);
  expect(within).toBeLessThan(0.86);
});

test("one size gives no power, two give one without an error", () => {
  expect(fitPowerLaw([{ size: 10, cost: 1 }])).toBeUndefined();
  expect(fitPowerLaw([10, 10].map((size) => ({ size, cost: 1 })))).toBeUndefined();
  const law = fitPowerLaw([10, 1_000].map((size) => ({ size, cost: size })));
  expect(law).toMatchObject({ error: undefined });
  expect(lawText(law)).toBe("N^1.00");
});

test("every cost is fitted, and the page draws them and says the powers", async () => {
  const cells = SIZES.map(
    (nodes): ScaleCell => ({
      nodes,
      cpuS: nodes / 1_000,
      wallS: nodes / 900,
      peakBytes: 5e7 + nodes * 1_000,
      startBytes: 5e7,
      messages: nodes * 50 * Math.log(nodes),
      events: nodes * 70,
      lookups: nodes,
      hopsMean: 5,
      joinMessages: nodes * 40,
      eventHash: "0",
    }),
  );
  const powers = powersOf(cells).map(({ cost, law }) => ({
    cost: cost.id,
    law,
    text: lawText(law),
  }));
  expect(powers[0]?.text).toBe("N^1.00 ± 0.00");
  expect(powers[3]?.law?.exponent).toBeGreaterThan(1.05);
  const page = await scalePage({
    schema: 1,
    seed: "1",
    machine: {
      when: "2026-01-01T00:00:00.000Z",
      skipnet: "0",
      node: "v20",
      v8: "11",
      os: "os",
      arch: "arch",
      cpu: "cpu",
      cores: 1,
      memoryBytes: 1,
      loadAverage: 0,
    },
    cells,
    powers,
    suspended: { operations: 10, bytesEach: 400 },
  });
  expect(page).toContain("N^1.00 ± 0.00");
  expect(page).toContain("chart-messages");
  expect(page).toContain("400 bytes each");
});

test("operations that are suspended all go on, and take memory", async () => {
  const { operations, bytesEach } = await measureSuspended(50_000);
  expect(operations).toBe(50_000);
  expect(bytesEach).toBeGreaterThan(100);
});
