import { expect, test } from "vitest";
import { joinAll } from "../../src/cli/sim/joining.ts";
import { SimNetwork } from "../../src/cli/sim/network.ts";
import { nodeNames } from "../../src/cli/sim/nodes.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { hashName } from "../../src/core/numeric-id.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { RouteWith } from "../../src/overlay/options.ts";
import { Oracle } from "../../src/overlay/oracle.ts";

const IDS = 100;

const BASE: Omit<SimRunOptions, "nodes" | "overlay"> = {
  ...QUIET_RUN,
  seed: "holders",
  organisations: 10,
  network: "constant",
  transport: "ideal",
  join: "constructed",
};

/** Where numeric routes from everywhere end, against one who sees all members. */
async function compare(nodes: number, routeWith: RouteWith): Promise<void> {
  const names = nodeNames(nodes, 10, seededRandom("holders"));
  const overlay = { membersExpected: nodes, routeWith };
  const network = await SimNetwork.open({ ...BASE, nodes, overlay }, names);
  await joinAll(network, nodes, "constructed", () => undefined);
  const { net } = network.node(0);
  const members = names.map((_, i) => network.node(i).member);
  const oracle = new Oracle(net.context, members);
  let compared = 0;
  for (let i = 0; i < IDS; i++) {
    const id = hashName(`directory ${i}`);
    const from = network.node(i % nodes).member;
    net.routeByNumericId(from, id, undefined, { deadlineUs: 60_000_000 }).then((reply) => {
      const wanted = oracle.ownersOfId(network.contacts.numericOnly(id), 3);
      expect(reply.holders).toEqual(wanted.map((member) => net.self(member)));
      expect(reply.by).toBe(reply.holders[0]);
      compared++;
    }, expect.unreachable);
  }
  await network.simulation.run({ untilUs: 60_000_000 });
  expect(compared).toBe(IDS);
}

for (const nodes of [1, 2, 3, 5, 16, 17, 18, 24, 60, 300]) {
  for (const routeWith of ["all", "rtable"] as const) {
    test(`numeric routes find the first three holders: ${nodes} nodes, routing with ${routeWith}`, async () => {
      await compare(nodes, routeWith);
    });
  }
}
