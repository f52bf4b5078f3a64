import { describe, expect, test } from "vitest";
import { LoadGenerator, type LoadOptions } from "../../bench/load/generator.ts";
import { mergeLoads } from "../../bench/load/merge-loads.ts";
import type { OperationEnd } from "../../bench/load/operation.ts";
import type { LoadReport } from "../../bench/load/recorder.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { World } from "../../src/core/world.ts";
import { sleepUs, virtualWorld } from "./virtual-world.ts";

const DONE: OperationEnd = { outcome: "done", hops: 2, tries: 1 };

type Execute = (world: World, deadlineUs: number) => Promise<OperationEnd>;

/** Runs a load of one kind of operation in virtual time. */
async function load(
  execute: Execute,
  change: Partial<LoadOptions> = {},
  meanwhile?: (generator: LoadGenerator, world: World) => Promise<void>,
): Promise<{ report: LoadReport; starts: number[] }> {
  const { world, run } = virtualWorld();
  const starts: number[] = [];
  const generator = new LoadGenerator({
    world,
    member: 0,
    workload: {
      kinds: ["work"],
      next: () => ({
        kind: "work",
        run: (deadlineUs) => {
          starts.push(world.nowUs());
          return execute(world, deadlineUs);
        },
      }),
    },
    random: seededRandom("load"),
    ratePerSecond: 100,
    durationMs: 10_000,
    deadlineMs: 1_000,
    ...change,
  });
  const loading = generator.run(500);
  if (meanwhile !== undefined) void meanwhile(generator, world);
  return { report: await run(loading), starts };
}

const taking =
  (us: number): Execute =>
  async (world) => {
    await sleepUs(world, us);
    return DONE;
  };

describe("the open-loop load", () => {
  test("starts as many operations as the rate says, as independent arrivals do", async () => {
    const { report, starts } = await load(taking(100));
    const { operations, timeline, retries, hops } = mergeLoads([report], 10_000);
    const { work } = operations;
    expect(work?.count).toBe(starts.length);
    // 1,000 expected; 4 standard deviations of a Poisson process.
    expect(Math.abs(starts.length - 1_000)).toBeLessThan(127);
    expect(work?.failed).toBe(0);
    expect(work?.pendingAtEnd).toBe(0);
    expect(timeline.done.reduce((a, b) => a + b)).toBe(starts.length);
    expect(retries).toEqual({ "0": starts.length });
    expect(hops).toEqual({ mean: 2, max: 2 });
    const gaps = starts.slice(1).map((at, i) => at - (starts[i] as number));
    const mean = gaps.reduce((a, b) => a + b) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((a, g) => a + (g - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.85);
    expect(deviation / mean).toBeLessThan(1.15);
  });

  test("does not wait for slow operations", async () => {
    const slow = await load(taking(900_000));
    const quick = await load(taking(1));
    expect(slow.starts).toEqual(quick.starts);
  });

  test("charges a stall to everything that was due meanwhile", async () => {
    // The system answers nothing between 4 s and 6 s.
    const { report } = await load(async (world) => {
      const now = world.nowUs();
      await sleepUs(world, now > 4e6 && now < 6e6 ? 6e6 - now : 100);
      return DONE;
    });
    const { operations, serviceGapMs, timeline } = mergeLoads([report], 10_000);
    const { latencyMs } = operations["work"] ?? {};
    // A fifth of the operations was due in the stall: half of those waited for more than a second.
    expect(latencyMs?.p50).toBeLessThan(1);
    expect(latencyMs?.p90).toBeGreaterThan(700);
    expect(latencyMs?.max).toBeGreaterThan(1_900);
    expect(serviceGapMs).toBeGreaterThan(1_900);
    expect(timeline.done[5]).toBe(0);
    expect(timeline.maxMs[4]).toBeGreaterThan(1_900);
  });

  test("counts latency from the intended start", async () => {
    // The process that makes the load stands still: timers come 300 ms late, once.
    const { world, run } = virtualWorld();
    let frozen = false;
    const late: World = {
      ...world,
      after(member, delayUs, then) {
        const isFreeze = !frozen && world.nowUs() > 1e6;
        if (isFreeze) frozen = true;
        return world.after(member, isFreeze ? delayUs + 300_000 : delayUs, then);
      },
    };
    const generator = new LoadGenerator({
      world: late,
      member: 0,
      workload: {
        kinds: ["work"],
        next: () => ({ kind: "work", run: () => Promise.resolve(DONE) }),
      },
      random: seededRandom("late"),
      ratePerSecond: 200,
      durationMs: 2_000,
      deadlineMs: 1_000,
    });
    const { operations, late: lateness } = mergeLoads([await run(generator.run(500))], 2_000);
    expect(operations["work"]?.latencyMs?.max).toBeGreaterThan(250);
    expect(lateness.percentileUs(100)).toBeGreaterThan(250_000);
  });

  test("bounds the operations that are open, and reports the overflow", async () => {
    const { report } = await load(taking(900_000), { openMax: 10 });
    const { operations, overflow, errors } = mergeLoads([report], 10_000);
    expect(overflow).toBeGreaterThan(100);
    expect(operations["work"]?.failed).toBe(overflow);
    expect(errors["E_QUEUE_FULL"]).toBe(overflow);
  });

  test("ends although operations never do, and counts them as pending", async () => {
    const { report, starts } = await load((world) => world.deferred<OperationEnd>().promise);
    const { operations } = mergeLoads([report], 10_000);
    expect(operations["work"]?.pendingAtEnd).toBe(starts.length);
    expect(operations["work"]?.latencyMs).toBeNull();
  });

  test("keeps failed, uncertain and thrown apart from done", async () => {
    let n = 0;
    const { report } = await load(async (world) => {
      await sleepUs(world, 50);
      if (n++ % 3 === 0) return { outcome: "failed", code: "E_NO_ROUTE", tries: 3 };
      if (n % 3 === 0) return { outcome: "uncertain", code: "E_DEADLINE", tries: 2 };
      throw new Error("a defect");
    });
    const { operations, errors, serviceGapMs } = mergeLoads([report], 10_000);
    const { work } = operations;
    expect(work?.failed).toBe(errors["E_NO_ROUTE"]);
    expect(work?.uncertain).toBe((errors["E_DEADLINE"] ?? 0) + (errors["E_INTERNAL"] ?? 0));
    expect(work?.latencyMs).toBeNull();
    expect(work?.failureMs?.max).toBeLessThan(1);
    expect(serviceGapMs).toBeGreaterThan(9_900);
  });

  test("stops when told, and reports the time that it ran", async () => {
    const { report, starts } = await load(taking(10), {}, async (generator, world) => {
      await sleepUs(world, 2_000_000);
      generator.stop();
    });
    expect(starts.at(-1)).toBeLessThanOrEqual(2_000_000);
    const { elapsedMs, timeline } = mergeLoads([report], 10_000);
    expect(elapsedMs).toBe(2_000);
    expect(timeline.done).toHaveLength(2);
  });
});
