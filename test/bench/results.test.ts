import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mergeResults, readResults } from "../../bench/report/merge.ts";
import { writeReport } from "../../bench/report/write.ts";
import { parseResults, type Results } from "../../bench/results.ts";
import { sampleResults } from "./sample-results.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skipnet-results-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("results.json", () => {
  test("is read back as it was written", async () => {
    const results = sampleResults();
    await writeReport(join(folder, "a"), results);
    expect(await readResults(join(folder, "a"))).toEqual(results);
    expect(await readResults(join(folder, "a", "results.json"))).toEqual(results);
  });

  test("comes with a page and one histogram file for each kind of operation, and no leftovers", async () => {
    await writeReport(join(folder, "b"), sampleResults());
    const files = await readdir(join(folder, "b"));
    expect(files.filter((file) => file.endsWith(".hgrm"))).toHaveLength(16);
    expect(files).toContain("tcp-os.put.hgrm");
    expect(files.filter((file) => file.startsWith("."))).toEqual([]);
    expect(await readFile(join(folder, "b", "udp.get.hgrm"), "utf8")).toContain("1/(1-Percentile)");
  });

  test.each([
    ["not JSON", "{", "not JSON"],
    ["another schema", JSON.stringify({ ...sampleResults(), schema: 2 }), "schema"],
    ["a field that we do not know", JSON.stringify({ ...sampleResults(), more: 1 }), "more"],
    [
      "a negative count",
      JSON.stringify(sampleResults()).replace('"uncertain":9', '"uncertain":-9'),
      "uncertain",
    ],
  ])("with %s is refused, naming the place", (_, json, place) => {
    expect(() => parseResults(json, "x.json")).toThrow(place);
    expect(() => parseResults(json, "x.json")).toThrow("E_OPTIONS");
  });

  test("that cannot be found is a usage error", async () => {
    await expect(readResults(join(folder, "nowhere"))).rejects.toThrow("E_OPTIONS");
  });

  test("whose histogram is damaged is refused when a report is made of it", async () => {
    const results = sampleResults();
    const { udp } = results.transports;
    if (udp?.operations["get"] !== undefined) udp.operations["get"].histogram = "AAAA";
    await writeFile(join(folder, "damaged.json"), JSON.stringify(results));
    const read = await readResults(join(folder, "damaged.json"));
    await expect(writeReport(join(folder, "c"), read)).rejects.toThrow("E_MALFORMED");
  });
});

describe("merging", () => {
  const changed = (change: Partial<Results["scenario"]>): Results => {
    const results = sampleResults();
    return { ...results, scenario: { ...results.scenario, ...change } };
  };

  test("keeps all columns, and tells apart what has the same name", () => {
    const merged = mergeResults([sampleResults(), sampleResults(), changed({ nodes: 64 })]);
    expect(Object.keys(merged.transports)).toEqual([
      "sim",
      "tcp:os",
      "tcp",
      "udp",
      "sim #2",
      "tcp:os #2",
      "tcp #2",
      "udp #2",
      "sim (64 nodes)",
      "tcp:os (64 nodes)",
      "tcp (64 nodes)",
      "udp (64 nodes)",
    ]);
    expect(merged.transports["udp #2"]).toEqual(sampleResults().transports["udp"]);
  });

  test("is valid only if all parts are", () => {
    const invalid = { ...sampleResults(), valid: false };
    expect(mergeResults([sampleResults(), invalid]).valid).toBe(false);
    expect(mergeResults([sampleResults()]).valid).toBe(true);
  });

  test("of nothing, or of more columns than a plot can show, is refused", () => {
    expect(() => mergeResults([])).toThrow("E_OPTIONS");
    expect(() => mergeResults(Array.from({ length: 9 }, sampleResults))).toThrow("E_OPTIONS");
  });
});
