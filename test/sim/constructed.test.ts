import { describe, expect, test } from "vitest";
import { snapshotOf } from "../../src/cli/sim/load.ts";
import type { SimNetwork } from "../../src/cli/sim/network.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation } from "../../src/cli/sim/run.ts";
import { NO_REF } from "../../src/core/contacts.ts";
import { replayable } from "../overlay/support/seeds.ts";

const FILE = "test/sim/constructed.test.ts";

/** Every slot of every table, by the names of who stands in it, once the overlay has converged. */
async function tablesOf(options: SimRunOptions): Promise<ReadonlyMap<string, string>> {
  const slots = new Map<string, string>();
  const onConverged = (network: SimNetwork): void => {
    for (let number = 0; number < options.nodes; number++) {
      const { net, member } = network.node(number);
      const { table, leaves, contacts } = net.context;
      const name = (ref: number) => (ref === NO_REF ? "" : contacts.name(ref as never));
      for (const direction of [0, 1] as const) {
        for (let i = 0; i < leaves.side; i++) {
          const where = `${network.name(number)} leaf ${direction} ${i}`;
          slots.set(where, name(leaves.at(member, direction, i)));
        }
        for (let level = 0; level < table.levels; level++) {
          for (let i = 0; i < table.width; i++) {
            const where = `${network.name(number)} level ${level} ${direction} ${i}`;
            slots.set(where, name(table.pointer(member, level, direction, i)));
          }
        }
      }
    }
    // The saved form says the same.
    expect(snapshotOf(network, options).tables.nodes).toBe(options.nodes);
  };
  await runSimulation(options, () => undefined, { onConverged });
  return slots;
}

const CASES = [
  { nodes: 2, k: 2, dense: false },
  { nodes: 17, k: 8, dense: false },
  { nodes: 40, k: 2, dense: false },
  { nodes: 150, k: 8, dense: false },
  { nodes: 90, k: 4, dense: true },
  { nodes: 60, k: 8, dense: true },
] as const;

describe("an overlay that was joined is the one that is constructed, slot by slot", () => {
  for (const { nodes, k, dense } of CASES) {
    test.each(["1", "2"])(
      `${nodes} nodes, k = ${k}, ${dense ? "dense" : "sparse"}, seed %s`,
      async (seed) => {
        const options: SimRunOptions = {
          ...QUIET_RUN,
          nodes,
          seed,
          organisations: 5,
          overlay: { k, dense, membersExpected: nodes, repairPeriodMs: 60_000, firstRepairMs: 500 },
          network: "uniform",
          transport: "ideal",
          join: "constructed",
        };
        await replayable(FILE, `${nodes} nodes`, seed, async () => {
          const constructed = await tablesOf(options);
          const joined = await tablesOf({ ...options, join: "concurrent" });
          expect(joined.size).toBe(constructed.size);
          const different = [...constructed]
            .filter(([where, who]) => joined.get(where) !== who)
            .map(([where, who]) => `${where}: constructed "${who}", joined "${joined.get(where)}"`);
          expect(different).toEqual([]);
          expect([...constructed.values()].filter((who) => who !== "").length).toBeGreaterThan(
            nodes,
          );
        });
      },
    );
  }
});
