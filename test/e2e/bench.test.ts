import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseResults, type Results } from "../../bench/results.ts";
import { processesNaming, stoppedNaming } from "./processes.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skipnet-bench-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  /** Stands in the environment of the process and of all that it starts. */
  readonly mark: string;
  readonly out: string;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  output(): string;
  complaints(): string;
}

let runs = 0;

function bench(...options: string[]): Run {
  const mark = `skipnet-e2e-${process.pid}-${runs++}`;
  const out = join(folder, mark);
  const child = spawn(
    process.execPath,
    ["--import", "tsx", MAIN, "bench", "--out", out, ...options],
    { env: { ...process.env, SKIPNET_TEST_MARK: mark }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let complaints = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const ended = once(child, "close").then(([status, signal]) => ({ status, signal }));
  return { child, mark, out, ended, output: () => output, complaints: () => complaints };
}

async function resultsOf(run: Run): Promise<Results> {
  return parseResults(await readFile(join(run.out, "results.json"), "utf8"), run.out);
}

const nobodyLeft = (run: Run) =>
  expect.poll(() => processesNaming(run.mark), { timeout: 20_000 }).toEqual([]);

/** Waits until the nodes of a live run have joined: the last process has a log. */
const nodesRunning = (run: Run, processes: number) =>
  expect
    .poll(async () => (await readdir(join(run.out, "logs", "tcp")).catch(() => [])).length, {
      timeout: 40_000,
    })
    .toBe(processes);

const SMALL = ["--scenario", "small", "--transports", "tcp"];

describe("skipnet bench with real processes", () => {
  test("measures a crash and a hang, writes its report, and leaves no process", async () => {
    const run = bench(...SMALL, "--json");
    const { status } = await run.ended;
    const results = parseResults(run.output(), "standard output");
    expect(await resultsOf(run)).toEqual(results);
    const { tcp } = results.transports;
    // A busy machine makes the run invalid, and says so; what is measured is there all the same.
    expect(status).toBe(results.valid && tcp?.lostWrites === 0 && tcp.doubledWrites === 0 ? 0 : 1);
    expect(tcp).toMatchObject({ kind: "live", nodes: 4, clients: 1, interrupted: false });
    expect(tcp?.faults.map(({ kind }) => kind)).toEqual(["crash", "hang"]);
    expect(tcp?.detection.crash?.watchers).toBeGreaterThan(0);
    expect(Object.keys(tcp?.operations ?? {})).toEqual(["get", "put", "list", "remove"]);
    expect(tcp?.wire.messages).toBeGreaterThan(0);
    expect(tcp?.cpuMs).toBeGreaterThan(0);
    expect(existsSync(join(run.out, "index.html"))).toBe(true);
    expect(await readdir(join(run.out, "logs", "tcp"))).toContain("org0.host0.log");
    await nobodyLeft(run);
  });

  test("Ctrl-C stops everything, keeps what was measured, and ends with 130", async () => {
    const run = bench(...SMALL, "--duration", "5m");
    await nodesRunning(run, 5);
    run.child.kill("SIGINT");
    expect(await run.ended).toEqual({ status: 130, signal: null });
    expect(run.complaints()).toContain("interrupted");
    const results = await resultsOf(run);
    for (const column of Object.values(results.transports)) expect(column.interrupted).toBe(true);
    await nobodyLeft(run);
  });

  test("a bench that is killed outright takes its processes along, the stopped one too", async () => {
    const scenario = join(folder, "hang.json");
    const early = { nodes: 4, clients: 1, rate: 5, duration: "5m", faults: "hang", hangAt: 0.001 };
    await writeFile(scenario, JSON.stringify({ ...early, transports: "tcp" }));
    const run = bench("--scenario", scenario);
    await expect.poll(() => stoppedNaming(run.mark).length, { timeout: 40_000 }).toBe(1);
    expect(processesNaming(run.mark).length).toBeGreaterThan(5);
    run.child.kill("SIGKILL");
    expect((await run.ended).signal).toBe("SIGKILL");
    await nobodyLeft(run);
  });

  test("wrong usage starts nothing and ends with 2", async () => {
    const run = bench("--nodes", "3");
    expect((await run.ended).status).toBe(2);
    expect(run.complaints()).toContain("--faults crash,hang needs 4 nodes");
    expect(existsSync(run.out)).toBe(false);
  });
});
