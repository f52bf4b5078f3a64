import { expect, test } from "vitest";
import { lowerHull } from "../../bench/papers/experiments/performance-cost.ts";

test("the lower convex hull: cheapest to quickest, nothing that a mix of others betters", () => {
  const plane = [
    [1, 10],
    [2, 9],
    [2, 4],
    [3, 3.9],
    [5, 1],
    [6, 1],
    [4, 8],
  ].map(([x = 0, y = 0], i) => ({ label: `${i}`, x, y }));
  expect(lowerHull(plane).map(({ label }) => label)).toEqual(["0", "2", "4"]);
  expect(lowerHull([])).toEqual([]);
});
