import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defineExperiment } from "../../../bench/papers/experiment.ts";

const CELL_MS = 60;

/** Squares with a little noise by the seed; each cell takes its time, and says that it ran. */
export const experiment = defineExperiment<{ readonly nodes: number; readonly way: string }>({
  id: "squares",
  title: "Squares </script><b>",
  paper: "x²",
  method: "x times x",
  figures: { square: { title: "Square", unit: "m" }, least: { title: "Least of it" } },
  x: { key: "nodes", title: "nodes", isLogarithmic: true },
  points: (size) =>
    (size === "quick" ? [1, 2] : [1, 2, 4]).flatMap((nodes) => [
      { nodes, way: "up" },
      { nodes, way: "down" },
    ]),
  seeds: () => 4,
  async run({ nodes, way }, seed) {
    await sleep(CELL_MS);
    const log = process.env["TOY_LOG"];
    if (log !== undefined) appendFileSync(log, `${nodes} ${way} ${seed}\n`);
    return { square: nodes * nodes + Number(seed) / 10, least: nodes };
  },
  quoted: ({ nodes }) => ({
    paper: { value: nodes * nodes, source: "M-high" },
    model: { value: nodes * nodes + 0.25, source: "C" },
  }),
  goals: (results) => [
    {
      what: "curves",
      goal: "two",
      measured: String(new Set(results.map(({ label }) => label)).size),
      met: true,
    },
  ],
});
