import { describe, expect, test } from "vitest";
import { parseFault } from "../../src/cli/sim/faults/spec.ts";
import { linksOf } from "../../src/cli/sim/links.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation, type SimRun } from "../../src/cli/sim/run.ts";

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 40,
  seed: "1",
  organisations: 4,
  overlay: { membersExpected: 40, repairPeriodMs: 3_000 },
  network: "uniform",
  transport: "packet",
  join: "concurrent",
  lookups: 100,
};

const run = (change: Partial<SimRunOptions> = {}): Promise<SimRun> =>
  runSimulation({ ...BASE, ...change }, () => undefined);

const OVERLAY = { membersExpected: 12, repairPeriodMs: 1_000 };
const REPLAY_TCP =
  "npm run skipnet -- sim --nodes 12 --orgs 4 --transport packet-tcp --repair-period 1000 --fault crash:10%";
const REPLAY = "npm run skipnet -- sim --nodes 40 --orgs 4 --transport packet --repair-period 3000";

describe("the overlay on simulated datagrams", () => {
  test("joins and finds everybody, and the tables are right", async () => {
    const { lookups, violations, packets } = await run({ check: true });
    expect(lookups, REPLAY).toMatchObject({ count: 100, failed: 0, wrong: 0 });
    expect(violations.count, REPLAY).toBe(0);
    expect(packets?.sent).toBeGreaterThan(1_000);
  });

  test("gives the same datagrams for the same options, with links, losses and faults", async () => {
    const given = { transport: "packet", loss: 0.02, linkRate: "1Mbit", burst: "80ms,2s,80%" };
    const links = await linksOf(given, BASE.nodes);
    const faults = [parseFault("crash:10%"), parseFault("partition:20%+1000ms")];
    const figures = async (): Promise<string> => {
      const { eventHash, events, packets } = await run({ links, faults, lookups: 50 });
      return `${eventHash} ${events} ${JSON.stringify(packets)}`;
    };
    const first = await figures();
    expect(await figures(), REPLAY).toBe(first);
    expect(first).toMatch(/"burst":[1-9]/);
  });

  test("runs over the model of TCP too: joins, finds everybody, the same packets again", async () => {
    const tcp = { nodes: 12, transport: "packet-tcp" as const, lookups: 50, check: true };
    const over = async (): Promise<SimRun> =>
      run({ ...tcp, faults: [parseFault("crash:10%")], overlay: OVERLAY });
    const first = await over();
    expect(first.lookups, REPLAY_TCP).toMatchObject({ count: 50, failed: 0, wrong: 0 });
    expect(first.violations.count, REPLAY_TCP).toBe(0);
    expect(first.violations.checked).toBeGreaterThan(200);
    expect(first.detectors.down, REPLAY_TCP).toMatchObject({ mistakes: 0, missed: 0 });
    expect((await over()).eventHash, REPLAY_TCP).toBe(first.eventHash);
    const constructed = run({ ...tcp, join: "constructed" });
    await expect(constructed).rejects.toThrow("E_OPTIONS");
  });

  test("the quality of the failure detector: who died is found, who lives is no mistake", async () => {
    const { detectors } = await run({ lookups: 20, faults: [parseFault("crash:10%")] });
    expect(detectors.watchers).toBe(BASE.nodes);
    for (const { detected, missed, mistakes, detectionMs, accuracy } of [
      detectors.suspect,
      detectors.down,
    ]) {
      expect({ missed, mistakes, accuracy }, REPLAY).toEqual({
        missed: 0,
        mistakes: 0,
        accuracy: 1,
      });
      expect(detected).toBeGreaterThan(20);
      expect(detectionMs).toBeGreaterThan(50);
    }
    expect(detectors.suspect.detectionMs).toBeLessThanOrEqual(detectors.down.detectionMs ?? 0);
  });

  test("link options without links are refused, and values that are none", async () => {
    const sim = { transport: "udp", loss: 0 };
    await expect(linksOf({ ...sim, linkRate: "1Mbit" }, 10)).rejects.toThrow("--link-rate needs");
    await expect(linksOf({ ...sim, scenario: "calm" }, 10)).rejects.toThrow("--scenario needs");
    expect(await linksOf(sim, 10)).toBeUndefined();
    const packet = { transport: "packet", loss: 0 };
    await expect(linksOf({ ...packet, linkRate: "fast" }, 10)).rejects.toThrow("not a rate");
    await expect(linksOf({ ...packet, linkQueue: "3p" }, 10)).rejects.toThrow("needs --link-rate");
    await expect(linksOf({ ...packet, burst: "80ms,2s" }, 10)).rejects.toThrow("BAD,GOOD,LOSS");
  });
});
