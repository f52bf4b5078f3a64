import { expect, test } from "vitest";
import { SCENARIOS } from "../../bench/scenarios/catalogue.ts";
import { runBriefly } from "./scenario-run.ts";

/** The others of the grid differ from these in figures alone. */
const GRID = ["wan-10ms-0", "wan-50ms-5", "wan-150ms-20"];
const few = Object.keys(SCENARIOS).filter((name) => {
  const { network, nodes = 16 } = SCENARIOS[name] ?? {};
  return network !== undefined && nodes <= 16 && (!name.startsWith("wan-") || GRID.includes(name));
});

test.each(few)("%s runs on simulated packets", { timeout: 30_000 }, async (name) => {
  const column = await runBriefly(name);
  expect(column.invalid).toEqual([]);
  expect(column.packets?.delivered).toBeGreaterThan(0);
  expect(column.lostWrites + column.doubledWrites).toBe(0);
});
