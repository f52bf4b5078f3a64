import { describe, expect, test } from "vitest";
import { compareName } from "../../src/core/names.ts";
import { CLOCKWISE } from "../../src/overlay/ring-order.ts";
import {
  Ask,
  Cluster,
  codeOf,
  organisations,
  SECOND_US,
  type TestNode,
} from "./support/cluster.ts";
import { testSeeds } from "./support/seeds.ts";

const FILE = "test/overlay/failures.test.ts";
const limits = { deadlineUs: 30 * SECOND_US };

interface Shape {
  readonly nodes: number;
  readonly k: number;
  readonly dense?: boolean;
  readonly transport?: "ideal" | "udp" | "tcp";
}

async function joined(seed: string, { nodes, k, dense = false, transport = "udp" }: Shape) {
  const cluster = new Cluster(seed, { transport, overlay: { k, dense } });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(nodes, 6, (bound) => random.below(bound)));
  await cluster.joinAll(Math.ceil(nodes / 8));
  expect(await cluster.converge()).toEqual([]);
  return { cluster, random };
}

function split(cluster: Cluster, share: number): { victims: TestNode[]; live: TestNode[] } {
  const shuffled = cluster.simulation.random("test.victims").shuffle(cluster.nodes);
  const count = Math.round(shuffled.length * share);
  return { victims: shuffled.slice(0, count), live: shuffled.slice(count) };
}

async function lookUps(cluster: Cluster, live: readonly TestNode[], count: number) {
  const random = cluster.simulation.random("test.lookups");
  let right = 0;
  const tries: Record<number, number> = {};
  const errors: Record<string, number> = {};
  const one = async (): Promise<void> => {
    const [from, to] = [live[random.below(live.length)]!, live[random.below(live.length)]!];
    try {
      const reply = await from.net.routeToName(from.member, to.ref, undefined, limits);
      if (reply.by === to.ref) right++;
      else errors["elsewhere"] = (errors["elsewhere"] ?? 0) + 1;
      tries[reply.tries] = (tries[reply.tries] ?? 0) + 1;
    } catch (error) {
      const code = await codeOf(Promise.reject(error));
      errors[code] = (errors[code] ?? 0) + 1;
    }
  };
  const all: Promise<void>[] = [];
  for (let i = 0; i < count; i++) all.push(one());
  await cluster.until(Promise.all(all));
  return { right, tries, errors };
}

