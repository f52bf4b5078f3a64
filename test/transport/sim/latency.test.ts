import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import {
  CLOUD_REGION_RTT_MS,
  CLOUD_REGIONS,
} from "../../../src/transport/sim/data/cloud-regions.ts";
import { LATENCY_NAMES, latencyModel } from "../../../src/transport/sim/latency.ts";

const pair = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }));

describe("latency models", () => {
  for (const name of LATENCY_NAMES) {
    test(`${name}: whole microseconds, at least one, no round trip over the stated longest`, () => {
      fc.assert(
        fc.property(fc.array(pair, { maxLength: 20 }), fc.string(), (pairs, seed) => {
          const model = latencyModel(name, seededRandom(seed));
          for (const [a, b] of pairs) {
            if (a === b) continue;
            const there = model.delayUs(a, b);
            const back = model.delayUs(b, a);
            expect(Number.isInteger(there) && there >= 1).toBe(true);
            expect(there + back).toBeLessThanOrEqual(model.rttMaxUs);
            expect(model.expectedUs(a, b)).toBeGreaterThan(0);
          }
        }),
        { numRuns: 100 },
      );
    });

    test(`${name}: the expected delay is the mean of the delays`, () => {
      const model = latencyModel(name, seededRandom("mean"));
      for (const [a, b] of [
        [0, 1],
        [5, 40],
      ] as const) {
        let sum = 0;
        for (let i = 0; i < 4_000; i++) sum += model.delayUs(a, b);
        expect(sum / 4_000 / model.expectedUs(a, b)).toBeCloseTo(1, 1);
      }
    });
  }

  test("a host's place does not depend on who asks first", () => {
    for (const name of ["sphere", "regions"] as const) {
      const [one, other] = [0, 1].map(() => latencyModel(name, seededRandom("places")));
      one?.delayUs(3, 200);
      for (const [a, b] of [
        [0, 1],
        [200, 3],
        [77, 12],
      ] as const) {
        expect(other?.delayUs(a, b)).toBe(one?.delayUs(a, b));
        // The measured matrix is not quite symmetric, a sphere is.
        if (name === "sphere") expect(one?.delayUs(b, a)).toBe(one?.delayUs(a, b));
      }
    }
  });

  test("uniform delays differ from message to message and fill their range", () => {
    const model = latencyModel("uniform", seededRandom("1"));
    const drawn = Array.from({ length: 5_000 }, () => model.delayUs(0, 1));
    expect(Math.min(...drawn)).toBeLessThan(11_000);
    expect(Math.max(...drawn)).toBeGreaterThan(89_000);
    expect(new Set(drawn).size).toBeGreaterThan(4_000);
  });

  test("sphere: the triangle inequality holds", () => {
    const model = latencyModel("sphere", seededRandom("1"));
    for (let a = 0; a < 30; a++) {
      for (let b = 0; b < 30; b++) {
        for (let c = 0; c < 30; c += 7) {
          expect(model.delayUs(a, c)).toBeLessThanOrEqual(
            model.delayUs(a, b) + model.delayUs(b, c) + 2,
          );
        }
      }
    }
  });

  test("regions: the delays are those of the measured matrix", () => {
    const model = latencyModel("regions", seededRandom("1"));
    const known = new Set(CLOUD_REGION_RTT_MS.flat().map((ms) => Math.round((ms ?? 0) * 500)));
    let far = 0;
    for (let a = 0; a < 60; a++) {
      for (let b = 0; b < 60; b++) {
        if (model.delayUs(a, b) > 5_000) {
          far++;
          expect(known.has(model.delayUs(a, b))).toBe(true);
        }
      }
    }
    expect(far).toBeGreaterThan(1_000);
    expect(CLOUD_REGIONS.length).toBe(CLOUD_REGION_RTT_MS.length);
  });
});
