import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PapersResults } from "../../bench/papers/results.ts";
import { CHROMIUM, nobodyLeft, openReport, startBench, startBrowser } from "./started-bench.ts";

const SUITE = fileURLToPath(new URL("../../bench/suites/papers.ts", import.meta.url));
const TOYS = fileURLToPath(new URL("../bench/toy-experiments", import.meta.url));
const isThere = existsSync(CHROMIUM);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skipnet-bench-papers-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let runs = 0;

function bench(name: string, ...options: string[]) {
  const mark = `skipnet-bench-papers-${process.pid}-${runs++}`;
  const out = join(folder, name);
  const log = join(folder, `${mark}.log`);
  const all = ["--experiments", TOYS, "--out", out, ...options];
  const linesOf = (file: string) =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  return {
    ...startBench(SUITE, mark, all, { TOY_LOG: log }),
    out,
    stored: () => linesOf(join(out, "cells.jsonl")),
    ran: () => linesOf(log),
  };
}

/** What the cells say, without what they cost and what was measured when. */
function figures(output: string) {
  const { experiments, cells } = JSON.parse(output) as PapersResults;
  const rows = experiments.map(({ id, rows: all }) => ({
    id,
    rows: all.map(({ cpuMs: _, ...row }) => row),
  }));
  return { rows, measured: cells.measured };
}

// Seconds on a quiet machine; a busy one starts processes slowly.
describe("npm run bench:papers with real processes", { timeout: 240_000 }, () => {
  /** What a run gives that nobody interrupts. */
  let uninterrupted: Promise<ReturnType<typeof figures>> | undefined;
  async function runThrough() {
    const run = bench("whole", "--only", "squares", "--json", "--workers", "2");
    expect(await run.ended, run.texts.complaints).toBe(0);
    await nobodyLeft(run.mark);
    return figures(run.texts.output);
  }

  test.each(["SIGINT", "SIGKILL"] as const)(
    "after %s in the middle it goes on: no run lost, none repeated, the same result",
    async (signal) => {
      uninterrupted ??= runThrough();
      const cut = bench(`cut-${signal}`, "--only", "squares");
      await expect.poll(() => cut.stored().length, { timeout: 60_000 }).toBeGreaterThan(4);
      cut.child.kill(signal);
      expect(await cut.ended).toBe(signal === "SIGINT" ? 130 : null);
      await nobodyLeft(cut.mark);
      const before = cut.stored();
      expect(before.length).toBeLessThan(24);
      if (signal === "SIGINT") {
        expect(cut.texts.complaints).toContain("interrupted");
        const text = await readFile(join(cut.out, "results.json"), "utf8");
        expect((JSON.parse(text) as PapersResults).interrupted).toBe(true);
      }
      const resumed = bench(`cut-${signal}`, "--only", "squares", "--json");
      expect(await resumed.ended, resumed.texts.complaints).toBe(0);
      const after = resumed.stored();
      expect(after.slice(0, before.length)).toEqual(before);
      expect(after).toHaveLength(24);
      expect(new Set(after.map((line) => JSON.parse(line).key)).size).toBe(24);
      expect(resumed.ran()).toHaveLength(24 - before.length);
      expect(figures(resumed.texts.output)).toEqual(await uninterrupted);
    },
  );

  test("cells that fail are named, the others measured, and the status is 1", async () => {
    const run = bench("broken", "--only", "breaks", "--json");
    expect(await run.ended).toBe(1);
    const { failed, cells } = JSON.parse(run.texts.output) as PapersResults;
    expect(cells).toEqual({ asked: 4, measured: 1, kept: 0 });
    expect(failed.map(({ why }) => why.split("\n")[0])).toEqual([
      "Error: as it must",
      "its process ended (3)",
      "value is NaN",
    ]);
    expect(run.texts.complaints).toContain("as it must");
    await nobodyLeft(run.mark);
  });

  test("wrong usage measures nothing and ends with 2", async () => {
    for (const options of [
      ["--only", "T99"],
      ["--where", "nodes"],
      ["--seeds", "0"],
    ]) {
      const run = bench("wrong", ...options);
      expect(await run.ended, run.texts.complaints).toBe(2);
      expect(existsSync(run.out)).toBe(false);
    }
  });
});

describe.skipIf(!isThere)("its report in a real browser, opened from disk", () => {
  test("draws its curves in light and dark, wide and narrow, asking nobody", {
    timeout: 120_000,
  }, async () => {
    const run = bench("page", "--seeds", "2");
    expect(await run.ended, run.texts.complaints).toBe(1);
    expect(run.texts.output).toContain("4.15 ± ");
    const url = pathToFileURL(join(run.out, "index.html")).href;
    const browser = await startBrowser();
    try {
      for (const view of [
        { width: 1_200, colorScheme: "light" },
        { width: 390, colorScheme: "dark" },
      ] as const) {
        const page = await openReport(browser, url, view);
        // Two figures over their axis; the bars of the other experiment need no canvas.
        expect(await page.locator("canvas").count()).toBe(2);
        expect(await page.locator(".bars .bar").count()).toBe(1);
        const text = (await page.textContent("main")) ?? "";
        for (const shown of [
          "Squares </script><b>",
          "[M-high]",
          "Not measured",
          "--only squares",
        ]) {
          expect(text).toContain(shown);
        }
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});
