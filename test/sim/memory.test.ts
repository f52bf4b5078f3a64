import { describe, expect, test, vi } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { assertMemory, estimateBytes } from "../../src/cli/sim/memory.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";

const GIB = 2 ** 30;
const run = (change: Partial<SimRunOptions> = {}): SimRunOptions => {
  const { nodes = 1_000_000, extraJoins = 0 } = change;
  return {
    ...QUIET_RUN,
    nodes,
    seed: "1",
    organisations: 100,
    overlay: { membersExpected: nodes + extraJoins },
    network: "uniform",
    transport: "ideal",
    join: "concurrent",
    ...change,
  };
};

describe("memory that a run takes", () => {
  test("grows with nodes, tables, lookups and what runs on each node", () => {
    const plain = estimateBytes(run());
    expect(plain).toBeGreaterThan(1e9);
    expect(plain).toBeLessThan(2e9);
    expect(estimateBytes(run({ nodes: 10_000 }))).toBeLessThan(plain / 5);
    const dense = { dense: true, membersExpected: 1_000_000 };
    expect(estimateBytes(run({ overlay: dense }))).toBeGreaterThan(1.5 * plain);
    expect(estimateBytes(run({ lookups: 50_000_000 }))).toBeGreaterThan(2 * plain);
    expect(estimateBytes(run({ transport: "packet" }))).toBeGreaterThan(50 * plain);
    expect(estimateBytes(run({ transport: "packet-tcp" }))).toBeGreaterThan(200 * plain);
  });

  test("more than is there is said before the run, with figures and what to do; --force believes you", () => {
    const refused =
      /E_LIMIT: 1000000 nodes and 0 lookups take up to \d\.\d GiB; 0\.5 GiB are available.*at most (\d+) nodes.*--force/;
    let fitting = 0;
    try {
      assertMemory(run(), false, GIB / 2);
    } catch (error) {
      expect(String(error)).toMatch(refused);
      fitting = Number(refused.exec(String(error))?.[1]);
    }
    expect(fitting).toBeGreaterThan(10_000);
    assertMemory(run({ nodes: fitting, overlay: { membersExpected: 1_000_000 } }), false, GIB / 2);
    assertMemory(run(), true, GIB / 2);
    assertMemory(run(), false, 16 * GIB);
  });

  test("more nodes than the simulator takes is wrong usage", async () => {
    const said: string[] = [];
    const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    try {
      expect(await runProgram(["sim", "--nodes", "1000001"])).toBe(2);
      expect(await runProgram(["sim", "--nodes", "999999", "--extra-joins", "2"])).toBe(2);
    } finally {
      spy.mockRestore();
    }
    expect(said.join("")).toMatch(/from 1 to 1000000.*over 1000000 together/s);
  });
});
