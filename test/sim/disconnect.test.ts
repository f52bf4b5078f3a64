import { expect, test } from "vitest";
import { parseFault } from "../../src/cli/sim/faults/spec.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation, type SimRun } from "../../src/cli/sim/run.ts";

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 150,
  seed: "1",
  organisations: 4,
  overlay: { k: 4, membersExpected: 150, repairPeriodMs: 60_000 },
  network: "uniform",
  transport: "udp",
  join: "constructed",
  lookups: 300,
  locality: 1,
  check: true,
};

const run = (fault: string): Promise<SimRun> =>
  runSimulation({ ...BASE, faults: [parseFault(fault)] }, () => undefined);

test("--fault disconnect:ORG cuts an organisation off: lookups inside go on, and the report says what was linked when", async () => {
  const { lookups, violations, merging, faults } = await run("disconnect:org0+1h");
  expect(lookups).toMatchObject({ failed: 0, wrong: 0 });
  expect(violations.report.violations).toEqual([]);
  const [fault] = faults;
  expect(fault?.nodes).toBeGreaterThan(50);
  // Two ends of the organisation and two of the others.
  expect(merging?.edges).toBe(4);
  expect(merging?.ringsFound).toBeGreaterThan(0);
  const [first] = merging?.levels ?? [];
  expect(first?.links).toBeGreaterThanOrEqual(4);
  // Closed within seconds of the cut; one ring within minutes of the heal, by asking who was gone.
  expect((merging?.firstLinkMs ?? 0) - (fault?.beganMs ?? 0)).toBeLessThan(5_000);
  expect((first?.lastLinkMs ?? 0) - (fault?.endedMs ?? 0)).toBeGreaterThan(0);
});

test("a run in which nobody is cut off says nothing of it", async () => {
  const { merging } = await runSimulation({ ...BASE, lookups: 20 }, () => undefined);
  expect(merging).toBeUndefined();
});

test("an organisation that is not there is refused before anything is done", async () => {
  await expect(run("disconnect:nobody")).rejects.toMatchObject({ code: "E_OPTIONS" });
});
