import { expect, test } from "vitest";
import { runSimulation } from "../../src/cli/sim/run.ts";

const NODES = 3_000;

test("in a healthy overlay fewer than one lookup in 200 begins a needless second try", async () => {
  const { lookups } = await runSimulation(
    {
      nodes: NODES,
      seed: "1",
      organisations: 30,
      overlay: { membersExpected: NODES, repairPeriodMs: 60_000 },
      network: "uniform",
      transport: "ideal",
      join: "constructed",
      lookups: NODES,
      locality: undefined,
      delivery: "recursive",
      extraJoins: 0,
      faults: [],
      loss: 0,
      wire: false,
      check: false,
      instances: "one",
    },
    () => undefined,
  );
  expect(lookups).toMatchObject({ failed: 0, wrong: 0 });
  expect(lookups?.byTries["1"]).toBeGreaterThan(0.995 * NODES);
});
