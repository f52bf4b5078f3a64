import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashName } from "../../src/core/numeric-id.ts";
import { Violations } from "../../src/overlay/check.ts";
import { Oracle } from "../../src/overlay/oracle.ts";
import { RouteChecker } from "../../src/overlay/route-check.ts";
import type { LatencyName } from "../../src/transport/sim/latency.ts";
import { Cluster, SECOND_US, type TestNode } from "./support/cluster.ts";

const DEADLINE = { deadlineUs: 30 * SECOND_US };
const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `org.host${String(i).padStart(5, "0")}`);

interface Lookups {
  readonly meanUs: number;
  /** Time of the path over the time straight there, in the mean. */
  readonly rdp: number;
  readonly hops: number;
}

/** Lookups by name between random nodes, each ended where it should. */
async function lookUp(cluster: Cluster, count: number): Promise<Lookups> {
  const random = cluster.simulation.random("test.lookups");
  const pick = (): TestNode => cluster.nodes[random.below(cluster.nodes.length)] as TestNode;
  let sumUs = 0;
  let sumStraightUs = 0;
  let hops = 0;
  const all = Array.from({ length: count }, async () => {
    const [from, to] = [pick(), pick()];
    if (from === to) return;
    const startUs = cluster.nowUs;
    const reply = await from.net.routeToName(from.member, to.ref, undefined, DEADLINE);
    expect(reply.by).toBe(to.ref);
    hops += reply.hops;
    const straightUs = from.instance.transport.oneWayUs(from.host as never, to.host as never);
    // The answer goes straight back.
    sumUs += cluster.nowUs - startUs - straightUs;
    sumStraightUs += straightUs;
  });
  await cluster.until(Promise.all(all));
  return { meanUs: sumUs / count, rdp: sumUs / sumStraightUs, hops: hops / count };
}

function clusterOf(
  count: number,
  latency: LatencyName,
  overlay: NonNullable<ConstructorParameters<typeof Cluster>[1]>["overlay"],
): Cluster {
  const cluster = new Cluster("proximity", {
    latency,
    overlay: { membersExpected: count, proximityPeriodMs: 5_000, ...overlay },
  });
  cluster.add(names(count));
  cluster.contacts.rankNames();
  return cluster;
}

describe("the P-Table", () => {
  test.each(["sphere", "regions"] as const)(
    "shortens the time of lookups, not their correctness: %s",
    async (network) => {
      const measured: Lookups[] = [];
      for (const pTable of [false, true]) {
        const cluster = clusterOf(1_000, network, { pTable });
        cluster.construct();
        const violations = new Violations();
        cluster.nodes[0]!.net.observeRoutes(new RouteChecker(cluster.context, violations));
        measured.push(await lookUp(cluster, 1_500));
        expect(violations.described).toEqual([]);
      }
      const [basic, near] = measured as [Lookups, Lookups];
      expect(near.rdp / basic.rdp).toBeLessThan(0.75);
      // Choosing near nodes costs no hops: each goes about as far.
      expect(near.hops).toBeLessThan(basic.hops * 1.1);
    },
  );

  test("filled by the protocol it is about as good as one filled by who sees all", async () => {
    const overlay = { pTable: true, k: 4 };
    const joined = clusterOf(150, "sphere", overlay);
    await joined.joinAll(20);
    await joined.advance(20 * SECOND_US);
    expect(await joined.converge()).toEqual([]);
    const constructed = clusterOf(150, "sphere", overlay);
    constructed.construct();
    const [a, b] = [await lookUp(joined, 1_000), await lookUp(constructed, 1_000)];
    expect(a.meanUs / b.meanUs).toBeLessThan(1.15);
  });

  test("loses the dead within a few rounds", async () => {
    const cluster = clusterOf(90, "sphere", { pTable: true, cTable: true });
    await cluster.joinAll(20);
    await cluster.advance(20 * SECOND_US);
    for (const node of cluster.nodes.slice(0, 18)) cluster.simulation.crash(node.host);
    await cluster.advance(60 * SECOND_US);
    expect(cluster.wrong(cluster.nodes.slice(18))).toEqual([]);
  });
});

describe("the C-Table", () => {
  test("filled by the protocol it has a node at each place where there is one", async () => {
    const cluster = clusterOf(150, "sphere", { cTable: true, k: 4 });
    await cluster.joinAll(20);
    await cluster.advance(60 * SECOND_US);
    const { cTable } = cluster.context.shortcuts;
    if (cTable === undefined) throw new Error("no C-Table");
    let missing = 0;
    for (const { member, ref } of cluster.nodes) {
      for (const other of cluster.nodes) {
        if (other.ref !== ref && cTable.towards(member, ref, other.ref) < 0) missing++;
      }
    }
    expect(missing / cluster.nodes.length ** 2).toBeLessThan(0.001);
  });

  test("saves hops and time of numeric routes", async () => {
    const measured: { hops: number; us: number }[] = [];
    for (const cTable of [false, true]) {
      const cluster = clusterOf(1_000, "sphere", { cTable });
      cluster.construct();
      let hops = 0;
      const startUs = cluster.nowUs;
      let us = 0;
      const all = cluster.nodes.map(async (node) => {
        const id = hashName(`object of ${node.name}`);
        const reply = await node.net.routeByNumericId(
          node.member,
          id,
          undefined as never,
          DEADLINE,
        );
        hops += reply.hops;
        us += cluster.nowUs - startUs;
      });
      await cluster.until(Promise.all(all));
      measured.push({ hops: hops / all.length, us: us / all.length });
    }
    const [walk, table] = measured as [{ hops: number; us: number }, { hops: number; us: number }];
    expect(table.hops).toBeLessThan(walk.hops * 0.8);
    expect(table.us).toBeLessThan(walk.us * 0.7);
  });

  test("every source reaches the same node, with a third of the nodes dead and still in the tables", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.nat(1_000), async (k, seed) => {
        const cluster = new Cluster(`stale-${seed}`, {
          latency: "sphere",
          transport: "udp",
          overlay: { cTable: true, pTable: true, k, membersExpected: 90 },
        });
        cluster.add(names(90));
        cluster.construct();
        const dead = cluster.nodes.filter((_, i) => i % 3 === 0);
        const alive = cluster.nodes.filter((_, i) => i % 3 !== 0);
        for (const { host } of dead) cluster.simulation.crash(host);
        const id = hashName(`object-${seed}`);
        const target = cluster.contacts.numericOnly(id);
        const oracle = new Oracle(
          cluster.context,
          alive.map(({ member }) => member),
        );
        const [owner] = oracle.ownersOfId(target, 1);
        // What the tables of the rings hold may be dead too: the transport finds it out meanwhile.
        await cluster.advance(60 * SECOND_US);
        const replies = await cluster.until(
          Promise.all(
            alive.map(({ net, member }) =>
              net.routeByNumericId(member, id, undefined as never, DEADLINE),
            ),
          ),
        );
        const ends = new Set(replies.map(({ by }) => by));
        expect([...ends]).toEqual([cluster.context.self(owner!)]);
      }),
      { numRuns: 4 },
    );
  });
});
