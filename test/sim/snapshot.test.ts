import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { snapshotOf } from "../../src/cli/sim/load.ts";
import type { SimNetwork } from "../../src/cli/sim/network.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation, type SimRun } from "../../src/cli/sim/run.ts";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "../../src/cli/sim/snapshot.ts";
import { SkipnetError } from "../../src/core/errors.ts";

const NODES = 80;
const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: NODES,
  seed: "1",
  organisations: 5,
  overlay: { membersExpected: NODES, repairPeriodMs: 60_000, firstRepairMs: 500 },
  network: "uniform",
  transport: "udp",
  join: "concurrent",
  check: true,
};

async function saved(change: Partial<SimRunOptions> = {}): Promise<Snapshot> {
  const options = { ...BASE, ...change };
  const found: Snapshot[] = [];
  const onConverged = (network: SimNetwork) => {
    found.push(snapshotOf(network, options));
  };
  await runSimulation(options, () => undefined, { onConverged });
  return found[0]!;
}

/** What a run that begins with the overlay gives. */
function continued(from: Snapshot, change: Partial<SimRunOptions> = {}): Promise<SimRun> {
  const options = { ...BASE, lookups: 300, from, ...change };
  return runSimulation(options, () => undefined);
}

const answer = ({ eventHash, events, lookups }: SimRun) => ({ eventHash, events, lookups });

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await saved();
});

describe("a saved overlay", () => {
  test("goes on from its file: the same answers and hash every time, and no violation", async () => {
    const again = decodeSnapshot(encodeSnapshot(snapshot, "0"), "0", "f");
    const [one, other] = [await continued(again), await continued(again)];
    expect(answer(other)).toEqual(answer(one));
    expect(one.lookups).toMatchObject({ failed: 0, wrong: 0 });
    expect(one.violations.checked).toBeGreaterThan(NODES * 16);
    expect(one.violations.described).toEqual([]);
    expect(one.joins.count).toBe(0);
  });

  test("forks: another seed is another run over the same overlay", async () => {
    const [one, fork] = [await continued(snapshot), await continued(snapshot, { seed: "2" })];
    expect(fork.eventHash).not.toBe(one.eventHash);
    expect(fork.violations.described).toEqual([]);
    expect(fork.pointersMean).toBe(one.pointersMean);
  });

  test("repairs itself as ever: crashed nodes leave its tables", async () => {
    const fault = { kind: "crash", share: 0.2, atMs: 0, forMs: undefined } as const;
    const run = await continued(snapshot, { faults: [fault] });
    expect(run.violations.described).toEqual([]);
    expect(run.lookups?.failed).toBeLessThan(10);
  });

  test.each([
    { overlay: { ...BASE.overlay, dense: true, k: 4 } },
    { nodes: 1, overlay: { ...BASE.overlay, membersExpected: 1 } },
    { transport: "packet", nodes: 10, overlay: { ...BASE.overlay, membersExpected: 10 } },
  ] as const)("is the same in its file and loaded again: %o", async (change) => {
    const before = await saved(change);
    const after = decodeSnapshot(encodeSnapshot(before, "0"), "0", "f");
    expect(after).toEqual(before);
    const run = await continued(after, { ...change, lookups: 0 });
    expect(run.violations.described).toEqual([]);
  });

  test("cannot be had of an overlay whose tables hold others than its members", async () => {
    const options: SimRunOptions = { ...BASE, extraJoins: 1 };
    const early = (network: SimNetwork) => {
      // Before anybody has joined.
      expect(() => snapshotOf(network, options)).toThrow(/has not joined/);
    };
    await runSimulation(options, () => undefined, { onReady: early });
  });
});

