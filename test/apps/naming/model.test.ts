import { expect, test } from "vitest";
import { checkConverged } from "../support/converged.ts";
import { FakeCluster, type FakeNode } from "../support/fake-cluster.ts";
import { MEMBER } from "../support/fake-overlay.ts";
import { replayable, seedsOf } from "../support/replay.ts";
import { type LoadNetwork, type LoadNode, Workload } from "../support/workload.ts";

const VARIABLE = "NAMING_SEED";
const file = "test/apps/naming/model.test.ts";
const NODES = 8;
const DETECT_US = 1_500_000;
const QUICK = { repairPeriodMs: 2_000, repairMs: 2_000, syncMs: 500, establishMs: 3_000 };

test.each(seedsOf(VARIABLE, 5))(
  "no acknowledged write is lost or doubled while crashes are a repair apart [%s]",
  (seed) =>
    replayable({ variable: VARIABLE, seed, file }, async () => {
      const faults = {
        delayMinUs: 500,
        delayMaxUs: 40_000,
        loss: 0.05,
        duplicates: 0.1,
        lagMaxUs: 1_000_000,
      };
      const parts = { faults, options: QUICK, skewMaxMs: 3_000 };
      const cluster = new FakeCluster(`model/${seed}`, parts);
      await cluster.start(NODES);
      const { kernel } = cluster;
      const repairUs = cluster.node(0).naming.bounds({ detectUs: DETECT_US }, 16).repairMs * 1000;
      const workload = new Workload(loadOn(cluster), {
        operations: 1_000,
        intervalUs: 100_000,
        staleUs: repairUs,
        deadlineMinUs: 500_000,
        deadlineMaxUs: 6_000_000,
      });
      const random = kernel.random.fork("crashes");
      let isOver = false;
      const crashOne = (): void => {
        if (isOver) return;
        const i = random.below(NODES);
        cluster.crash(i);
        workload.onDown(loadNode(cluster.node(i)));
        kernel.at(random.float() * repairUs, () => cluster.startNode(i));
        kernel.at(repairUs + random.float() * repairUs, crashOne);
      };
      kernel.at(2_000_000, crashOne);
      await kernel.until(new Promise<void>((resolve) => workload.start(resolve)));
      isOver = true;
      await kernel.advance(repairUs);
      cluster.net.faults = { ...faults, loss: 0, duplicates: 0, lagMaxUs: 0 };
      await kernel.advance(2 * repairUs);
      const quiet = {
        up: cluster.up().map(loadNode),
        holdersOf: (directory: string) => cluster.holdersOf(directory).map(loadNode),
        until: <T>(promise: Promise<T>) => kernel.until(promise),
      };
      await checkConverged(quiet, workload.model);
      expect(workload.openCount).toBe(0);
      expect(workload.counts.done).toBeGreaterThan(500);
      return workload.model.violations;
    }),
);

test.each(seedsOf(VARIABLE, 5))("whatever fails, done is never reported falsely [%s]", (seed) =>
  replayable({ variable: VARIABLE, seed, file }, async () => {
    const faults = {
      delayMinUs: 500,
      delayMaxUs: 200_000,
      loss: 0.2,
      duplicates: 0.2,
      lagMaxUs: 5_000_000,
    };
    const parts = { faults, options: QUICK, skewMaxMs: 20_000 };
    const cluster = new FakeCluster(`chaos/${seed}`, parts);
    await cluster.start(NODES);
    const { kernel } = cluster;
    const workload = new Workload(loadOn(cluster), {
      operations: 600,
      intervalUs: 100_000,
      staleUs: Number.POSITIVE_INFINITY,
      deadlineMinUs: 100_000,
      deadlineMaxUs: 6_000_000,
    });
    const random = kernel.random.fork("chaos");
    let isOver = false;
    const disturb = (): void => {
      if (isOver) return;
      const i = random.below(NODES);
      const node = cluster.node(i);
      const kind = random.below(4);
      if (!node.isUp) cluster.startNode(i);
      else if (kind === 0) {
        cluster.crash(i);
        workload.onDown(loadNode(node));
      } else if (kind === 1) node.isHung = !node.isHung;
      else for (const other of cluster.nodes) other.side = kind === 2 ? random.below(2) : 0;
      kernel.at(random.exponential(2_000_000), disturb);
    };
    disturb();
    await kernel.until(new Promise<void>((resolve) => workload.start(resolve)));
    isOver = true;
    expect(workload.counts.done).toBeGreaterThan(20);
    return workload.model.violations;
  }),
);

function loadNode({ contact, naming }: FakeNode): LoadNode {
  return { id: `${contact.name}#${contact.incarnation}`, naming, member: MEMBER };
}

function loadOn(cluster: FakeCluster): LoadNetwork {
  const { kernel } = cluster;
  return {
    random: kernel.random.fork("workload"),
    nowUs: () => kernel.nowUs,
    after: (us, run) => void kernel.at(us, run),
    up: () => cluster.up().map(loadNode),
    membersAround: () => cluster.up().length,
    // A hung node of the fake network is deaf, but its timers run.
    wasStopped: () => false,
    copiesSince: (directory, name, sinceUs) =>
      cluster.lives.flatMap((life) => {
        if (life.downUs < sinceUs) return [];
        return life.naming.copyOf(MEMBER, directory, name) ?? [];
      }),
  };
}
