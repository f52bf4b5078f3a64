import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { distinctPointers } from "../../src/overlay/known.ts";
import type { OverlayOptions } from "../../src/overlay/options.ts";
import { drawHeight, truncatedNumericId } from "../../src/overlay/virtual.ts";
import { Cluster, codeOf, SECOND_US, type TestNode } from "./support/cluster.ts";

const DEADLINE = { deadlineUs: 30 * SECOND_US };

/** Hosts with `each` names: the first whole, the others truncated. Node i belongs to host i modulo `hosts`. */
function clusterOf(hosts: number, each: number, overlay: Partial<OverlayOptions>): Cluster {
  const cluster = new Cluster(`virtual-${hosts}-${each}`, {
    latency: "constant",
    overlay: { membersExpected: hosts * each, truncatedIds: true, ...overlay },
  });
  const random = seededRandom("virtual test");
  const names = random.shuffle(
    Array.from({ length: hosts * each }, (_, i) => `org.host${String(i).padStart(5, "0")}`),
  );
  cluster.add(names.slice(0, hosts));
  const k = overlay.k ?? 8;
  const ids = names
    .slice(hosts)
    .map((name) => [name, truncatedNumericId(random, drawHeight(random, k))] as const);
  cluster.add(names.slice(hosts), Object.fromEntries(ids));
  cluster.contacts.rankNames();
  return cluster;
}

/** Pointers that a host keeps on the rings for all its names, in the mean. */
function pointersOfHost(cluster: Cluster, hosts: number): number {
  const all = cluster.nodes.map(({ member }) => distinctPointers(cluster.context, member));
  return all.reduce((sum, count) => sum + count, 0) / hosts;
}

async function meanHops(cluster: Cluster, count: number): Promise<number> {
  const random = cluster.simulation.random("test.lookups");
  const pick = (): TestNode => cluster.nodes[random.below(cluster.nodes.length)] as TestNode;
  let hops = 0;
  const all = Array.from({ length: count }, async () => {
    const [from, to] = [pick(), pick()];
    const reply = await from.net.routeToName(from.member, to.ref, undefined, DEADLINE);
    expect(reply.by).toBe(to.ref);
    hops += reply.hops;
  });
  await cluster.until(Promise.all(all));
  return hops / count;
}

describe("virtual nodes", () => {
  test("cost a few pointers each, where whole ones cost log N, and routes stay as short", async () => {
    const hosts = 128;
    const figures: { each: number; pointers: number; hops: number }[] = [];
    for (const each of [1, 8, 32]) {
      const cluster = clusterOf(hosts, each, { k: 2, routeWith: "rtable" });
      cluster.construct();
      const pointers = pointersOfHost(cluster, hosts);
      figures.push({ each, pointers, hops: await meanHops(cluster, 1_500) });
    }
    const [alone] = figures as [(typeof figures)[number]];
    for (const { each, pointers, hops } of figures.slice(1)) {
      // Two pointers on each of two rings in the mean, and what the first name has.
      expect(pointers).toBeLessThan(alone.pointers + 2 + 4.5 * (each - 1));
      const whole = Math.log2(hosts * each) * each;
      expect(pointers).toBeLessThan(whole * 0.6);
      expect(hops).toBeLessThan(2.5 * Math.log2(hosts * each));
    }
  });

  test.each([{ k: 2 }, { k: 8 }, { k: 3 }])(
    "join by the protocol, and stand on the rings of their height alone, k = $k",
    async ({ k }) => {
      const cluster = clusterOf(20, 5, { k });
      await cluster.joinAll(8);
      expect(await cluster.converge()).toEqual([]);
      const { digits, table } = cluster.context;
      for (const { ref, member } of cluster.nodes) {
        expect(table.topLevel(member)).toBeLessThanOrEqual(digits.height(ref));
      }
    },
  );

  test("are added as members of one process, if the overlay knows of truncated IDs", async () => {
    const cluster = new Cluster("process", {
      overlay: { truncatedIds: true, membersExpected: 16 },
    });
    const [first] = cluster.add(["org.first"]);
    if (first === undefined) throw new Error("no node");
    first.net.create(first.member);
    for (let i = 1; i < 10; i++) {
      const member = await first.net.addMember(`sim://${i}` as never, {
        name: `org.more${i}`,
        isVirtual: true,
      });
      const joined = first.net.join(member, [cluster.seedOf(first)], DEADLINE);
      await cluster.until(joined);
      expect(cluster.context.digits.height(first.net.self(member))).toBeLessThan(20);
    }
    const plain = new Cluster("plain", {});
    const [node] = plain.add(["org.first"]);
    const refused = node!.net.addMember("sim://1" as never, { name: "org.more", isVirtual: true });
    expect(await codeOf(refused)).toBe("E_OPTIONS");
  });
});
