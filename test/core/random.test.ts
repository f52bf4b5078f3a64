import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";

describe.each(["alea", "xor128"] as const)("%s", (generator) => {
  test("the same seed gives the same numbers", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const a = seededRandom(seed, generator);
        const b = seededRandom(seed, generator);
        for (let i = 0; i < 20; i++) expect(a.float()).toBe(b.float());
      }),
    );
  });

  test("a fork depends on its name alone, not on what was drawn before", () => {
    const a = seededRandom("s", generator);
    const b = seededRandom("s", generator);
    for (let i = 0; i < 10; i++) b.float();
    expect(a.fork("x").float()).toBe(b.fork("x").float());
    expect(a.fork("x").float()).not.toBe(a.fork("y").float());
  });

  test("numbers stay in their ranges and have the stated mean", () => {
    const random = seededRandom("mean", generator);
    const n = 50_000;
    let float = 0;
    let exponential = 0;
    let chances = 0;
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < n; i++) {
      const x = random.float();
      expect(x >= 0 && x < 1).toBe(true);
      float += x;
      exponential += random.exponential(5);
      if (random.chance(0.3)) chances++;
      counts[random.below(10)]!++;
    }
    expect(Math.abs(float / n - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(exponential / n - 5)).toBeLessThan(0.1);
    expect(Math.abs(chances / n - 0.3)).toBeLessThan(0.01);
    for (const count of counts) expect(Math.abs(count - n / 10)).toBeLessThan(n / 100);
  });

  test("a shuffle keeps the items and leaves the argument alone", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const before = [...items];
        const out = seededRandom("shuffle", generator).shuffle(items);
        expect(items).toEqual(before);
        expect(out.toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
      }),
    );
  });
});
