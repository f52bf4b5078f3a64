import { describe, expect, test } from "vitest";
import { Cluster, SECOND_US, type TestNode } from "./support/cluster.ts";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `org.host${String(i).padStart(5, "0")}`);

/** Mean hops of lookups between random nodes of one organisation. */
async function meanHops(cluster: Cluster, lookups: number): Promise<number> {
  const random = cluster.simulation.random("test.lookups");
  const { nodes } = cluster;
  const pick = (): TestNode => nodes[random.below(nodes.length)] as TestNode;
  let hops = 0;
  const all: Promise<void>[] = [];
  for (let i = 0; i < lookups; i++) {
    const from = pick();
    const to = pick();
    const asked = from.net.routeToName(from.member, to.ref, undefined, {
      deadlineUs: 30 * SECOND_US,
    });
    all.push(
      asked.then((reply) => {
        expect(reply.by).toBe(to.ref);
        hops += reply.hops;
      }),
    );
  }
  await cluster.until(Promise.all(all));
  return hops / lookups;
}

describe("duplicate-pointer elimination", () => {
  test.each([
    { k: 2, expected: 6.47, plain: 9.19 },
    { k: 8, expected: 11.2, plain: 12.13 },
  ])("shortens routes among 4,096 nodes, k = $k, from $plain to $expected hops", async (row) => {
    const overlay = { k: row.k, routeWith: "rtable", membersExpected: 4_096 } as const;
    const measured: number[] = [];
    for (const dedupe of [false, true]) {
      const cluster = new Cluster(`hops-${row.k}`, {
        latency: "constant",
        overlay: { ...overlay, dedupe },
      });
      cluster.add(names(4_096));
      cluster.contacts.rankNames();
      cluster.construct();
      measured.push(await meanHops(cluster, 5_000));
    }
    const [plain = 0, deduped = 0] = measured;
    expect(Math.abs(plain / row.plain - 1)).toBeLessThan(0.03);
    expect(Math.abs(deduped / row.expected - 1)).toBeLessThan(0.03);
  });

  test.each([
    { k: 2, dense: false },
    { k: 8, dense: false },
    { k: 4, dense: true },
  ])("a joined overlay has the pointers of a constructed one: $k, dense $dense", async (shape) => {
    const parts = {
      overlay: { ...shape, dedupe: true, membersExpected: 200, repairPeriodMs: 5_000 },
    };
    const cluster = new Cluster("joined", parts);
    cluster.add(names(150));
    await cluster.joinAll(10);
    expect(await cluster.converge()).toEqual([]);
  });

  test("deaths and joins leave it right, and no dead node in it", async () => {
    const parts = { overlay: { k: 2, dedupe: true, membersExpected: 200 } };
    const cluster = new Cluster("failures", parts);
    const all = cluster.add(names(120));
    await cluster.joinAll(10, all.slice(0, 100));
    expect(await cluster.converge(all.slice(0, 100))).toEqual([]);
    for (const node of all.slice(0, 20)) cluster.simulation.crash(node.host);
    for (const node of all.slice(100)) await cluster.until(cluster.join(node, all[50] as TestNode));
    expect(await cluster.converge(all.slice(20))).toEqual([]);
  });
});
