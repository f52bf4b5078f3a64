import { expect, test } from "vitest";
import { linkOf, parseEntryPath } from "../../../src/apps/naming/path.ts";
import { FakeCluster } from "../support/fake-cluster.ts";
import { MEMBER } from "../support/fake-overlay.ts";
import { type LoadNetwork, Workload } from "../support/workload.ts";

const FILE = "test/apps/naming/model.test.ts";
const given = process.env["NAMING_SEED"];
const seeds =
  given === undefined
    ? Array.from({ length: +(process.env["N"] ?? 5) }, (_, i) => String(i + 1))
    : [given];
const NODES = 8;
const DETECT_US = 1_500_000;
const QUICK = { repairPeriodMs: 2_000, repairMs: 2_000, syncMs: 500, establishMs: 3_000 };

/** A run with a seed fails with the command that replays it. */
async function replayable(seed: string, run: () => Promise<readonly string[]>): Promise<void> {
  const name = expect.getState().currentTestName?.split(" > ").at(-1)?.replace(/ \[.*/, "") ?? "";
  const command = `NAMING_SEED=${seed} npx vitest run ${FILE} -t "${name}"`;
  let violations: readonly string[];
  try {
    violations = await run();
  } catch (error) {
    throw new Error(`failed with seed ${seed}; replay: ${command}`, { cause: error });
  }
  const shown = violations.slice(0, 10).join("\n");
  if (violations.length > 0)
    expect.fail(`${violations.length} violations, seed ${seed}; replay: ${command}\n${shown}`);
}

function networkOf(cluster: FakeCluster, downUs: Map<string, number>): LoadNetwork {
  const { kernel, net } = cluster;
  const idOf = (life: { contact: { name: string; incarnation: number } }) =>
    `${life.contact.name}#${life.contact.incarnation}`;
  return {
    random: kernel.random.fork("workload"),
    nowUs: () => kernel.nowUs,
    after: (us, run) => void kernel.at(us, run),
    up: () => cluster.up().map((node) => ({ id: idOf(node), naming: node.naming, member: MEMBER })),
    copiesSince: (directory, name, sinceUs) =>
      cluster.lives.flatMap((life) => {
        const wentUs = downUs.get(idOf(life)) ?? Number.POSITIVE_INFINITY;
        if (!net.life(life.contact)?.isUp && wentUs < sinceUs) return [];
        return life.naming.copyOf(MEMBER, directory, name) ?? [];
      }),
  };
}

test.each(seeds)(
  "no acknowledged write is lost or doubled while crashes are a repair apart [%s]",
  (seed) =>
    replayable(seed, async () => {
      const faults = {
        delayMinUs: 500,
        delayMaxUs: 40_000,
        loss: 0.05,
        duplicates: 0.1,
        lagMaxUs: 1_000_000,
      };
      const cluster = new FakeCluster(`model/${seed}`, {
        faults,
        options: QUICK,
        skewMaxMs: 3_000,
      });
      await cluster.start(NODES);
      const { kernel } = cluster;
      const downUs = new Map<string, number>();
      const repairUs = cluster.node(0).naming.bounds({ detectUs: DETECT_US }, 16).repairMs * 1000;
      const net = networkOf(cluster, downUs);
      const workload = new Workload(net, {
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
        const node = cluster.node(i);
        const id = `${node.contact.name}#${node.contact.incarnation}`;
        downUs.set(id, kernel.nowUs);
        cluster.crash(i);
        workload.onDown({ id, naming: node.naming, member: MEMBER });
        const backUs = random.float() * repairUs;
        kernel.at(backUs, () => cluster.startNode(i));
        kernel.at(repairUs + random.float() * repairUs, crashOne);
      };
      kernel.at(2_000_000, crashOne);
      await kernel.until(new Promise<void>((resolve) => workload.start(resolve)));
      isOver = true;
      await settle(cluster, repairUs);
      await checkConverged(cluster, workload);
      expect(workload.openCount).toBe(0);
      expect(workload.counts.done).toBeGreaterThan(500);
      return workload.model.violations;
    }),
);

test.each(seeds)("whatever fails, done is never reported falsely [%s]", (seed) =>
  replayable(seed, async () => {
    const faults = {
      delayMinUs: 500,
      delayMaxUs: 200_000,
      loss: 0.2,
      duplicates: 0.2,
      lagMaxUs: 5_000_000,
    };
    const cluster = new FakeCluster(`chaos/${seed}`, { faults, options: QUICK, skewMaxMs: 20_000 });
    await cluster.start(NODES);
    const { kernel } = cluster;
    const downUs = new Map<string, number>();
    const net = networkOf(cluster, downUs);
    const workload = new Workload(net, {
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
      const node = cluster.node(random.below(NODES));
      const id = `${node.contact.name}#${node.contact.incarnation}`;
      const kind = random.below(4);
      if (!node.isUp) cluster.startNode(cluster.nodes.indexOf(node));
      else if (kind === 0) {
        downUs.set(id, kernel.nowUs);
        cluster.crash(cluster.nodes.indexOf(node));
        workload.onDown({ id, naming: node.naming, member: MEMBER });
      } else if (kind === 1) {
        node.isHung = !node.isHung;
      } else if (kind === 2) {
        for (const other of cluster.nodes) other.side = random.below(2);
      } else for (const other of cluster.nodes) other.side = 0;
      kernel.at(random.exponential(2_000_000), disturb);
    };
    disturb();
    await kernel.until(new Promise<void>((resolve) => workload.start(resolve)));
    isOver = true;
    expect(workload.counts.done).toBeGreaterThan(20);
    return workload.model.violations;
  }),
);

/** Everybody is back and nothing is lost any more; all that is left to do is done. */
async function settle(cluster: FakeCluster, repairUs: number): Promise<void> {
  await cluster.kernel.advance(repairUs);
  cluster.net.faults = { ...cluster.net.faults, loss: 0, duplicates: 0, lagMaxUs: 0 };
  await cluster.kernel.advance(2 * repairUs);
}

/** All reads agree with the model, each directory is on its three holders, and nothing is hidden. */
async function checkConverged(cluster: FakeCluster, { model }: Workload): Promise<void> {
  const { kernel } = cluster;
  const limits = { deadlineUs: 10_000_000 };
  let checked = 0;
  for (const path of model.paths()) {
    if (!model.isTouched(path)) continue;
    const { directory, name } = parseEntryPath(path);
    const holders = cluster.holdersOf(directory);
    for (const node of holders) {
      const entry = node.naming.copyOf(MEMBER, directory, name);
      model.checkFinal(path, entry, node.contact.name);
      expect(entry).toEqual(holders[0]!.naming.copyOf(MEMBER, directory, name));
    }
    if (cluster.copies(directory, name).length > 3) {
      console.log(
        directory,
        name,
        "holders",
        holders.map((h) => h.contact.name),
        cluster.copies(directory, name).map((c) => [c.node.contact.name, c.entry.stamp.ms]),
      );
      for (const c of cluster.copies(directory, name))
        console.log(
          c.node.contact.name,
          c.node.skewMs,
          [...c.node.naming.held(MEMBER)].filter((h) => h.path === directory),
          c.node.naming.counters,
        );
      expect(1).toBe(2);
    }
    const truth = holders[0]!.naming.copyOf(MEMBER, directory, name);
    for (const node of cluster.up()) {
      const got = await kernel.until(node.naming.get(MEMBER, path, limits));
      if (truth === undefined || truth.removed) expect(got).toMatchObject({ code: "E_NOT_FOUND" });
      else expect(got).toMatchObject({ outcome: "done", value: truth.value });
      checked++;
    }
    if (truth === undefined || truth.removed) continue;
    for (let link = linkOf(directory); link !== undefined; link = linkOf(link.directory)) {
      const node = cluster.up()[checked % cluster.up().length]!;
      const page = await kernel.until(node.naming.list(MEMBER, link.directory, limits));
      expect(page.outcome === "done" && page.names).toContain(link.name);
    }
  }
}
