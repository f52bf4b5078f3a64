import { describe, expect, test } from "vitest";
import { hashName } from "../../../src/core/numeric-id.ts";
import { FakeCluster, type FakeNode, GENTLE } from "../support/fake-cluster.ts";
import { compareFor } from "../support/fake-net.ts";
import { MEMBER } from "../support/fake-overlay.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const limits = { deadlineUs: 5_000_000 };
const names = Array.from({ length: 12 }, (_, i) => `/d${i}/x`);

async function withNames(nodes: number, parts: ConstructorParameters<typeof FakeCluster>[1] = {}) {
  const cluster = new FakeCluster(expect.getState().currentTestName ?? "", parts);
  await cluster.start(nodes);
  for (const path of names) {
    const { naming } = cluster.node(0);
    const put = await cluster.kernel.until(naming.put(MEMBER, path, bytes(path), limits));
    expect(put.outcome).toBe("done");
  }
  return cluster;
}

/** Every directory is on the three members that come first for it, and on no other. */
function expectInPlace(cluster: FakeCluster): void {
  for (const path of names) {
    const directory = path.slice(0, -2);
    const holders = cluster.holdersOf(directory).map(({ contact }) => contact.name);
    const copies = cluster.copies(directory, "x").map(({ node }) => node.contact.name);
    expect(copies.sort()).toEqual(holders.sort());
  }
}

/** Numbers of nodes that would come before this one for a directory. */
function preceding(directory: string, node: FakeNode, count: number): number[] {
  const found: number[] = [];
  const id = hashName(directory);
  for (let i = 100; found.length < count; i++) {
    const name = `org.example.host${i}`;
    const contact = { ...node.contact, name, numericId: hashName(name) };
    if (compareFor(id, contact, node.contact) < 0) found.push(i);
  }
  return found;
}

