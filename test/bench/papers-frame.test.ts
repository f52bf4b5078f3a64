import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXPERIMENTS_FOLDER, loadExperiments } from "../../bench/papers/catalogue.ts";
import { cellKey, planCells } from "../../bench/papers/cell.ts";
import { CellStore } from "../../bench/papers/cell-store.ts";
import { checkFilter } from "../../bench/papers/check-filter.ts";
import { estimate, studentT95 } from "../../bench/papers/estimate.ts";
import { chartsOf } from "../../bench/papers/report/charts.ts";
import {
  figureTables,
  formatFigure,
  formatQuoted,
  ours,
} from "../../bench/papers/report/tables.ts";
import { experimentResults } from "../../bench/papers/results.ts";
import { parseWhere } from "../../bench/papers/where.ts";

const TOYS = join(import.meta.dirname, "toy-experiments");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "skipnet-papers-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The share of Student's t within ±t, by its density. */
function shareWithin(t: number, degrees: number): number {
  const density = (x: number) => (1 + (x * x) / degrees) ** (-(degrees + 1) / 2);
  // Substituting x = tan(a) makes the whole line finite.
  const integral = (to: number): number => {
    const steps = 20_000;
    const end = Math.atan(to);
    let sum = 0;
    for (let i = 0; i < steps; i++) {
      const a = (end * (i + 0.5)) / steps;
      sum += density(Math.tan(a)) / Math.cos(a) ** 2;
    }
    return (sum * end) / steps;
  };
  return integral(t) / integral(1e12);
}

test("95 % of Student's t lie within the quantile, for every number of seeds", () => {
  for (const degrees of [...Array.from({ length: 40 }, (_, i) => i + 1), 100, 999]) {
    expect(shareWithin(studentT95(degrees), degrees), `${degrees}`).toBeCloseTo(0.95, 4);
  }
});

test("an estimate has the mean, its error and its interval; one seed has no error", () => {
  const found = estimate([2, 4, 4, 6]);
  expect(found).toMatchObject({ mean: 4, seeds: 4 });
  expect(found?.standardError).toBeCloseTo(Math.sqrt(8 / 3 / 4), 12);
  expect(found?.interval).toBeCloseTo(3.1824 * Math.sqrt(8 / 3 / 4), 12);
  expect(estimate([3])).toEqual({ mean: 3, standardError: null, interval: null, seeds: 1 });
  expect(estimate([])).toBeUndefined();
});

test("a figure is written as finely as its error lets it", () => {
  expect(formatFigure(12.7513, 0.0412)).toBe("12.751");
  expect(formatFigure(1_234_567, 8_000)).toBe("1 234 567");
  expect(formatFigure(0.5)).toBe("0.500");
  expect(formatFigure(0)).toBe("0");
  expect([21.35, 102.2, 16.33312, 12_345].map(formatQuoted)).toEqual([
    "21.35",
    "102.2",
    "16.33",
    "12 345",
  ]);
  const estimated = { mean: 12.7513, standardError: 0.02, interval: 0.0412, seeds: 10 };
  expect(ours(estimated, { title: "", unit: "hops" })).toBe("12.751 ± 0.041 hops");
});

test("the experiments of the papers load, each with points of both sizes and figures", async () => {
  const declared = await loadExperiments(EXPERIMENTS_FOLDER);
  expect(declared.map(({ experiment }) => experiment.id)).toContain("T2");
  for (const { experiment } of declared) {
    expect(experiment.points("full").length, experiment.id).toBeGreaterThan(0);
    expect(experiment.points("quick").length, experiment.id).toBeGreaterThan(0);
    expect(Object.keys(experiment.figures).length, experiment.id).toBeGreaterThan(0);
    // Nothing measured is no error, and no goal met.
    for (const { met } of experiment.goals?.([]) ?? []) expect(met, experiment.id).toBeNull();
  }
  const cells = planCells(declared, { size: "full" });
  expect(new Set(cells.map(({ key }) => key)).size).toBe(cells.length);
  // Ten seeds, but of very many nodes.
  const seeds = new Map<string, number>();
  for (const { experiment, point } of cells) {
    if (Number(point["nodes"] ?? 0) > 100_000) continue;
    const name = `${experiment.id} ${JSON.stringify(point)}`;
    seeds.set(name, (seeds.get(name) ?? 0) + 1);
  }
  expect([...seeds].filter(([, count]) => count < 10)).toEqual([]);
});

test("what is asked for is planned, and a word that means nothing is refused", async () => {
  const toys = await loadExperiments(TOYS);
  const count = (filter: Omit<Parameters<typeof planCells>[1], "size">) =>
    planCells(toys, { size: "full", ...filter }).length;
  expect(count({ only: ["squares"] })).toBe(24);
  expect(count({ only: ["squares"], where: { nodes: "2", way: "up" } })).toBe(4);
  expect(count({ only: ["squares"], nodesMax: 2, seeds: 7 })).toBe(28);
  for (const filter of [
    { only: ["T99"] },
    { where: { size: "2" } },
    { only: ["squares"], where: { nodes: "3" } },
  ]) {
    expect(() => checkFilter(toys, { size: "full", ...filter })).toThrow(/E_OPTIONS/);
  }
  await expect(loadExperiments(join(TOYS, "nowhere"))).rejects.toThrow(/E_OPTIONS/);
});

