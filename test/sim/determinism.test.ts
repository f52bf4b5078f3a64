import { describe, expect, test } from "vitest";
import { type FaultSpec, parseFault } from "../../src/cli/sim/faults/spec.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation } from "../../src/cli/sim/run.ts";
import { livePlatform, type Platform } from "../../src/core/platform.ts";
import { seededRandom } from "../../src/core/random.ts";
import { Cluster, codeOf, organisations, SECOND_US } from "../overlay/support/cluster.ts";
import { replayable } from "../overlay/support/seeds.ts";

const FILE = "test/sim/determinism.test.ts";

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 150,
  seed: "1",
  organisations: 8,
  overlay: { membersExpected: 150, repairPeriodMs: 5_000 },
  network: "uniform",
  transport: "udp",
  join: "concurrent",
  lookups: 300,
  extraJoins: 5,
  loss: 0.02,
};

/** One of each kind, some at the same time. */
const FAULTS: readonly FaultSpec[] = [
  "crash:10%",
  "hang:10%@200ms+9s",
  "pause:5%@1s+100ms",
  "partition:20%,groups=2+3s",
  "restart:5%,state=kept@100ms+2s",
  "restart:5%,state=lost@3s+1s",
  "cut:5%,way=out@4s+2s",
  "cut:5%,way=in@4s+2s",
  "intransitive:5%@5s+5s",
  "hold:10%@6s+2s",
  "delay:20%,by=200ms@6s+5s",
  "loss:20%,rate=20%@6s+5s",
  "slow:10%,service=20ms@7s+5s",
  "clock:50%,offset=90s,drift=500ppm@8s+20s",
].map(parseFault);

async function hashOf(change: Partial<SimRunOptions>): Promise<string> {
  const run = await runSimulation({ ...BASE, ...change }, () => undefined);
  return `${run.eventHash} ${run.events} ${run.messages}`;
}

/** What both give must be the same; the message says how to run the first from the command line. */
async function same(
  name: string,
  first: Partial<SimRunOptions>,
  second: Partial<SimRunOptions>,
): Promise<void> {
  const { nodes, seed, organisations: orgs } = { ...BASE, ...first };
  const command = `npm run skipnet -- sim --nodes ${nodes} --seed ${seed} --orgs ${orgs} --transport ${BASE.transport} --loss ${BASE.loss} --repeat 2`;
  await replayable(FILE, name, seed, async () => {
    expect(await hashOf(second), command).toBe(await hashOf(first));
  });
}

/** Lets the machine breathe at moments that follow from a seed, not from the clock. */
function restless(seed: string): { readonly platform: Platform; readonly breaths: () => number } {
  const random = seededRandom(`${seed}/platform`);
  let nowMs = 0;
  let breaths = 0;
  const platform: Platform = {
    wallNowMs: () => {
      nowMs += random.chance(0.3) ? 60 : 1;
      return nowMs;
    },
    afterContinuations: (run) => livePlatform.afterContinuations(run),
    afterIo(run) {
      breaths++;
      livePlatform.afterIo(run);
    },
  };
  return { platform, breaths: () => breaths };
}

describe("the same seed gives the same events", () => {
  test("twice, with every kind of fault", async () => {
    await same("twice, with every kind of fault", { faults: FAULTS }, { faults: FAULTS });
  });

  test("and another seed gives others", async () => {
    const hashes = await Promise.all(["1", "2", "3"].map((seed) => hashOf({ seed })));
    expect(new Set(hashes).size).toBe(3);
  });

  test("with messages through the codec", async () => {
    await same(
      "with messages through the codec",
      { faults: FAULTS },
      { faults: FAULTS, wire: true },
    );
  });

  test("with the invariants checked", async () => {
    await same("with the invariants checked", { faults: FAULTS }, { faults: FAULTS, check: true });
  });

  for (const transport of ["ideal", "tcp", "udp"] as const) {
    test(`in one overlay object or in one each, over ${transport}`, async () => {
      const change = { transport, nodes: 200, faults: FAULTS, lookups: 500 };
      await same(`in one overlay object or in one each, over ${transport}`, change, {
        ...change,
        instances: "each",
      });
    });
  }

  test("dense tables and iterative delivery, in one overlay object or in one each", async () => {
    const change: Partial<SimRunOptions> = {
      overlay: { ...BASE.overlay, dense: true, k: 4 },
      delivery: "iterative",
      faults: FAULTS,
    };
    await same(
      "dense tables and iterative delivery, in one overlay object or in one each",
      change,
      { ...change, instances: "each" },
    );
  });
});

/** A short life of an overlay that settles many promises. */
async function life(seed: string, parts: { platform?: Platform; look?: boolean }): Promise<string> {
  const cluster = new Cluster(seed, { transport: "udp", loss: 0.05, platform: parts.platform });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(60, 6, (bound) => random.below(bound)));
  await cluster.joinAll(12);
  cluster.simulation.crash(7);
  const routes = cluster.nodes.slice(10).map((node) => {
    const to = cluster.nodes[random.below(60)]!;
    return codeOf(
      node.net.routeToName(node.member, to.ref, undefined, { deadlineUs: 9 * SECOND_US }),
    );
  });
  await cluster.until(Promise.all(routes));
  if (parts.look === true) {
    for (const { instance, net, host } of cluster.nodes) {
      instance.transport.health(host as never, 3 as never);
      instance.transport.stats();
      net.bounds();
    }
  }
  await cluster.advance(20 * SECOND_US);
  return cluster.simulation.eventHash;
}

describe("a run is the same", () => {
  test("however its loop is sliced", async () => {
    for (const seed of ["1", "2", "3", "4"]) {
      await replayable(FILE, "however its loop is sliced", seed, async () => {
        const { platform, breaths } = restless(seed);
        expect(await life(seed, { platform })).toBe(await life(seed, {}));
        expect(breaths()).toBeGreaterThan(10);
      });
    }
  });

  test("whether somebody looks at health, statistics and bounds, or nobody", async () => {
    expect(await life("1", { look: true })).toBe(await life("1", {}));
  });
});

test("an overlay of many objects cannot be constructed: said, not tried", async () => {
  const run = runSimulation({ ...BASE, join: "constructed", instances: "each" }, () => undefined);
  await expect(run).rejects.toMatchObject({ code: "E_OPTIONS" });
});
