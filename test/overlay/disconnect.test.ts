import { describe, expect, test } from "vitest";
import { hashName } from "../../src/core/numeric-id.ts";
import { Violations } from "../../src/overlay/check.ts";
import { Oracle } from "../../src/overlay/oracle.ts";
import { RouteChecker } from "../../src/overlay/route-check.ts";
import { brokenSlots } from "./support/broken-slots.ts";
import { Cluster, SECOND_US, type TestNode } from "./support/cluster.ts";
import { testSeeds } from "./support/seeds.ts";

const FILE = "test/overlay/disconnect.test.ts";
const limits = { deadlineUs: 30 * SECOND_US };
/** As `skipnet sim`: what happens at once is not the periodic repair's. */
const SLOW_REPAIR = { repairPeriodMs: 60_000 };

/** A constructed overlay of organisations of equal size, and the nodes of those whose names begin so. */
function organisation(
  seed: string,
  { nodes, k, size, prefix }: { nodes: number; k: number; size: number; prefix: RegExp },
): { cluster: Cluster; inside: TestNode[]; outside: TestNode[] } {
  const cluster = new Cluster(seed, { transport: "udp", overlay: { k, ...SLOW_REPAIR } });
  const digits = `${Math.ceil(nodes / size)}`.length;
  const name = (i: number): string =>
    `org${`${Math.floor(i / size)}`.padStart(digits, "0")}.host${i}`;
  cluster.add(Array.from({ length: nodes }, (_, i) => name(i)));
  cluster.construct();
  const inside = cluster.nodes.filter((node) => prefix.test(node.name));
  return { cluster, inside, outside: cluster.nodes.filter((node) => !inside.includes(node)) };
}

function cut(cluster: Cluster, nodes: readonly TestNode[]): void {
  cluster.simulation.faults.partition(
    nodes.map(({ host }) => host),
    1,
  );
  cluster.simulation.reachabilityChanged();
}

function heal(cluster: Cluster): void {
  cluster.simulation.faults.heal();
  cluster.simulation.reachabilityChanged();
}

/** Hops of lookups between these nodes, pair by pair; -1: it failed or ended elsewhere. */
async function hopsInside(
  cluster: Cluster,
  inside: readonly TestNode[],
  count: number,
): Promise<readonly number[]> {
  const random = cluster.simulation.random("test.pairs").fork("same each time");
  const one = async (): Promise<number> => {
    const from = inside[random.below(inside.length)] as TestNode;
    const to = inside[random.below(inside.length)] as TestNode;
    try {
      const reply = await from.net.routeToName(from.member, to.ref, undefined, limits);
      return reply.by === to.ref && reply.tries === 1 ? reply.hops : -1;
    } catch {
      return -1;
    }
  };
  return cluster.until(Promise.all(Array.from({ length: count }, one)));
}

