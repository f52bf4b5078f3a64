import { describe, expect, test } from "vitest";
import { describeMachine } from "../../bench/machine.ts";
import { benchOptions } from "../../bench/options.ts";
import type { TransportResult } from "../../bench/results.ts";
import { parseResults } from "../../bench/results.ts";
import { scenarioResult } from "../../bench/scenario.ts";
import { runSim } from "../../bench/sim/run-sim.ts";

async function simulate(
  transport: string,
  given: Record<string, string> = {},
  signal = new AbortController().signal,
): Promise<TransportResult> {
  const { scenario } = await benchOptions({ nodes: "8", duration: "4s", rate: "50", ...given });
  return await runSim({ transport, scenario, logFolder: "", signal, progress: () => undefined });
}

const sum = (parts: object): number =>
  Object.values(parts).reduce((total: number, part: number) => total + part, 0);

describe("the scenario on the simulator", () => {
  test("sees both faults everywhere, loses no write and explains its latency", async () => {
    const column = await simulate("sim:udp");
    expect(column).toMatchObject({
      lostWrites: 0,
      doubledWrites: 0,
      invalid: [],
      interrupted: false,
    });
    expect(column.readBack?.unread).toBe(0);
    for (const fault of [column.detection.crash, column.detection.hang]) {
      expect(fault?.watchers).toBeGreaterThan(2);
      expect(fault).toMatchObject({ missed: 0, falseDown: 0 });
    }
    expect(column.repairMs.max).not.toBeNull();
    expect(column.faults.map(({ kind, atMs }) => [kind, atMs])).toEqual([
      ["crash", 1_000],
      ["hang", 2_000],
    ]);
    const done = sum(column.timeline.done);
    expect(column.tracedOperations).toBeGreaterThan(0.9 * done);
    expect(sum(column.whereTimeWent)).toBeGreaterThan(0);
    expect(column.wire.byType["overlay.routeByNumericId"]?.count).toBeGreaterThan(done);
  });

  test("gives the same figures for the same seed, and others for another", async () => {
    const figures = async (seed: string) => {
      const { cpuMs: _, ...column } = await simulate("sim", { seed, duration: "2s" });
      return column;
    };
    const first = await figures("7");
    expect(await figures("7")).toEqual(first);
    expect((await figures("8")).timeline).not.toEqual(first.timeline);
  });

  test.each(["routing", "echo"])("runs the %s workload", async (workload) => {
    const column = await simulate("sim:tcp", { workload, duration: "2s", faults: "none" });
    const [operation] = Object.values(column.operations);
    expect(operation?.count).toBeGreaterThan(50);
    expect(operation).toMatchObject({ failed: 0, uncertain: 0, pendingAtEnd: 0 });
    expect(column.readBack).toBeUndefined();
    expect(column.detection).toEqual({});
    if (workload === "echo") expect(column.hops).toEqual({ mean: 1, max: 1 });
  });

  test("makes a results file that can be read again", async () => {
    const { scenario } = await benchOptions({ nodes: "8" });
    const results = {
      schema: 1,
      valid: true,
      scenario: scenarioResult(scenario, ["sim"]),
      machine: await describeMachine(),
      transports: { sim: await simulate("sim", { duration: "1s" }) },
      leftOut: {},
    };
    expect(parseResults(JSON.stringify(results), "sim")).toEqual(results);
  });

  test("ends early when interrupted, with what was measured", async () => {
    const controller = new AbortController();
    const { scenario } = await benchOptions({ nodes: "8", duration: "1m", rate: "50" });
    const column = await runSim({
      transport: "sim",
      scenario,
      logFolder: "",
      signal: controller.signal,
      progress: (phase, share) => {
        if (phase === "load" && share > 0) controller.abort();
      },
    });
    expect(column.interrupted).toBe(true);
    expect(column.elapsedMs).toBeLessThan(60_000);
    expect(column.readBack).toBeUndefined();
  });
});

test("messages keep to the sizes that they are to have", async () => {
  const { wire } = await simulate("sim", { nodes: "16", faults: "none", duration: "2s" });
  const { sizes } = wire;
  if (sizes === undefined) throw new Error("nothing was measured");
  const mean = (types: readonly string[]): number => {
    const found = types.map((type) => sizes.routed[type] ?? { count: 0, bytes: 0 });
    for (const [i, { count }] of found.entries()) expect(count, types[i]).toBeGreaterThan(0);
    return sum(found.map(({ bytes }) => bytes)) / sum(found.map(({ count }) => count));
  };
  const requests = ["naming.read", "naming.write", "naming.list"];
  expect(mean(requests)).toBeLessThanOrEqual(120);
  expect(mean(requests.map((type) => `${type}Reply`))).toBeLessThanOrEqual(120);
  expect(sizes.leafReplies.bytes).toBeLessThanOrEqual(400 * sizes.leafReplies.count);
  expect(sizes.all.count).toBe(wire.messages);
  expect(sizes.all.inOneDatagram).toBeGreaterThanOrEqual(0.99 * sizes.all.count);
});
