import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readAssets } from "../../report/assets.ts";
import { reportDocument } from "../../report/document.ts";
import { formatCount } from "../../report/format.ts";
import { type Html, html } from "../../report/html.ts";
import { chapter, htmlTable } from "../../report/html-table.ts";
import { factList, machineFacts } from "../../report/page-head.ts";
import type { ExperimentResult, PapersResults } from "../results.ts";
import { barsOf } from "./bars.ts";
import { type Chart, chartsOf } from "./charts.ts";
import { failureTable, figureTables, goalsTable, repeatTable } from "./tables.ts";

/** After those of the other reports, in the order of their imports. */
const SCRIPTS = ["theme.js", "redraw.js", "../../papers/report/papers.js"];

const READING =
  "Curves: bands are the 95 % intervals; a dashed line is the structural model, an open ring the paper. In bars a dashed mark is the paper.";
const TAGS =
  "[M-high], [M-med], [M-low]: the paper's figure as recalled by people who know it, sure, fairly sure or unsure; [C]: computed with a structural model; [D]: derived by hand; [S]: read in a source.";

function headline(results: PapersResults): Html {
  const { machine, interrupted, cells, failed, size, experiments } = results;
  const goals = experiments.flatMap((experiment) => experiment.goals);
  const judged = goals.filter(({ met }) => met !== null);
  const met = judged.filter((goal) => goal.met === true).length;
  const badge = interrupted
    ? html`<span class="badge bad">cut short</span>`
    : html`<span class="badge ${met === judged.length && failed.length === 0 ? "good" : "bad"}">${met} of ${judged.length} goals met</span>`;
  const quick =
    size === "quick" ? " A quick run, to see that it works: its figures are not to be quoted." : "";
  return html`<header>
<p class="eyebrow">skipnet bench:papers · ${machine.when.slice(0, 16).replace("T", " ")}</p>
<h1>The papers’ results, measured again ${badge}</h1>
<p class="lead">${formatCount(cells.measured)} of ${formatCount(cells.asked)} simulated runs are measured. Every figure is the mean over its seeds with the 95 % interval of that mean.${quick}</p>
<p class="about">${READING}</p>
<p class="about">${TAGS}</p>
</header>`;
}

function experimentChapter(experiment: ExperimentResult): Html {
  const charts = chartsOf(experiment);
  const drawn = charts.map(
    ({ id, title }) =>
      html`<h3>${title}</h3><div class="chart plot" id="${id}" role="img" aria-label="${title}"></div>`,
  );
  const bars = charts.length === 0 ? barsOf(experiment) : undefined;
  const tables = figureTables(experiment)
    .filter(({ rows }) => rows.length > 0)
    .map((table) => html`<h3>${table.title}</h3>${htmlTable(table)}`);
  const repeat = html`<details><summary>The commands that repeat it</summary>${htmlTable(repeatTable(experiment))}</details>`;
  const nothing = html`<p class="nothing">Nothing of it was measured.</p>`;
  return html`<section id="${experiment.id}" class="experiment"><h2>${experiment.id} · ${experiment.title}</h2>
<p class="about">${experiment.paper}</p><p class="about">${experiment.method}</p>
${drawn}${bars ?? ""}${tables.length === 0 ? nothing : html`${tables}${repeat}`}</section>`;
}

function chapters(results: PapersResults): Html[] {
  const { machine, cells } = results;
  const listed = [goalsTable(results), failureTable(results)]
    .filter(({ rows }) => rows.length > 0)
    .map((table) => chapter(table.id, table.title, table.about, htmlTable(table)));
  const facts = [
    ["simulated runs asked for", formatCount(cells.asked)],
    ["measured", formatCount(cells.measured)],
    ["of those by an earlier run of the same program", formatCount(cells.kept)],
  ] as const;
  return [
    ...listed,
    ...results.experiments.map(experimentChapter),
    chapter(
      "provenance",
      "Runs and machine",
      "What it takes to run this again.",
      html`<div class="twocolumns">${factList(facts)}${factList(machineFacts(machine))}</div>`,
    ),
  ];
}

/** The whole report as one document that opens from disk and asks nobody for anything. */
export async function papersPage(results: PapersResults): Promise<string> {
  const assets = await readAssets(SCRIPTS);
  const root = dirname(createRequire(import.meta.url).resolve("skipnet/package.json"));
  const css = (file: string): Promise<string> => readFile(join(root, "bench", file), "utf8");
  const styles = await Promise.all([
    css("transport/report/transport.css"),
    css("papers/report/papers.css"),
  ]);
  const charts: readonly Chart[] = results.experiments.flatMap(chartsOf);
  return reportDocument({
    title: "skipnet bench:papers",
    body: html`${headline(results)}
${chapters(results)}`,
    data: { charts },
    assets: { ...assets, css: [assets.css, ...styles].join("\n") },
  });
}