describe("who holds a directory", () => {
  test("the three members that come first by numeric ID", async () => {
    const cluster = await withNames(9);
    await cluster.kernel.advance(30_000_000);
    expectInPlace(cluster);
  });

  test("joiners take over what they now precede, and the others drop it only then", async () => {
    const cluster = await withNames(4);
    const { kernel } = cluster;
    for (let i = 4; i < 14; i++) {
      const { naming } = cluster.startNode(i);
      // At any time a name is found, or it is not certain: never gone.
      for (const path of names) {
        const got = await kernel.until(naming.get(MEMBER, path, { deadlineUs: 200_000 }));
        if (got.outcome !== "uncertain") expect(got).toMatchObject({ value: bytes(path) });
        const copies = cluster.copies(path.slice(0, -2), "x");
        expect(copies.length).toBeGreaterThanOrEqual(3);
      }
    }
    await kernel.advance(60_000_000);
    expectInPlace(cluster);
    expect(cluster.nodes.some(({ naming }) => naming.counters.handedOver > 0)).toBe(true);
  });

  test("many joiners at once may not know, but never say not found", async () => {
    const cluster = await withNames(4);
    const { kernel } = cluster;
    for (let i = 4; i < 20; i++) cluster.startNode(i);
    for (let round = 0; round < 8; round++) {
      for (const path of names) {
        const { naming } = cluster.node(4 + ((round * 5) % 16));
        const got = await kernel.until(naming.get(MEMBER, path, { deadlineUs: 300_000 }));
        if (got.outcome !== "uncertain") expect(got).toMatchObject({ value: bytes(path) });
      }
    }
    await kernel.advance(60_000_000);
    expectInPlace(cluster);
  });

  test("after a crash three hold it again within the bound, so that all can crash in turn", async () => {
    const cluster = await withNames(8);
    const { kernel } = cluster;
    const { naming } = cluster.node(7);
    const { repairMs, steps } = naming.bounds({ detectUs: 0 }, names.length);
    expect(steps.reduce((sum, { us }) => sum + us, 0)).toBe(repairMs * 1000);
    for (let i = 0; i < 5; i++) {
      cluster.crash(i);
      await kernel.advance(repairMs * 1000);
      for (const path of names) expect(cluster.copies(path.slice(0, -2), "x")).toHaveLength(3);
    }
    for (const path of names) {
      const got = await kernel.until(naming.get(MEMBER, path, limits));
      expect(got).toMatchObject({ outcome: "done", value: bytes(path) });
    }
  });

  test("news of a node sets off repairs of those directories only that it holds", async () => {
    const cluster = await withNames(20, { options: { repairPeriodMs: 3_600_000 } });
    const { kernel } = cluster;
    await kernel.advance(10_000_000);
    const repairs = () =>
      cluster.up().reduce((sum, { naming }) => sum + naming.counters.repairs, 0);
    const before = repairs();
    const victim = cluster.nodes.findIndex((node) => cluster.holdersOf("/d0").includes(node));
    const held = names.filter((path) =>
      cluster.holdersOf(path.slice(0, -2)).includes(cluster.node(victim)),
    );
    cluster.crash(victim);
    await kernel.advance(10_000_000);
    const after = repairs();
    expect(after).toBeGreaterThan(before);
    // The two that are left of each, the third that takes over, and once more where news crossed.
    expect(after - before).toBeLessThanOrEqual(held.length * 6);
    expect(held.length).toBeLessThan(names.length / 2);
    expectInPlace(cluster);
  });

  test("a holder that is none any more keeps its copy until all three have it", async () => {
    const cluster = await withNames(3);
    const { kernel } = cluster;
    const holders = cluster.holdersOf("/d0");
    const [first] = preceding("/d0", holders[0]!, 1);
    const joiner = cluster.startNode(first!);
    const [displaced] = holders.slice(2);
    // One of the present holders is not heard.
    holders[1]!.side = 1;
    await kernel.advance(60_000_000);
    const copyOf = (node: FakeNode) => node.naming.copyOf(MEMBER, "/d0", "x");
    expect(copyOf(joiner)).toBeDefined();
    expect(copyOf(displaced!)).toBeDefined();
    holders[1]!.side = 0;
    await kernel.advance(60_000_000);
    expect(copyOf(displaced!)).toBeUndefined();
    expect(cluster.copies("/d0", "x")).toHaveLength(3);
  });

  test("a new owner asks former holders of whom only another one knows", async () => {
    const cluster = await withNames(3);
    const { kernel } = cluster;
    await kernel.advance(30_000_000);
    const [a, b, c] = cluster.holdersOf("/d0") as [FakeNode, FakeNode, FakeNode];
    // Stored by a and c alone; then a is gone, and two joiners leave b the only old holder.
    b.side = 1;
    const put = await kernel.until(a.naming.put(MEMBER, "/d0/y", bytes("y"), limits));
    expect(put.outcome).toBe("done");
    cluster.crash(cluster.nodes.indexOf(a));
    b.side = 0;
    const [i, j] = preceding("/d0", a, 2);
    cluster.startNode(i!);
    const owner = cluster.startNode(j!);
    expect(cluster.holdersOf("/d0")).not.toContain(c);
    const got = await kernel.until(owner.naming.get(MEMBER, "/d0/y", limits));
    expect(got).toMatchObject({ outcome: "done", value: bytes("y") });
  });

  test("large directories with large values are brought together too", async () => {
    const cluster = new FakeCluster("large");
    await cluster.start(3);
    const { kernel } = cluster;
    const puts = [];
    for (let i = 0; i < 1_500; i++) {
      const value = new Uint8Array(i % 100 === 0 ? 60_000 : 20).fill(i);
      puts.push(cluster.node(i % 3).naming.put(MEMBER, `/d/n${i}`, value, limits));
      if (i % 50 === 49) await kernel.advance(20_000);
    }
    const results = await kernel.until(Promise.all(puts));
    expect(results.every(({ outcome }) => outcome === "done")).toBe(true);
    cluster.startNode(3);
    cluster.startNode(4);
    await kernel.advance(60_000_000);
    cluster.crash(0);
    cluster.crash(1);
    const { naming } = cluster.node(4);
    await kernel.advance(60_000_000);
    const held = cluster.up().map((node) => {
      return [...node.naming.held(MEMBER)].find(({ path }) => path === "/d")?.entries;
    });
    expect(held).toEqual([1_500, 1_500, 1_500]);
    const got = await kernel.until(naming.get(MEMBER, "/d/n700", limits));
    expect(got.outcome === "done" && got.value.length).toBe(60_000);
  });
});

