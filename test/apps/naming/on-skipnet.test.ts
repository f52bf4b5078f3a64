import { expect, test } from "vitest";
import { checkConverged } from "../support/converged.ts";
import { replayable, seedsOf } from "../support/replay.ts";
import { SimCluster, type SimNode } from "../support/sim-cluster.ts";
import { type LoadNetwork, type LoadNode, Workload } from "../support/workload.ts";

const VARIABLE = "NAMING_SEED";
const file = "test/apps/naming/on-skipnet.test.ts";
const bytes = (text: string) => new TextEncoder().encode(text);
const limits = { deadlineUs: 5_000_000 };
/** A part of a parted overlay that forgets the others is an overlay of its own: not in these runs. */
const PARTED = { aloneAfterMs: 3_600_000 };
const QUICK = { repairPeriodMs: 4_000, repairMs: 4_000, syncMs: 1_000 };
const NODES = 8;
const HANG_US = 3_000_000;

test("what one node puts, every node of a SkipNet gets", async () => {
  const cluster = new SimCluster("basic");
  await cluster.start(12);
  const { naming, member } = cluster.node(3);
  const put = await cluster.until(naming.put(member, "/a/b/c", bytes("1"), limits));
  expect(put).toMatchObject({ outcome: "done" });
  for (const node of cluster.nodes) {
    const got = await cluster.until(node.naming.get(node.member, "/a/b/c", limits));
    expect(got).toMatchObject({ outcome: "done", value: bytes("1") });
  }
  const holders = cluster.copies("/a/b", "c").map(({ node }) => node.number);
  const expected = cluster.holdersOf("/a/b").map(({ number }) => number);
  expect(holders.sort()).toEqual(expected.sort());
});

test.each(seedsOf(VARIABLE, 3))(
  "on SkipNet, no acknowledged write is lost or doubled while crashes are a repair apart [%s]",
  (seed) =>
    replayable({ variable: VARIABLE, seed, file }, async () => {
      const cluster = new SimCluster(`model/${seed}`, { loss: 0.03, options: QUICK });
      await cluster.start(NODES);
      const { net, naming } = cluster.node(0);
      const detectUs = net.bounds().repairUs;
      const repairUs = naming.bounds({ detectUs }, 16).repairMs * 1000;
      const workload = new Workload(loadOn(cluster), {
        operations: 500,
        intervalUs: 300_000,
        staleUs: repairUs,
        deadlineMinUs: 1_000_000,
        deadlineMaxUs: 10_000_000,
      });
      const random = cluster.simulation.random("test.crashes");
      const starting: Promise<unknown>[] = [];
      let isOver = false;
      const crashOne = (): void => {
        if (isOver) return;
        const i = random.below(NODES);
        cluster.crash(i);
        workload.onDown(loadNode(cluster.node(i)));
        cluster.after(random.float() * repairUs, () => starting.push(cluster.startNode(i)));
        cluster.after(repairUs + random.float() * repairUs, crashOne);
      };
      cluster.after(2_000_000, crashOne);
      await cluster.until(cluster.settled((done) => workload.start(done)));
      isOver = true;
      await cluster.advance(repairUs);
      await cluster.until(Promise.all(starting));
      cluster.simulation.faults.lossProbability = 0;
      await cluster.advance(2 * repairUs);
      const quiet = {
        up: cluster.in().map(loadNode),
        holdersOf: (directory: string) => cluster.holdersOf(directory).map(loadNode),
        until: <T>(promise: Promise<T>) => cluster.until(promise),
      };
      await checkConverged(quiet, workload.model);
      expect(workload.openCount).toBe(0);
      expect(workload.counts.done).toBeGreaterThan(250);
      return workload.model.violations;
    }),
);

test.each(seedsOf(VARIABLE, 3))(
  "on SkipNet, whatever fails, done is never reported falsely [%s]",
  (seed) =>
    replayable({ variable: VARIABLE, seed, file }, async () => {
      const cluster = new SimCluster(`chaos/${seed}`, {
        loss: 0.1,
        options: { ...QUICK, ...PARTED },
      });
      await cluster.start(NODES);
      const workload = new Workload(loadOn(cluster), {
        operations: 300,
        intervalUs: 300_000,
        staleUs: Number.POSITIVE_INFINITY,
        deadlineMinUs: 300_000,
        deadlineMaxUs: 10_000_000,
      });
      const random = cluster.simulation.random("test.chaos");
      let isOver = false;
      const disturb = (): void => {
        if (isOver) return;
        disturbOnce(cluster, workload, random.below(NODES), random.below(5));
        cluster.after(random.exponential(4_000_000), disturb);
      };
      disturb();
      await cluster.until(cluster.settled((done) => workload.start(done)));
      isOver = true;
      expect(workload.counts.done).toBeGreaterThan(20);
      return workload.model.violations;
    }),
);

function disturbOnce(cluster: SimCluster, workload: Workload, i: number, kind: number): void {
  const { simulation } = cluster;
  const node = cluster.nodes[i]!;
  if (!node.isUp) {
    heal(cluster);
    // A join that fails in all this is tried again by a later disturbance.
    cluster.startNode(i).catch(() => cluster.crash(i));
  } else if (kind === 0 && cluster.in().length > 2) {
    cluster.crash(i);
    workload.onDown(loadNode(node));
  } else if (kind === 1) {
    simulation.hang(node.host);
    node.stoppedUntilUs = cluster.nowUs + HANG_US;
    cluster.after(HANG_US, () => {
      if (node.isUp) simulation.resume(node.host);
    });
  } else if (kind === 2) {
    const half = cluster.nodes.filter((_, n) => n % 2 === i % 2).map(({ host }) => host);
    simulation.faults.partition(half, 1);
    simulation.reachabilityChanged();
  } else heal(cluster);
}

function heal({ simulation }: SimCluster): void {
  simulation.faults.heal();
  simulation.reachabilityChanged();
}

function loadNode({ number, host, naming, member }: SimNode): LoadNode {
  return { id: `${number}/${host}`, naming, member };
}

function loadOn(cluster: SimCluster): LoadNetwork {
  return {
    random: cluster.simulation.random("test.workload"),
    nowUs: () => cluster.nowUs,
    after: (us, run) => cluster.after(us, run),
    up: () => cluster.in().map(loadNode),
    membersAround: ({ id }) => {
      const node = cluster.nodes.find((life) => loadNode(life).id === id);
      return node === undefined ? 3 : cluster.overlaySize(node);
    },
    wasStopped: ({ id }, sinceUs) =>
      cluster.lives.some((life) => loadNode(life).id === id && life.stoppedUntilUs >= sinceUs),
    copiesSince: (directory, name, sinceUs) =>
      cluster.lives.flatMap((life) => {
        if (life.downUs < sinceUs) return [];
        return life.naming.copyOf(life.member, directory, name) ?? [];
      }),
  };
}
