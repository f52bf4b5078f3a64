import { expect, test } from "vitest";
import { SCENARIOS } from "../../bench/scenarios/catalogue.ts";
import { runBriefly } from "./scenario-run.ts";

const many = Object.keys(SCENARIOS).filter((name) => {
  const { network, nodes = 16 } = SCENARIOS[name] ?? {};
  return network !== undefined && nodes > 16;
});

test.each(many)("%s runs on simulated packets", { timeout: 60_000 }, async (name) => {
  const column = await runBriefly(name);
  expect(column.invalid).toEqual([]);
  expect(column.nodes).toBeGreaterThan(16);
  expect(column.packets?.delivered).toBeGreaterThan(0);
});