describe("reads", () => {
  test("that went astray do not say not found", async () => {
    const cluster = await withNames(9);
    const { kernel } = cluster;
    const holders = cluster.holdersOf("/d0");
    const lost = cluster.nodes.find((node) => !holders.includes(node))!;
    for (const holder of holders) lost.overlay.misses(holder.contact);
    const read = () => lost.naming.get(MEMBER, "/d0/x", { deadlineUs: 500_000 });
    expect(await kernel.until(read())).toMatchObject({ outcome: "uncertain" });
    for (const holder of holders) lost.overlay.sees(holder.contact);
    expect(await kernel.until(read())).toMatchObject({ outcome: "done" });
  });

  test("at a holder that is cut off are not answered from an old copy for long", async () => {
    const cluster = await withNames(6);
    const { kernel } = cluster;
    await kernel.advance(20_000_000);
    const [cut] = cluster.holdersOf("/d0") as [FakeNode];
    const others = cluster.nodes.filter((node) => node !== cut);
    cut.side = 1;
    for (const other of others) other.overlay.misses(cut.contact);
    const writer = others[0]!.naming;
    const put = await kernel.until(writer.put(MEMBER, "/d0/x", bytes("new"), limits));
    expect(put.outcome).toBe("done");
    await kernel.advance(30_000_000);
    const got = await kernel.until(cut.naming.get(MEMBER, "/d0/x", limits));
    expect(got).toMatchObject({ outcome: "uncertain" });
    cut.side = 0;
    for (const other of others) other.overlay.sees(cut.contact);
    const after = await kernel.until(cut.naming.get(MEMBER, "/d0/x", limits));
    expect(after).toMatchObject({ outcome: "done", value: bytes("new") });
  });
});

describe("few members", () => {
  test("one is enough where there is one, and both where there are two", async () => {
    const cluster = new FakeCluster("few");
    await cluster.start(1);
    const { kernel } = cluster;
    const { naming } = cluster.node(0);
    const first = await kernel.until(naming.put(MEMBER, "/x", bytes("1"), limits));
    expect(first.outcome).toBe("done");
    const none = await kernel.until(naming.get(MEMBER, "/none", limits));
    expect(none).toMatchObject({ code: "E_NOT_FOUND" });
    await cluster.start(0);
    cluster.startNode(1);
    await kernel.advance(20_000_000);
    expect(cluster.copies("/", "x")).toHaveLength(2);
    const second = await kernel.until(cluster.node(1).naming.put(MEMBER, "/y", bytes("1"), limits));
    expect(second.outcome).toBe("done");
    expect(cluster.copies("/", "y")).toHaveLength(2);
  });

  test("who has lost sight of the others does not take itself for alone too soon", async () => {
    const options = { aloneAfterMs: 120_000 };
    const cluster = await withNames(3, { options });
    const { kernel } = cluster;
    const { naming } = cluster.node(0);
    cluster.crash(1);
    cluster.crash(2);
    await kernel.advance(30_000_000);
    const early = await kernel.until(naming.put(MEMBER, "/late", bytes("1"), limits));
    expect(early).toMatchObject({ outcome: "uncertain", storedBy: 1 });
    await kernel.advance(100_000_000);
    const late = await kernel.until(naming.put(MEMBER, "/late", bytes("1"), limits));
    expect(late).toMatchObject({ outcome: "done" });
    const got = await kernel.until(naming.get(MEMBER, names[0]!, limits));
    expect(got).toMatchObject({ outcome: "done" });
  });
});

describe("leaving and losing contact", () => {
  test("a member that hands over first can leave together with another one's crash", async () => {
    const cluster = await withNames(6);
    const { kernel } = cluster;
    const [first, second] = cluster.holdersOf("/d0");
    const isComplete = await kernel.until(first!.naming.handOver(MEMBER, limits));
    expect(isComplete).toBe(true);
    cluster.crash(cluster.nodes.indexOf(first!));
    cluster.crash(cluster.nodes.indexOf(second!));
    await kernel.advance(60_000_000);
    const got = await kernel.until(cluster.up()[0]!.naming.get(MEMBER, "/d0/x", limits));
    expect(got).toMatchObject({ outcome: "done", value: bytes("/d0/x") });
  });

  test("a member cut off for longer than removals are remembered discards what it has", async () => {
    const options = { tombstoneMs: 60_000, repairPeriodMs: 5_000 };
    const cluster = await withNames(5, { options, faults: GENTLE });
    const { kernel } = cluster;
    const [cut] = cluster.holdersOf("/d0");
    const told: number[] = [];
    cut!.naming.onOutOfContact((member) => told.push(member));
    cut!.side = 1;
    const other = cluster.up().find((node) => node !== cut)!;
    await kernel.advance(50_000_000);
    expect(told).toEqual([]);
    const gone = await kernel.until(other.naming.remove(MEMBER, "/d0/x", { deadlineUs: 1 }));
    expect(gone.outcome).not.toBe("done");
    await kernel.advance(30_000_000);
    expect(told).toEqual([MEMBER]);
    expect([...cut!.naming.held(MEMBER)]).toEqual([]);
    expect(cut!.naming.counters.discarded).toBe(1);
  });
});
