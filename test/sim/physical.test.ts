import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFault } from "../../src/cli/sim/faults/spec.ts";
import { organisationOf, organisationSizes, uniformSizes } from "../../src/cli/sim/nodes.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation, type SimRun } from "../../src/cli/sim/run.ts";
import { seededRandom } from "../../src/core/random.ts";

const SMALL = "transit-stub:transitDomains=3,transitRouters=2,stubs=2,stubRouters=5";

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 120,
  seed: "1",
  organisations: 10,
  overlay: { membersExpected: 120, repairPeriodMs: 5_000 },
  network: SMALL,
  transport: "ideal",
  join: "constructed",
  lookups: 400,
};

const run = (change: Partial<SimRunOptions>): Promise<SimRun> =>
  runSimulation({ ...BASE, ...change }, () => undefined);

describe("a run in a network of routers", () => {
  test("the lengths of routes and of their answers are the latencies of lookups", async () => {
    const networks = [
      `${SMALL},mean=5ms,access=40ms`,
      "mercator:routers=500,links=700,systems=30,systemLinks=50,delays=drawn,access=40ms",
      "king:routers=50,access=400ms",
    ] as const;
    for (const network of networks) {
      const { physical, lookups } = await run({ network });
      const { routes = 0, routeMs = 0, directMs = 0 } = physical?.routes ?? {};
      // Of a second try the first answer counts, of a route the first try.
      expect(lookups?.byTries).toEqual({ 1: 400 });
      expect(routes).toBeGreaterThan(380);
      const total = lookups?.latenciesUs.reduce((sum, us) => sum + us, 0) ?? 0;
      // A lookup of one's own name takes no time.
      expect(lookups?.latenciesUs.filter((us) => us > 0)).toHaveLength(routes);
      expect(routes * (routeMs + directMs) * 1_000).toBeCloseTo(total, 3);
    }
  });

  test("no route is shorter than the way between its ends, where the triangle inequality holds", async () => {
    const { physical } = await run({ placement: "zipf-clustered" });
    const routes = physical?.routes;
    expect(routes?.rdp).toBeGreaterThan(1);
    expect(routes?.rdpOfSums).toBeGreaterThan(1);
    expect(routes?.routeMs).toBeGreaterThan(routes?.directMs ?? Number.NaN);
    expect(physical).toMatchObject({ name: "transit-stub", routers: 66, crowded: 0 });
  });

  test("local lookups of clustered organisations go a shorter way", async () => {
    const [near, far] = await Promise.all(
      [1, 0].map((locality) => run({ placement: "clustered", locality })),
    );
    const [nearMs = Number.NaN, farMs = Number.NaN] = [near, far].map(
      (each) => each?.physical?.routes?.routeMs,
    );
    expect(nearMs).toBeLessThan(farMs / 2);
  });

  test("what crosses the links is counted without changing anything", async () => {
    const [counted, plain] = await Promise.all(
      [true, false].map((linkStress) => run({ linkStress, join: "concurrent", check: linkStress })),
    );
    expect(counted?.eventHash).toBe(plain?.eventHash);
    expect(plain?.physical?.linkStress).toBeUndefined();
    const stress = counted?.physical?.linkStress;
    expect((stress?.joining.messages ?? 0) + (stress?.lookups.messages ?? 0)).toBe(
      counted?.messages,
    );
    for (const phase of [stress?.joining, stress?.lookups]) {
      expect(phase?.crossings).toBeGreaterThan(2 * (phase?.messages ?? Number.NaN));
      expect(phase?.mean).toBeCloseTo((phase?.crossings ?? 0) / (phase?.linksUsed ?? 0));
    }
    expect(counted?.violations.count).toBe(0);
  });

  test("packets take the same ways and are counted", async () => {
    const { physical, packets, lookups } = await run({
      nodes: 12,
      overlay: { membersExpected: 12, repairPeriodMs: 5_000 },
      transport: "packet",
      join: "concurrent",
      lookups: 30,
      linkStress: true,
    });
    expect(lookups?.failed).toBe(0);
    expect(physical?.routes?.routes).toBeGreaterThan(20);
    const { joining, lookups: later } = physical?.linkStress ?? {};
    expect((joining?.messages ?? 0) + (later?.messages ?? 0)).toBe(packets?.sent);
  });

  test("restarted nodes are where they were, and their routes are measured as others'", async () => {
    const { physical, lookups } = await run({
      join: "concurrent",
      faults: [parseFault("restart:30%,state=kept+1s")],
    });
    expect(lookups?.count).toBe(400);
    expect(physical?.routes?.routes).toBeGreaterThan(350);
    // Over wrong routers some routes would be shorter than the way between their ends.
    expect(physical?.routes?.rdpOfSums).toBeGreaterThan(1);
  });

  test("the seed of a network keeps it, whatever the seed of the run", async () => {
    const direct = async (network: SimRunOptions["network"], seed: string): Promise<number> => {
      const { physical } = await run({ network, seed, lookups: 100 });
      return physical?.links ?? 0;
    };
    const links = await Promise.all(["1", "2", "3"].map((seed) => direct(`${SMALL},seed=a`, seed)));
    expect(new Set(links).size).toBe(1);
    const others = await Promise.all(["1", "2", "3"].map((seed) => direct(SMALL, seed)));
    expect(new Set(others).size).toBeGreaterThan(1);
  });

  test("latencies come from a King file, and what it lacks is said", async () => {
    const folder = mkdtempSync(join(tmpdir(), "skipnet-king-"));
    try {
      const file = join(folder, "king.txt");
      writeFileSync(file, "0 20000 30000\n20000 0 NaN\n30000 -1 0\n");
      const { physical } = await run({ network: `king:${file}` });
      expect(physical).toMatchObject({ name: "king", routers: 3, missingPairs: 1 });
      writeFileSync(file, "0 20000\n");
      await expect(run({ network: `king:${file}` })).rejects.toThrow(
        `E_FILE: ${file}, line 1, column 1`,
      );
      await expect(run({ network: `king:${folder}/none` })).rejects.toThrow("E_FILE: cannot read");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("what needs routers is refused where there are none", async () => {
    const network = "uniform";
    await expect(run({ network, placement: "clustered" })).rejects.toThrow(
      "E_OPTIONS: --placement needs",
    );
    await expect(run({ network, linkStress: true })).rejects.toThrow(
      "E_OPTIONS: --link-stress needs",
    );
    await expect(run({ network: "king", placement: "clustered" })).rejects.toThrow(
      "E_OPTIONS: placement clustered needs a network with domains",
    );
  });
});

describe("sizes of organisations", () => {
  test("add up to all nodes, with one at least in each, in both ways", () => {
    const counts = fc.record({
      nodes: fc.integer({ min: 1, max: 3_000 }),
      organisations: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(counts, fc.string(), ({ nodes, organisations }, seed) => {
        const ways = [
          organisationSizes(nodes, organisations),
          uniformSizes(nodes, organisations, seededRandom(seed)),
        ];
        for (const sizes of ways) {
          expect(sizes).toHaveLength(Math.min(nodes, organisations));
          expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(nodes);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("uniform ones are alike in every part of their range", () => {
    const sizes = uniformSizes(100_000, 1_000, seededRandom("1"));
    const mean = 100;
    const below = (limit: number): number => sizes.filter((size) => size < limit).length / 1_000;
    expect(below(mean / 2)).toBeCloseTo(0.25, 1);
    expect(below(mean)).toBeCloseTo(0.5, 1);
    expect(below(1.5 * mean)).toBeCloseTo(0.75, 1);
  });

  test("a node's name says which organisation is its own", () => {
    expect(organisationOf("org17.host3")).toBe(17);
  });
});