test("the command beside a figure measures that figure and no other", async () => {
  for (const declared of await loadExperiments(EXPERIMENTS_FOLDER)) {
    for (const size of ["full", "quick"] as const) {
      for (const row of experimentResults(planCells([declared], { size }), size, () => undefined)[0]
        ?.rows ?? []) {
        const shell = / --where ('.*'|[^' ]+) --seeds /.exec(row.command)?.[1] ?? "";
        const where = parseWhere(shell.replace(/^'|'$/g, "").replaceAll("'\\''", "'"));
        const cells = planCells([declared], { size, where });
        expect(new Set(cells.map(({ point }) => JSON.stringify(point)))).toEqual(
          new Set([JSON.stringify(row.point)]),
        );
      }
    }
  }
  expect(parseWhere("a=1,b=x, y,c=2")).toEqual({ a: "1", b: "x, y", c: "2" });
  for (const wrong of ["", "nodes", "=2", "nodes=", "a=1,b="]) {
    expect(() => parseWhere(wrong), wrong).toThrow(/E_OPTIONS/);
  }
});

test("a cell's key depends on all that decides it, and on nothing else", () => {
  const key = cellKey("T1", { nodes: 2, k: 8 }, "1", "v");
  expect(cellKey("T1", { k: 8, nodes: 2 }, "1", "v")).toBe(key);
  const others = [
    cellKey("T2", { nodes: 2, k: 8 }, "1", "v"),
    cellKey("T1", { nodes: 2, k: 2 }, "1", "v"),
    cellKey("T1", { nodes: 2, k: 8 }, "2", "v"),
    cellKey("T1", { nodes: 2, k: 8 }, "1", "w"),
  ];
  expect(new Set([key, ...others]).size).toBe(5);
});

test("a store keeps what was written whole, drops a line that was cut off, and refuses what is none", () => {
  const out = join(folder, "store");
  const cell = (key: string) => ({
    key,
    experiment: "T1",
    point: { nodes: 2 },
    seed: "1",
    figures: { x: 1.5 },
    cpuMs: 3,
  });
  const first = new CellStore(out);
  first.add(cell("a"));
  first.add(cell("b"));
  first.close();
  const file = join(out, "cells.jsonl");
  const whole = readFileSync(file, "utf8");
  appendFileSync(file, JSON.stringify(cell("c")).slice(0, 20));
  const second = new CellStore(out);
  expect(second.find("b")).toEqual(cell("b"));
  expect(second.find("c")).toBeUndefined();
  second.add(cell("d"));
  second.close();
  expect(readFileSync(file, "utf8")).toBe(`${whole}${JSON.stringify(cell("d"))}\n`);
  for (const line of ["not JSON", '{"key":"x"}', '{"schema":1}']) {
    writeFileSync(file, `${whole}${line}\n`);
    expect(() => new CellStore(out)).toThrow(/E_OPTIONS.*line 3/);
  }
});

test("results put ours beside what others say, and say how many seeds there are", async () => {
  const toys = await loadExperiments(TOYS);
  const cells = planCells(toys, { size: "quick", only: ["squares"], seeds: 3 });
  const results = experimentResults(cells, "quick", (key) => {
    const cell = cells.find((one) => one.key === key);
    if (cell === undefined || cell.seed === "3") return undefined;
    const { experiment, point, seed } = cell;
    const square = Number(point["nodes"]) ** 2 + Number(seed) / 10;
    return { key, experiment: experiment.id, point, seed, figures: { square }, cpuMs: 5 };
  });
  const [squares] = results;
  expect(squares?.rows).toHaveLength(4);
  expect(squares?.rows[2]).toMatchObject({
    label: "way up",
    seedsAsked: 3,
    cpuMs: 10,
    command: "npm run bench:papers -- --only squares --where nodes=2,way=up --seeds 3 --quick",
    figures: { square: { seeds: 2, paper: { value: 4, source: "M-high" } } },
  });
  const [table] = squares === undefined ? [] : figureTables(squares);
  expect(table?.rows[2]?.map(({ text }) => text)).toEqual([
    "way up",
    "2",
    "4",
    "4.25",
    "4.15 ± 0.64 m",
    "0.050",
    "2",
  ]);
  expect(table?.rows[2]?.[6]?.note).toBe("of 3");
  const [chart] = squares === undefined ? [] : chartsOf(squares);
  expect(chart?.curves.map(({ label, x, model }) => [label, x, model])).toEqual([
    ["way up", [1, 2], [1.25, 4.25]],
    ["way down", [1, 2], [1.25, 4.25]],
  ]);
});
