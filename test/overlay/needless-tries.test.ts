import { expect, test } from "vitest";
import { QUIET_RUN } from "../../src/cli/sim/options.ts";
import { runSimulation } from "../../src/cli/sim/run.ts";

const NODES = 3_000;

test("in a healthy overlay fewer than one lookup in 200 begins a needless second try", async () => {
  const { lookups } = await runSimulation(
    {
      ...QUIET_RUN,
      nodes: NODES,
      seed: "1",
      organisations: 30,
      overlay: { membersExpected: NODES, repairPeriodMs: 60_000 },
      network: "uniform",
      transport: "ideal",
      join: "constructed",
      lookups: NODES,
    },
    () => undefined,
  );
  expect(lookups).toMatchObject({ failed: 0, wrong: 0 });
  expect(lookups?.byTries["1"]).toBeGreaterThan(0.995 * NODES);
});
