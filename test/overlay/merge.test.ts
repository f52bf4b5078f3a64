import { describe, expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import { NO_REF, type Ref } from "../../src/core/contacts.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../../src/overlay/ring-order.ts";
import { Cluster, organisations, SECOND_US, type TestNode } from "./support/cluster.ts";
import { testSeeds } from "./support/seeds.ts";

const FILE = "test/overlay/merge.test.ts";
const HOUR_US = 3_600 * SECOND_US;
const limits = { deadlineUs: 30 * SECOND_US };

/** Watches the root ring: nobody lets go of a live neighbour but for a nearer one. */
class RootRingWatch {
  readonly dropped: string[] = [];
  readonly #gone = new Set<Ref>();
  readonly #before = new Map<number, readonly [Ref, Ref]>();
  isOn = false;

  begin(cluster: Cluster): void {
    this.#before.clear();
    for (const node of cluster.nodes) this.#before.set(node.number, neighbours(node));
    this.isOn = true;
  }

  /** Crashed or left: it may be let go. */
  gone(node: TestNode): void {
    this.#gone.add(node.ref);
  }

  after(node: TestNode): void {
    if (!this.isOn) return;
    const { context: net } = node.net;
    const before = this.#before.get(node.number);
    const now = neighbours(node);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      const former = before?.[direction] ?? NO_REF;
      const present = now[direction];
      if (former === present || former === NO_REF || this.#gone.has(former)) continue;
      if (present !== NO_REF && net.order.isInside(node.ref, present, former, direction)) continue;
      const names = [former, present].map((ref) => (ref === NO_REF ? "-" : net.contacts.name(ref)));
      this.dropped.push(`${node.name} let go of ${names[0]} for ${names[1]}`);
    }
    this.#before.set(node.number, now);
  }
}

function neighbours({ net, member }: TestNode): readonly [Ref, Ref] {
  const { table } = net.context;
  return [table.neighbour(member, 0, CLOCKWISE), table.neighbour(member, 0, COUNTER_CLOCKWISE)];
}

interface Rings {
  readonly cluster: Cluster;
  readonly watch: RootRingWatch;
  readonly one: TestNode[];
  readonly other: TestNode[];
}

/** Nodes whose every third belongs to the one side, the rest to the other: the rings interleave. */
function interleaved(
  seed: string,
  {
    nodes,
    k,
    loss = 0,
    apart = false,
  }: { nodes: number; k: number; loss?: number; apart?: boolean },
): Rings {
  const watch = new RootRingWatch();
  const cluster = new Cluster(seed, {
    transport: "udp",
    loss,
    overlay: { k, repairPeriodMs: 60_000 },
    afterMessage: (node) => watch.after(node),
  });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(nodes, 6, (bound) => random.below(bound)));
  const one = cluster.nodes.filter((_, i) => i % 3 === 0);
  const other = cluster.nodes.filter((_, i) => i % 3 !== 0);
  if (apart) {
    cluster.construct(one);
    cluster.construct(other);
  } else cluster.construct();
  return { cluster, watch, one, other };
}

function cut({ cluster, one }: Rings): void {
  cluster.simulation.faults.partition(
    one.map(({ host }) => host),
    1,
  );
  cluster.simulation.reachabilityChanged();
}

function heal({ cluster, watch }: Rings): void {
  watch.begin(cluster);
  cluster.simulation.faults.heal();
  cluster.simulation.reachabilityChanged();
}

/** Lookups within one side that end at the node sought. */
async function found(cluster: Cluster, side: readonly TestNode[], count: number): Promise<number> {
  const random = cluster.simulation.random("test.lookups");
  const one = async (): Promise<boolean> => {
    const from = side[random.below(side.length)] as TestNode;
    const to = side[random.below(side.length)] as TestNode;
    const reply = await from.net.routeToName(from.member, to.ref, undefined, limits);
    return reply.by === to.ref;
  };
  const all = await cluster.until(Promise.all(Array.from({ length: count }, one)));
  return all.filter((isRight) => isRight).length;
}

