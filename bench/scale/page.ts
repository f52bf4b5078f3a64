import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Chart } from "../papers/report/charts.ts";
import { readAssets } from "../report/assets.ts";
import { reportDocument } from "../report/document.ts";
import { html } from "../report/html.ts";
import { chapter, htmlTable } from "../report/html-table.ts";
import { factList, machineFacts } from "../report/page-head.ts";
import { COSTS } from "./costs.ts";
import type { ScaleResults } from "./results.ts";
import { scaleTable } from "./table.ts";

/** After those of the other reports, in the order of their imports. */
const SCRIPTS = ["theme.js", "redraw.js", "../../papers/report/papers.js"];

/** A cost against the number of nodes, both logarithmic: a power is a straight line. */
function chartOf({ cells, powers }: ScaleResults, i: number): Chart {
  const cost = COSTS[i] as (typeof COSTS)[number];
  const law = powers[i]?.law;
  const x = cells.map(({ nodes }) => nodes);
  const mean = cells.map((cell) => cost.of(cell));
  return {
    id: `chart-${cost.id}`,
    title: cost.title,
    xTitle: "nodes",
    isXLogarithmic: true,
    unit: cost.unit,
    isLogarithmic: true,
    curves: [
      {
        label: cost.title,
        x,
        mean,
        low: mean,
        high: mean,
        model: x.map((nodes) => (law === undefined ? null : law.factor * nodes ** law.exponent)),
        paper: x.map(() => null),
      },
    ],
  };
}

/** The report as one document that opens from disk. */
export async function scalePage(results: ScaleResults): Promise<string> {
  const assets = await readAssets(SCRIPTS);
  const root = dirname(createRequire(import.meta.url).resolve("skipnet/package.json"));
  const css = (file: string): Promise<string> => readFile(join(root, "bench", file), "utf8");
  const styles = await Promise.all([
    css("transport/report/transport.css"),
    css("papers/report/papers.css"),
  ]);
  const charts = COSTS.map((_, i) => chartOf(results, i));
  const { machine, powers, suspended } = results;
  const drawn = charts.map(
    ({ id, title }, i) =>
      html`<h3>${title}: ${powers[i]?.text ?? ""}</h3><div class="chart plot" id="${id}" role="img" aria-label="${title}"></div>`,
  );
  return reportDocument({
    title: "skipnet bench:scale",
    body: html`<header>
<p class="eyebrow">skipnet bench:scale · ${machine.when.slice(0, 16).replace("T", " ")}</p>
<h1>What a run costs, by its size</h1>
<p class="lead">Each size is one run in a process of its own: all nodes join by the real protocol, the overlay converges, names are looked up.</p>
<p class="about">Dashed: the power of the number of nodes that fits best, by least squares on the logarithms, with its standard error.</p>
</header>
<section id="curves"><h2>Cost against size</h2>${drawn}</section>
${chapter("sizes", "Figures", "Processor and wall time without the start of the process; its peak memory with the program.", htmlTable(scaleTable(results)))}
${chapter("suspended", "Suspended operations", "An async function that awaits what the world gave, settled by hand.", html`<p>${suspended.operations.toLocaleString("en-US")} operations under way: ${Math.round(suspended.bytesEach)} bytes each.</p>`)}
${chapter("machine", "Machine", "What it takes to run this again.", factList(machineFacts(machine)))}`,
    data: { charts },
    assets: { ...assets, css: [assets.css, ...styles].join("\n") },
  });
}