describe("nodes that fail at once", () => {
  const cases = [
    { kind: "crash", share: 0.05, k: 8, dense: false },
    { kind: "crash", share: 0.2, k: 2, dense: false },
    { kind: "hang", share: 0.1, k: 8, dense: false },
    { kind: "hang", share: 0.2, k: 4, dense: true },
  ] as const;
  for (const { kind, share, k, dense } of cases) {
    const name = `${kind} of ${share * 100} % is repaired to the tables of the oracle, k ${k}${dense ? " dense" : ""}`;
    testSeeds(FILE, name, 3, async (seed) => {
      for (const transport of kind === "crash" ? (["udp", "tcp"] as const) : (["udp"] as const)) {
        const { cluster } = await joined(seed, { nodes: 80, k, dense, transport });
        const { victims, live } = split(cluster, share);
        for (const { host } of victims) cluster.simulation[kind](host);
        expect(cluster.wrong(live)).not.toEqual([]);
        expect(await cluster.converge(live)).toEqual([]);
        const { right, errors } = await lookUps(cluster, live, 100);
        expect({ right, errors }).toEqual({ right: 100, errors: {} });
      }
    });
  }

  test("a constructed overlay repairs itself as well", async () => {
    const cluster = new Cluster("1", { transport: "udp", overlay: { k: 4 } });
    const random = cluster.simulation.random("test.names");
    cluster.add(organisations(60, 4, (bound) => random.below(bound)));
    cluster.construct();
    const { victims, live } = split(cluster, 0.1);
    for (const { host } of victims) cluster.simulation.crash(host);
    expect(await cluster.converge(live)).toEqual([]);
  });

  testSeeds(
    FILE,
    "with 20 % silent and not yet repaired 99 % of the lookups succeed",
    2,
    async (seed) => {
      const { cluster } = await joined(seed, { nodes: 300, k: 8 });
      const { victims, live } = split(cluster, 0.2);
      for (const { host } of victims) cluster.simulation.hang(host);
      const { right, tries, errors } = await lookUps(cluster, live, 1_000);
      expect(right, JSON.stringify({ tries, errors })).toBeGreaterThanOrEqual(990);
      // Not everything by luck of the first try: tables still hold the silent nodes.
      expect(Object.values(tries).reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(990);
      const [any] = cluster.nodes as [TestNode];
      const counted = any.net.answeredByTries.reduce((sum, n) => sum + (n ?? 0), 0);
      expect(counted).toBeGreaterThanOrEqual(right);
    },
  );

  testSeeds(FILE, "nodes that were stopped for long come back into all tables", 3, async (seed) => {
    const { cluster } = await joined(seed, { nodes: 50, k: 4 });
    const { victims, live } = split(cluster, 0.1);
    for (const { host } of victims) cluster.simulation.hang(host);
    expect(await cluster.converge(live)).toEqual([]);
    for (const { host } of victims) cluster.simulation.resume(host);
    expect(await cluster.converge(cluster.nodes, 600 * SECOND_US)).toEqual([]);
  });
});

describe("a polite leave", () => {
  testSeeds(FILE, "closes the gap at once, at level 0 within one delay", 5, async (seed) => {
    const { cluster } = await joined(seed, { nodes: 40, k: 4 });
    const leaver = cluster.nodes[Number(seed) % 40]!;
    const sorted = [...cluster.nodes].sort((a, b) => compareName(a.name, b.name));
    const at = sorted.indexOf(leaver);
    const [left, right] = [sorted.at(at - 1)!, sorted[(at + 1) % 40]!];
    leaver.net.leave(leaver.member);
    await cluster.advance(100_000);
    const { table } = cluster.context;
    const rest = cluster.nodes.filter((node) => node !== leaver);
    const holders = rest.filter((node) => node.net.slotsHolding(node.member, leaver.ref) > 0);
    // What it sent just before and arrives just after brings it back nowhere.
    expect(holders.map(({ name }) => name)).toEqual([]);
    expect(table.neighbour(left.member, 0, 0)).toBe(right.ref);
    expect(table.neighbour(right.member, 0, 1)).toBe(left.ref);
    expect(await codeOf(leaver.net.routeToName(leaver.member, left.ref, undefined, limits))).toBe(
      "E_NOT_MEMBER",
    );
    expect(await cluster.converge(rest)).toEqual([]);
  });

  testSeeds(FILE, "of many at once, one after the other and back again", 3, async (seed) => {
    const { cluster } = await joined(seed, { nodes: 40, k: 3 });
    const { victims, live } = split(cluster, 0.25);
    for (const node of victims) node.net.leave(node.member);
    expect(await cluster.converge(live)).toEqual([]);
    await cluster.until(Promise.all(victims.map((node) => cluster.join(node, live[0]!))));
    expect(await cluster.converge()).toEqual([]);
  });
});

describe("a partition", () => {
  testSeeds(
    FILE,
    "of an organisation leaves two overlays that work, and its end makes them one again",
    3,
    async (seed) => {
      const { cluster } = await joined(seed, { nodes: 60, k: 4 });
      const one = cluster.nodes.filter(({ name }) => name.startsWith("org1."));
      const other = cluster.nodes.filter((node) => !one.includes(node));
      cluster.simulation.faults.partition(
        one.map(({ host }) => host),
        1,
      );
      cluster.simulation.reachabilityChanged();
      // Names of an organisation are contiguous: inside it, lookups need no repair.
      expect((await lookUps(cluster, one, 50)).right).toBeGreaterThanOrEqual(49);
      expect(await cluster.converge(other, 600 * SECOND_US)).toEqual([]);
      expect(await cluster.converge(one, 600 * SECOND_US)).toEqual([]);
      expect((await lookUps(cluster, one, 50)).right).toBe(50);
      cluster.simulation.faults.heal();
      cluster.simulation.reachabilityChanged();
      await cluster.advance(120 * SECOND_US);
      expect(await cluster.converge(cluster.nodes, 600 * SECOND_US)).toEqual([]);
      expect((await lookUps(cluster, cluster.nodes, 50)).right).toBe(50);
    },
  );

  testSeeds(
    FILE,
    "through the middle of everything: nothing breaks, every lookup ends in time",
    3,
    async (seed) => {
      const { cluster } = await joined(seed, { nodes: 40, k: 4 });
      const { victims: one, live: other } = split(cluster, 0.3);
      for (const isCut of [true, false]) {
        if (isCut) {
          cluster.simulation.faults.partition(
            one.map(({ host }) => host),
            1,
          );
        } else cluster.simulation.faults.heal();
        cluster.simulation.reachabilityChanged();
        for (const side of [one, other]) {
          const { tries, errors } = await lookUps(cluster, side, 50);
          const { elsewhere = 0, ...failed } = errors;
          const ended = [...Object.values(tries), ...Object.values(failed)];
          expect(ended.reduce((sum, n) => sum + n, 0)).toBe(50);
          expect(elsewhere).toBeLessThanOrEqual(50);
          for (const code of Object.keys(failed)) expect(code).toMatch(/^E_(?!INTERNAL)/);
        }
        await cluster.advance(120 * SECOND_US);
      }
      expect(await cluster.converge(cluster.nodes, 600 * SECOND_US)).toEqual([]);
    },
  );

  testSeeds(
    FILE,
    "that leaves everybody alone, until all have called all dead, ends in one overlay again",
    3,
    async (seed) => {
      const { cluster } = await joined(seed, { nodes: 30, k: 4 });
      cluster.nodes.forEach(({ host }, i) => {
        cluster.simulation.faults.partition([host], i + 1);
      });
      cluster.simulation.reachabilityChanged();
      await cluster.advance(60 * SECOND_US);
      for (const { net, member } of cluster.nodes) {
        expect(net.context.leaves.count(member, CLOCKWISE)).toBe(0);
      }
      cluster.simulation.faults.heal();
      cluster.simulation.reachabilityChanged();
      expect(await cluster.converge(cluster.nodes, 300 * SECOND_US)).toEqual([]);
      expect((await lookUps(cluster, cluster.nodes, 50)).right).toBe(50);
    },
  );

  testSeeds(FILE, "shorter than its detection leaves no trace", 3, async (seed) => {
    const { cluster } = await joined(seed, { nodes: 30, k: 4 });
    const { victims } = split(cluster, 0.3);
    cluster.simulation.faults.partition(
      victims.map(({ host }) => host),
      1,
    );
    cluster.simulation.reachabilityChanged();
    await cluster.advance(100_000);
    cluster.simulation.faults.heal();
    cluster.simulation.reachabilityChanged();
    expect(await cluster.converge()).toEqual([]);
  });
});

test("a request to a node that nobody serves for is a definite no", async () => {
  const { cluster } = await joined("1", { nodes: 10, k: 8 });
  const [from, to] = cluster.nodes as [TestNode, TestNode];
  const routed = from.net.routeByName(from.member, to.name, Ask.make({ number: 1 }), limits);
  expect(await codeOf(cluster.until(routed))).toBe("E_NO_ROUTE");
  const direct = from.net.request(from.member, to.ref, Ask.make({ number: 1 }), limits);
  expect(await codeOf(cluster.until(direct))).toBe("E_REFUSED");
});
