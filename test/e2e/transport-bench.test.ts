import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeTransportReport } from "../../bench/transport/report/write.ts";
import { parseTransportResults } from "../../bench/transport/results.ts";
import { sampleTransportResults } from "../bench/sample-transport-results.ts";
import { processesNaming } from "./processes.ts";
import { CHROMIUM, nobodyLeft, openReport, startBench, startBrowser } from "./started-bench.ts";

const SUITE = fileURLToPath(new URL("../../bench/suites/transport.ts", import.meta.url));
const isThere = existsSync(CHROMIUM);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skipnet-bench-transport-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let runs = 0;

function bench(...options: string[]) {
  const mark = `skipnet-bench-transport-${process.pid}-${runs++}`;
  const out = join(folder, mark);
  return { ...startBench(SUITE, mark, ["--out", out, ...options]), out };
}

// Seconds on a quiet machine; a busy one starts processes slowly.
describe("npm run bench:transport with real processes", { timeout: 240_000 }, () => {
  test("compares our transports with the bare sockets, and leaves no process", async () => {
    const parts = "roundTrips,oneWay,bulk,openLoop";
    const four = ["--quick", "--transports", "tcp,udp,raw-dgram,raw-net"];
    const run = bench(...four, "--only", parts, "--cell", "30ms", "--json");
    expect(await run.ended, run.texts.complaints).toBe(0);
    const results = parseTransportResults(run.texts.output, "standard output");
    expect(await readFile(join(run.out, "results.json"), "utf8")).toContain('"kind": "transport"');
    expect(existsSync(join(run.out, "index.html"))).toBe(true);
    expect(results.skipped).toEqual([]);
    expect(Object.keys(results.contenders)).toEqual(["tcp", "udp", "raw-dgram", "raw-net"]);
    // Eleven cells each; 64 KiB do not fit one datagram.
    expect(results.cells).toHaveLength(4 * 11 - 3);
    for (const cell of results.cells) {
      expect(cell.perSecond.median, JSON.stringify(cell)).toBeGreaterThan(0);
      expect(cell.cpuUs.median).toBeGreaterThan(0);
      if (cell.p50Us !== undefined) expect(cell.p50Us.median).toBeGreaterThan(1);
    }
    expect(results.goals.find(({ what }) => what.includes("raw dgram"))?.met).not.toBeNull();
    await nobodyLeft(run.mark);
  });

  test("sees a process killed and one stopped, and what a peer costs", async () => {
    const run = bench(
      "--quick",
      "--transports",
      "udp",
      "--only",
      "verdicts,firstContact,idlePeers",
      "--json",
    );
    expect(await run.ended, run.texts.complaints).toBe(0);
    const results = parseTransportResults(run.texts.output, "standard output");
    // Each fault, busy and idle, for the presets of this machine and of a local network.
    expect(results.verdicts).toHaveLength(8);
    for (const { watchers } of results.verdicts) expect(watchers).toBe(2);
    expect(results.firstContacts[0]).toMatchObject({ contender: "udp", failed: 0 });
    expect(results.idlePeers[0]).toMatchObject({ contender: "udp", peers: 50 });
    await nobodyLeft(run.mark);
  });

  test("Ctrl-C stops everything, keeps what was measured, and ends with 130", async () => {
    const run = bench("--transports", "raw-net", "--only", "roundTrips", "--cell", "30s");
    await expect.poll(() => processesNaming(run.mark).length, { timeout: 40_000 }).toBe(4);
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(130);
    expect(run.texts.complaints).toContain("interrupted");
    const text = await readFile(join(run.out, "results.json"), "utf8");
    expect(parseTransportResults(text, run.out).interrupted).toBe(true);
    await nobodyLeft(run.mark);
  });

  test("wrong usage starts nothing and ends with 2", async () => {
    for (const options of [
      ["--only", "everything"],
      ["--transports", "udp:nonsense=1"],
    ]) {
      const run = bench(...options);
      expect(await run.ended).toBe(2);
      expect(existsSync(run.out)).toBe(false);
    }
  });
});

describe.skipIf(!isThere)("its report in a real browser, opened from disk", () => {
  test.each([
    [1_200, "light"],
    [390, "dark"],
  ] as const)("draws its curves at %i pixels, %s, asking nobody", async (width, colorScheme) => {
    const results = sampleTransportResults();
    const evil = "</script><img src=x onerror=alert(1)>";
    results.skipped.push({ contender: evil, why: evil });
    const out = join(folder, `page-${width}`);
    await writeTransportReport(out, results);
    const url = pathToFileURL(join(out, "index.html")).href;
    const browser = await startBrowser();
    try {
      const page = await openReport(browser, url, { width, colorScheme });
      // Window 1, window 64, and those that a schedule began.
      expect(await page.locator("canvas").count()).toBe(3);
      const text = (await page.textContent("main")) ?? "";
      for (const shown of ["Goals", "Throughput", "Verdict times", "One property", "> 15 s"]) {
        expect(text).toContain(shown);
      }
    } finally {
      await browser.close();
    }
  });
});
