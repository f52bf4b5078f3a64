import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { parseRecord, type RunRecord, readRecord, recordOf } from "../../src/cli/sim/record.ts";
import { type RunHooks, runSimulation, type SimRun } from "../../src/cli/sim/run.ts";
import { firstDifference, type RepeatableRun, replayDifference } from "../../src/cli/sim/verify.ts";
import { SkipnetError } from "../../src/core/errors.ts";
import type { SimEvent } from "../../src/transport/sim/event-count.ts";

/** Far less than a run's 2^20, so that small runs have several checkpoints. */
const EVERY = 1_000;

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 60,
  seed: "1",
  organisations: 4,
  overlay: { membersExpected: 60, repairPeriodMs: 5_000 },
  network: "uniform",
  transport: "udp",
  join: "concurrent",
  lookups: 200,
};

type Run = (hooks: RunHooks) => Promise<SimRun>;

const runOf =
  (change: Partial<SimRunOptions> = {}): Run =>
  (hooks) =>
    runSimulation({ ...BASE, ...change }, () => undefined, hooks);

/** The same run, in which something happens at one event that its options do not say. */
const disturbed =
  (run: Run, at: number): Run =>
  (hooks) =>
    run({
      onReady(network) {
        const { events } = network.simulation;
        const observe = events.observe.bind(events);
        const disturbance = {
          fromEvent: at,
          onEvent: (event: SimEvent) => {
            if (event.number === at) network.simulation.random("sim.latency").float();
          },
        };
        events.observe = (observer) => {
          observe({
            fromEvent: Math.min(at, observer.fromEvent),
            onEvent(event) {
              if (event.number >= at) disturbance.onEvent(event);
              if (event.number >= observer.fromEvent) observer.onEvent(event);
            },
          });
        };
        observe(disturbance);
        hooks.onReady?.(network);
      },
    });

async function eventsOf(run: Run): Promise<string[]> {
  const seen: string[] = [];
  await run({
    onReady({ simulation }) {
      simulation.events.observe({
        fromEvent: 1,
        onEvent: ({ number: _, ...event }) => seen.push(JSON.stringify(event)),
      });
    },
  });
  return seen;
}

async function repeatable(name: string, run: Run): Promise<RepeatableRun> {
  const result = await run({
    onReady: ({ simulation }) => simulation.events.checkpointEvery(EVERY),
  });
  return { name, record: await recordOf([], result), repeat: run };
}

async function expectFirstDifference(a: Run, b: Run): Promise<number> {
  const [one, other] = [await repeatable("a", a), await repeatable("b", b)];
  const difference = await firstDifference(one, other);
  const [inA, inB] = [await eventsOf(a), await eventsOf(b)];
  const first = inA.findIndex((event, i) => event !== inB[i]);
  expect(difference?.event).toBe(first + 1);
  expect(difference?.a?.atUs).toBe(JSON.parse(inA[first] as string).atUs);
  expect(difference?.b?.what).toBe(JSON.parse(inB[first] as string).what);
  return first + 1;
}

describe("sim verify", () => {
  test("another seed: the first message already", async () => {
    expect(await expectFirstDifference(runOf(), runOf({ seed: "2" }))).toBeLessThan(EVERY);
  });

  test("another option that counts late: the event where it does, behind several checkpoints", async () => {
    const event = await expectFirstDifference(runOf(), runOf({ locality: 1 }));
    expect(event).toBeGreaterThan(3 * EVERY);
  });

  test.each([1_500, 4_321])("one random draw too many at event %i", async (at) => {
    const event = await expectFirstDifference(runOf(), disturbed(runOf(), at));
    expect(event).toBeGreaterThan(at);
    expect(event).toBeLessThan(at + EVERY);
  });

  test("simulated packets too", async () => {
    const run = runOf({ transport: "packet", nodes: 8, lookups: 20 });
    const other = runOf({ transport: "packet", nodes: 8, lookups: 20, locality: 1 });
    await expectFirstDifference(run, other);
  });

  test("a run that ends earlier has ended where the other goes on", async () => {
    const [short, long] = [runOf({ lookups: 0 }), runOf()];
    const difference = await firstDifference(
      await repeatable("a", short),
      await repeatable("b", long),
    );
    expect(difference?.a).toBeUndefined();
    expect(difference?.event).toBe((await eventsOf(short)).length + 1);
  });

  test("the same run is the same, and a replay of it too", async () => {
    const [a, b] = [await repeatable("a", runOf()), await repeatable("b", runOf())];
    expect(a.record.checkpoints.hashes.length).toBeGreaterThan(3);
    expect(await firstDifference(a, b)).toBeUndefined();
    expect(await replayDifference(a)).toBeUndefined();
  });

  test("a record that the program does not give again is told so, with the stretch", async () => {
    const a = await repeatable("a", runOf());
    const elsewhere = { ...a, repeat: disturbed(runOf(), 2_500) };
    expect((await replayDifference(elsewhere))?.[0]).toBe(2_001);
    const b = await repeatable("b", runOf({ locality: 1 }));
    await expect(firstDifference(elsewhere, b)).rejects.toMatchObject({ code: "E_FILE" });
  });

  test("watching a run changes nothing of it", async () => {
    const plain = await runOf()({});
    const seen = await eventsOf(runOf());
    expect(seen).toHaveLength(plain.events);
    const watched = await repeatable("a", runOf());
    expect(watched.record.eventHash).toBe(plain.eventHash);
  });
});