describe("two rings that interleave", () => {
  for (const k of [2, 8]) {
    testSeeds(
      FILE,
      `are one again after a cut of three hours, and nobody is lost on the way, k ${k}`,
      1,
      async (seed) => {
        const rings = interleaved(seed, { nodes: 60, k });
        const { cluster, one, other, watch } = rings;
        cut(rings);
        await cluster.advance(3 * HOUR_US);
        expect([cluster.wrong(one), cluster.wrong(other)]).toEqual([[], []]);
        heal(rings);
        // Whoever could be found before is found while the rings merge.
        let right = 0;
        for (let i = 0; i < 20; i++) {
          right += await found(cluster, one, 5);
          right += await found(cluster, other, 5);
          await cluster.advance(SECOND_US);
        }
        expect(right).toBe(200);
        // A gone node is asked each five minutes or so; then it is a matter of seconds.
        expect(await cluster.converge(cluster.nodes, 900 * SECOND_US)).toEqual([]);
        expect(watch.dropped).toEqual([]);
        expect(await found(cluster, cluster.nodes, 100)).toBe(100);
      },
    );
  }

  testSeeds(FILE, "and had joins, leaves and crashes on both sides meanwhile", 2, async (seed) => {
    const rings = interleaved(seed, { nodes: 72, k: 4 });
    const { cluster, one, other, watch } = rings;
    cut(rings);
    await cluster.advance(120 * SECOND_US);
    const live = new Set(cluster.nodes);
    for (const [number, side] of [one, other].entries()) {
      const [leaver, victim, seedNode] = side as [TestNode, TestNode, TestNode];
      leaver.net.leave(leaver.member);
      cluster.simulation.crash(victim.host);
      for (const node of [leaver, victim]) {
        watch.gone(node);
        live.delete(node);
      }
      for (let i = 0; i < 5; i++) {
        const name = `org${i}.late${number}`;
        const late = cluster.open(name, `sim://late-${number}-${i}` as Address);
        if (number === 0) cluster.simulation.faults.partition([late.host], 1);
        await cluster.until(cluster.join(late, seedNode));
        live.add(late);
      }
    }
    await cluster.advance(2 * HOUR_US);
    heal(rings);
    expect(await cluster.converge([...live], 1_200 * SECOND_US)).toEqual([]);
    expect(watch.dropped).toEqual([]);
  });

  testSeeds(FILE, "merge over links that lose, at first one way alone", 1, async (seed) => {
    const rings = interleaved(seed, { nodes: 60, k: 4, loss: 0.1 });
    const { cluster, one, other } = rings;
    cut(rings);
    await cluster.advance(600 * SECOND_US);
    // Only from the one side to the other: nobody may be linked by hearing alone, and nothing breaks.
    cluster.simulation.faults.heal();
    for (const to of one)
      for (const from of other) cluster.simulation.faults.cut(from.host, to.host);
    cluster.simulation.reachabilityChanged();
    await cluster.advance(600 * SECOND_US);
    expect(await found(cluster, one, 40)).toBe(40);
    expect(await found(cluster, other, 40)).toBe(40);
    cluster.simulation.faults.heal();
    cluster.simulation.reachabilityChanged();
    expect(await cluster.converge(cluster.nodes, 1_800 * SECOND_US)).toEqual([]);
  });

  for (const k of [2, 8]) {
    testSeeds(
      FILE,
      `and were founded apart are merged through one address, without any periodic repair, k ${k}`,
      3,
      async (seed) => {
        const rings = interleaved(seed, { nodes: 150, k, apart: true });
        const { cluster, one, other, watch } = rings;
        watch.begin(cluster);
        const { net, member } = one[3] as TestNode;
        net.merging.seekThrough(member, [cluster.seedOf(other[5] as TestNode)]);
        expect(await cluster.converge(cluster.nodes, 60 * SECOND_US)).toEqual([]);
        expect(watch.dropped).toEqual([]);
        expect(net.merging.figures.ringsFound).toBe(1);
        // One turn a member at most, as each has its part of its ring handed to it once.
        expect(net.merging.figures.zipSteps).toBeLessThanOrEqual(cluster.nodes.length);
      },
    );
  }

  test("and have a name in common keep both, count it, and are one ring but for that", async () => {
    const cluster = new Cluster("1", { transport: "udp", overlay: { k: 4 } });
    const one = cluster.add(["a.x", "c.x", "e.x", "g.x"]);
    const other = cluster.add(["b.x", "d.x", "f.x"]);
    const twin = cluster.open("c.x", "sim://twin" as Address);
    cluster.construct(one);
    cluster.construct([...other, twin]);
    const [{ net, member }] = one as [TestNode];
    net.merging.seekThrough(member, [cluster.seedOf(other[0] as TestNode)]);
    await cluster.advance(60 * SECOND_US);
    expect(net.merging.figures.nameConflicts).toBeGreaterThan(0);
    const [right] = neighbours(cluster.node("a.x"));
    expect(cluster.contacts.name(right)).toBe("b.x");
  });
});