describe("the file of a saved overlay", () => {
  test("of another format, another program, or another shape is told so", () => {
    const bytes = encodeSnapshot(snapshot, "1.0.0");
    expect(() => decodeSnapshot(bytes, "1.0.1", "f")).toThrow(/written by skipnet 1\.0\.0/);
    const newer = bytes.slice();
    newer[8] = 2;
    expect(() => decodeSnapshot(newer, "1.0.0", "f")).toThrow(/format version 2/);
    expect(() => decodeSnapshot(Buffer.from("hello"), "1.0.0", "f")).toThrow(/is not a snapshot/);
  });

  test("damaged anywhere, cut or lengthened: always a typed error", () => {
    const bytes = encodeSnapshot(snapshot, "0");
    const damage = fc.record({
      at: fc.nat(bytes.length - 1),
      bit: fc.nat(7),
      length: fc.nat(bytes.length - 1),
    });
    fc.assert(
      fc.property(damage, ({ at, bit, length }) => {
        const flipped = bytes.slice();
        flipped[at] = (flipped[at] as number) ^ (1 << bit);
        expect(() => decodeSnapshot(flipped, "0", "f")).toThrow(SkipnetError);
        expect(() => decodeSnapshot(bytes.slice(0, length), "0", "f")).toThrow(SkipnetError);
        const longer = Buffer.concat([bytes, bytes.slice(0, length + 1)]);
        expect(() => decodeSnapshot(longer, "0", "f")).toThrow(SkipnetError);
      }),
      { numRuns: 300 },
    );
  });

  test("written by somebody else, with a right digest: read, or a typed error", async () => {
    const { tables } = snapshot;
    const shift = fc.record({
      top: fc.integer({ min: -128, max: 127 }),
      slot: fc.integer({ min: -1, max: 0xff_ff_fe }),
      pace: fc.nat(255),
      node: fc.nat(NODES - 1),
      names: fc.constantFrom("same", "twice", "empty", "none"),
    });
    const property = fc.asyncProperty(shift, async ({ top, slot, pace, node, names }) => {
      const forged: Snapshot = {
        ...snapshot,
        names: forgedNames(snapshot.names, names),
        tables: {
          nodes: tables.nodes,
          topLevels: tables.topLevels.with(node, top),
          slots: tables.slots.with(node, slot),
          pace: tables.pace.with(node, pace),
        },
      };
      try {
        const read = decodeSnapshot(encodeSnapshot(forged, "0"), "0", "f");
        await continued(read, { lookups: 0, check: false });
      } catch (error) {
        expect(error).toBeInstanceOf(SkipnetError);
        expect(["E_FILE", "E_NAME"]).toContain((error as SkipnetError).code);
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

function forgedNames(names: readonly string[], how: string): readonly string[] {
  if (how === "twice") return [...names.slice(1), names[1] as string];
  if (how === "empty") return ["", ...names.slice(1)];
  return how === "none" ? names.slice(1) : names;
}

describe("--save and --load", () => {
  const dir = mkdtempSync(join(tmpdir(), "skipnet-snapshot-"));
  const file = join(dir, "overlay.bin");
  afterAll(() => rmSync(dir, { recursive: true }));

  async function sim(...args: string[]): Promise<{ status: number; said: string }> {
    let said = "";
    const spies = (["stdout", "stderr"] as const).map((stream) =>
      vi.spyOn(process[stream], "write").mockImplementation((text) => {
        said += String(text);
        return true;
      }),
    );
    try {
      process.exitCode = undefined;
      return { status: await runProgram(["sim", ...args]), said };
    } finally {
      for (const spy of spies) spy.mockRestore();
      process.exitCode = undefined;
    }
  }

  test("save, load, record and verify; what contradicts the file is wrong usage", async () => {
    const made = await sim("--nodes", "40", "--overlay-k", "4", "--lookups", "0", "--save", file);
    expect(made.status).toBe(0);
    const record = join(dir, "a.json");
    const loaded = await sim("--load", file, "--check", "--json", "--record", record);
    expect(loaded.status).toBe(0);
    expect(JSON.parse(loaded.said)).toMatchObject({ nodes: 40, lookups: { failed: 0 } });
    expect((await sim("verify", record)).status).toBe(0);
    expect((await sim("--load", file, "--nodes", "40", "--overlay-k", "4")).status).toBe(0);
    for (const wrong of [
      ["--nodes", "50"],
      ["--overlay-k", "8"],
      ["--dense"],
      ["--join", "sequential"],
      ["--transport", "packet-tcp"],
    ]) {
      const refused = await sim("--load", file, ...wrong);
      expect(refused, wrong.join(" ")).toMatchObject({ status: 2 });
      expect(refused.said).toMatch(/E_OPTIONS/);
    }
    writeFileSync(file, readFileSync(file).subarray(1));
    expect(await sim("--load", file)).toMatchObject({ status: 2 });
    expect((await sim("--load", join(dir, "none"))).said).toMatch(/E_FILE: cannot read/);
  });
});