describe("sim verify on the command line", () => {
  const dir = mkdtempSync(join(tmpdir(), "skipnet-verify-"));
  const file = (name: string) => join(dir, name);
  afterAll(() => rmSync(dir, { recursive: true }));

  async function run(...args: string[]): Promise<{ status: number; stdout: string }> {
    let stdout = "";
    const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      stdout += String(text);
      return true;
    });
    const spyErr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      process.exitCode = undefined;
      return { status: await runProgram(["sim", ...args]), stdout };
    } finally {
      spy.mockRestore();
      spyErr.mockRestore();
      process.exitCode = undefined;
    }
  }
  const RUN = ["--nodes", "40", "--orgs=4", "--lookups", "100", "--transport", "udp"];

  test("record, replay, compare: exit status 0 the same, 1 not, 2 no record", async () => {
    for (const [name, seed] of ["1", "1", "2"].entries()) {
      const made = await run(...RUN, "--seed", seed, "--record", file(`${name}.json`));
      expect(made.status).toBe(0);
    }
    const replayed = await run("verify", file("0.json"));
    expect(replayed).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^the same run again/),
    });
    expect((await run("verify", file("0.json"), file("1.json"))).status).toBe(0);
    const differ = await run("verify", file("0.json"), file("2.json"));
    expect(differ.status).toBe(1);
    expect(differ.stdout).toMatch(/first in event \d+/);
    expect(differ.stdout).toMatch(/org\d+\.host\d+ \(\d+\) to org\d+\.host\d+/);
    const json = await run("verify", file("0.json"), file("2.json"), "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ same: false, difference: { a: {}, b: {} } });
    writeFileSync(file("empty.json"), "{}");
    expect((await run("verify", file("empty.json"))).status).toBe(2);
    expect((await run("verify", file("none.json"))).status).toBe(2);
  });

  test("a record holds all options, the program and both versions", async () => {
    await run(...RUN, "--check", "--record", file("r.json"));
    const record = readRecord(file("r.json"));
    expect(record.arguments).toEqual(
      expect.arrayContaining([
        "--nodes=40",
        "--check",
        "--seed=1",
        "--overlay-k=8",
        "--lookups=100",
      ]),
    );
    expect(record.program.node).toBe(process.version);
    expect(record.program.v8).toBe(process.versions.v8);
    const replayed = await run("verify", file("r.json"), "--json");
    expect(JSON.parse(replayed.stdout)).toMatchObject({ same: true, eventHash: record.eventHash });
  });

  test("a damaged record is a typed error, never anything else", async () => {
    await run(...RUN, "--record", file("d.json"));
    const good = readFileSync(file("d.json"), "utf8").trimEnd();
    const record = JSON.parse(good) as RunRecord;
    const broken: unknown[] = [
      { ...record, version: 2 },
      { ...record, events: -1 },
      { ...record, eventHash: "xyz" },
      { ...record, checkpoints: { everyEvents: 10, hashes: [] } },
      { ...record, arguments: "--nodes=3" },
      [],
      null,
    ];
    for (const value of broken) {
      expect(() => parseRecord(JSON.stringify(value), "f")).toThrow(SkipnetError);
    }
    for (let i = 0; i < good.length; i += 7) {
      expect(() => parseRecord(good.slice(0, i), "f")).toThrow(SkipnetError);
    }
    writeFileSync(file("d.json"), JSON.stringify({ ...record, arguments: ["--no-such=1"] }));
    expect((await run("verify", file("d.json"))).status).toBe(2);
  });
});