describe("an organisation that is cut off", () => {
  for (const { k, exact } of [
    { k: 2, exact: 6 },
    { k: 8, exact: 2 },
  ]) {
    test(`has two broken slots a ring, k ${k}: 2 k^h on level h while its rings are full`, () => {
      const { cluster, inside } = organisation("1", {
        nodes: 2_000,
        k,
        size: 500,
        prefix: /^org2/,
      });
      const { slots, rings } = brokenSlots(cluster, inside);
      expect(slots).toEqual(rings.map((count) => 2 * count));
      expect(slots.slice(0, exact)).toEqual(Array.from({ length: exact }, (_, h) => 2 * k ** h));
    });
  }

  testSeeds(
    FILE,
    "routes by name inside at once, without a failure and by the same hops as before and after repair",
    2,
    async (seed) => {
      const shape = { nodes: 400, k: 2, size: 100, prefix: /^org2/ };
      const { cluster, inside } = organisation(seed, shape);
      const violations = new Violations();
      const checker = new RouteChecker(cluster.context, violations);
      inside[0]?.net.observeRoutes(checker);
      const before = await hopsInside(cluster, inside, 300);
      cut(cluster, inside);
      const during = await hopsInside(cluster, inside, 300);
      expect(await cluster.converge(inside)).toEqual([]);
      const after = await hopsInside(cluster, inside, 300);
      expect(during).not.toContain(-1);
      expect(during).toEqual(before);
      expect(after).toEqual(before);
      expect({ outside: checker.outsidePrefix, ...violations.report }).toMatchObject({
        outside: 0,
        violationCount: 0,
      });
    },
  );

  for (const k of [2, 8]) {
    testSeeds(
      FILE,
      `finds its other end at once, repairs level by level, and is one ring with all others again, k ${k}`,
      2,
      async (seed) => {
        const shape = { nodes: 400, k, size: 100, prefix: /^org2/ };
        const { cluster, inside, outside } = organisation(seed, shape);
        const { figures } = (inside[0] as TestNode).net.merging;
        cut(cluster, inside);
        await cluster.advance(5 * SECOND_US);
        // Level 0 is closed on both sides of the cut: four ends.
        expect(figures.edges).toBe(4);
        expect(figures.links[0]).toBeGreaterThanOrEqual(4);
        // A ring above that is still open may hide the nearest of a numeric ID.
        expect(await numericRoutes(cluster, inside, 40)).toBeGreaterThanOrEqual(30);
        expect(await cluster.converge(inside, 25 * SECOND_US)).toEqual([]);
        expect(await cluster.converge(outside, 25 * SECOND_US)).toEqual([]);
        expect(await numericRoutes(cluster, inside, 40)).toBe(40);
        // Lower levels were done first.
        const [first = 0] = figures.lastLinkUs;
        expect(first).toBeLessThan(figures.lastLinkUs[2] ?? 0);
        heal(cluster);
        expect(await cluster.converge(cluster.nodes, 60 * SECOND_US)).toEqual([]);
        expect(figures.ringsFound).toBeGreaterThan(0);
      },
    );
  }

  testSeeds(FILE, "finds its other segments too", 2, async (seed) => {
    const cluster = new Cluster(seed, { transport: "udp", overlay: { k: 4, ...SLOW_REPAIR } });
    const names = ["com.ms", "edu.one", "net.ms", "org.two", "za.ms"].flatMap((prefix) =>
      Array.from({ length: 30 }, (_, i) => `${prefix}.host${i}`),
    );
    cluster.add(names);
    await cluster.joinAll(25);
    expect(await cluster.converge(cluster.nodes, 600 * SECOND_US)).toEqual([]);
    const inside = cluster.nodes.filter(({ name }) => name.includes(".ms."));
    const outside = cluster.nodes.filter((node) => !inside.includes(node));
    cut(cluster, inside);
    expect(await cluster.converge(inside, 600 * SECOND_US)).toEqual([]);
    expect(await cluster.converge(outside, 600 * SECOND_US)).toEqual([]);
    heal(cluster);
    expect(await cluster.converge(cluster.nodes, 600 * SECOND_US)).toEqual([]);
  });

  test("is told from crashes: dead neighbours here and there are no edge", async () => {
    const { cluster } = organisation("1", { nodes: 300, k: 4, size: 50, prefix: /^org2/ });
    const victims = cluster.simulation.random("test.victims").shuffle(cluster.nodes).slice(0, 60);
    for (const { host } of victims) cluster.simulation.hang(host);
    const live = cluster.nodes.filter((node) => !victims.includes(node));
    expect(await cluster.converge(live, 600 * SECOND_US)).toEqual([]);
    const [{ net }] = cluster.nodes as [TestNode];
    expect(net.merging.figures).toMatchObject({ edges: 0, ringsFound: 0 });
  });
});

/** Numeric routes from these nodes that end where they should among them. */
async function numericRoutes(
  cluster: Cluster,
  inside: readonly TestNode[],
  count: number,
): Promise<number> {
  const members = inside.map(({ member }) => member);
  const oracle = new Oracle(cluster.context, members);
  const random = cluster.simulation.random("test.ids");
  const one = async (): Promise<boolean> => {
    const from = inside[random.below(inside.length)] as TestNode;
    const id = hashName(`object ${random.below(1e6)}`);
    const reply = await from.net.routeByNumericId(from.member, id, undefined, limits);
    const [owner] = oracle.ownersOfId(cluster.contacts.numericOnly(id), 1);
    return owner !== undefined && reply.by === cluster.context.self(owner);
  };
  const results = await cluster.until(Promise.all(Array.from({ length: count }, one)));
  return results.filter((isRight) => isRight).length;
}
