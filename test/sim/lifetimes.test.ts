import { describe, expect, test } from "vitest";
import {
  drawMs,
  type Law,
  lawOfMean,
  lawOfMedian,
  meanOf,
  medianOf,
} from "../../src/cli/sim/churn/lifetimes.ts";
import { placesAtStart } from "../../src/cli/sim/churn/plan.ts";
import { exp, gamma, ln, power } from "../../src/cli/sim/churn/portable-math.ts";
import { parseChurn } from "../../src/cli/sim/churn/spec.ts";
import { seededRandom } from "../../src/core/random.ts";

describe("arithmetic that is the same everywhere", () => {
  test("agrees with that of the engine", () => {
    for (let i = 0; i < 2_000; i++) {
      const x = 10 ** (i / 100 - 10);
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(
        1e-13 * Math.max(1, Math.abs(Math.log(x))),
      );
      const y = (i - 1_000) / 20;
      expect(exp(y) / Math.exp(y)).toBeCloseTo(1, 12);
    }
    expect(power(2, 0.5)).toBeCloseTo(Math.SQRT2, 13);
    for (const [x, y] of [
      [1, 1],
      [2, 1],
      [3, 2],
      [5, 24],
      [1.5, 0.886_226_925_452_758],
    ] as const) {
      expect(gamma(x) / y).toBeCloseTo(1, 12);
    }
  });

  test("draws the very times it always has", () => {
    const times = (law: Law) => {
      const random = seededRandom("times");
      return [drawMs(law, random), drawMs(law, random), drawMs(law, random)];
    };
    expect(times({ kind: "exponential", mean: 3_600 })).toMatchInlineSnapshot(`
      [
        8315372,
        1374964,
        279742,
      ]
    `);
    expect(times({ kind: "pareto", shape: 3, scale: 7_200 })).toMatchInlineSnapshot(`
      [
        8349413,
        977549,
        188931,
      ]
    `);
    expect(times({ kind: "weibull", shape: 0.5, scale: 5_000 })).toMatchInlineSnapshot(`
      [
        26676471,
        729369,
        30191,
      ]
    `);
  });
});

describe("laws", () => {
  const laws: readonly Law[] = [
    { kind: "exponential", mean: 100 },
    { kind: "pareto", shape: 3, scale: 200 },
    { kind: "weibull", shape: 0.5, scale: 50 },
    { kind: "weibull", shape: 2, scale: 100 },
  ];
  for (const law of laws) {
    test(`${law.kind} ${"shape" in law ? law.shape : ""}: what is drawn has its median and mean`, () => {
      const random = seededRandom("law");
      const drawn = Array.from({ length: 40_000 }, () => drawMs(law, random) / 1000);
      drawn.sort((a, b) => a - b);
      expect((drawn[20_000] as number) / medianOf(law)).toBeCloseTo(1, 1);
      const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
      expect(mean / meanOf(law)).toBeGreaterThan(0.95);
      expect(mean / meanOf(law)).toBeLessThan(1.05);
    });
  }

  test("by mean and by median", () => {
    for (const kind of ["exponential", "pareto", "weibull"] as const) {
      expect(meanOf(lawOfMean(kind, 3, 100))).toBeCloseTo(100, 8);
      expect(medianOf(lawOfMedian(kind, 3, 100))).toBeCloseTo(100, 8);
    }
    expect(meanOf({ kind: "pareto", shape: 1, scale: 10 })).toBe(Number.POSITIVE_INFINITY);
  });

  test("whoever is met at the start is in a long session: longer than sessions are, where tails are heavy", () => {
    const model = parseChurn("weibull:shape=0.5,mean=1000s,down=1000s");
    const places = placesAtStart(model, 2_000, seededRandom("start"));
    const up = places.filter(({ isUp }) => isUp);
    expect(places.slice(0, up.length).every(({ isUp }) => isUp)).toBe(true);
    expect(up.length / places.length).toBeCloseTo(0.5, 1);
    const left = up.reduce((sum, { remainingMs }) => sum + remainingMs, 0) / up.length / 1000;
    // Of Weibull 0.5 the residual life is three times the mean.
    expect(left).toBeGreaterThan(2_000);
  });
});
