import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readAssets } from "../../report/assets.ts";
import { reportDocument } from "../../report/document.ts";
import { formatCount, formatMs, formatNumber } from "../../report/format.ts";
import { type Html, html } from "../../report/html.ts";
import { chapter, htmlTable } from "../../report/html-table.ts";
import { factList, machineFacts } from "../../report/page-head.ts";
import { swatch } from "../../report/page-tables.ts";
import { FineLatencies } from "../fine-latencies.ts";
import { findCell } from "../goals.ts";
import type { CellResult, TransportResults } from "../results.ts";
import { throughputBars, verdictBars } from "./bars.ts";
import { cellTitle, comparedCells, reportTables } from "./tables.ts";

/** After those of the other report, in the order of their imports. */
const SCRIPTS = ["theme.js", "percentiles.js", "redraw.js", "../../transport/report/curves.js"];

/** Cells whose latency is drawn: round trips of one size, and those that a schedule began. */
function drawnCells(results: TransportResults): CellResult[] {
  return comparedCells(results).filter(
    ({ part, bytes }) => part === "openLoop" || (part === "roundTrips" && bytes === 64),
  );
}

/** What the script of the page draws. */
function chartData(results: TransportResults): unknown {
  const names = Object.keys(results.contenders);
  return {
    names,
    charts: drawnCells(results).map((shown) =>
      names.map((name) => {
        const histogram = findCell(results, shown.part, name, shown)?.histogram;
        return histogram === undefined ? [] : FineLatencies.fromBase64(histogram).curve();
      }),
    ),
  };
}

function headline({ machine, options, interrupted, goals }: TransportResults): Html {
  const met = goals.filter((goal) => goal.met === true).length;
  const judged = goals.filter((goal) => goal.met !== null).length;
  const badge = interrupted
    ? html`<span class="badge bad">cut short</span>`
    : html`<span class="badge ${met === judged ? "good" : "bad"}">${met} of ${judged} goals met</span>`;
  return html`<header>
<p class="eyebrow">skipnet bench:transport · ${machine.when.slice(0, 16).replace("T", " ")}</p>
<h1>Transports, side by side ${badge}</h1>
<p class="lead">Two processes on loopback for each transport; every figure is the median of ${options.runs} runs, in which all transports took turns.</p>
</header>`;
}

function cards(results: TransportResults): Html {
  const all = Object.entries(results.contenders).map(([name, { role }], i) => {
    const of = (part: CellResult["part"], bytes: number, window: number) =>
      findCell(results, part, name, { bytes, window });
    const single = of("roundTrips", 64, 1)?.p50Us;
    const many = of("roundTrips", 64, 64)?.perSecond;
    const oneWay = of("oneWay", 64, 0)?.perSecond;
    const bulk = of("bulk", 65_536, 0)?.megabytesPerSecond;
    const text = <T>(value: T | undefined, format: (value: T) => string): string =>
      value === undefined ? "–" : format(value);
    return html`<article class="card c${i % 8}">
<h3>${swatch(i)}<code>${name}</code></h3>
<p class="network">${role}</p>
<p class="big">${text(single, ({ median }) => formatMs(median / 1_000))}<small>median round trip, 64 B</small></p>
<dl>
<div><dt>64 at once, a second</dt><dd>${text(many, ({ median }) => formatCount(median))}</dd></div>
<div><dt>one way, a second</dt><dd>${text(oneWay, ({ median }) => formatCount(median))}</dd></div>
<div><dt>bulk</dt><dd>${text(bulk, ({ median }) => `${formatNumber(median)} MB/s`)}</dd></div>
</dl>
</article>`;
  });
  return html`<div class="cards">${all}</div>`;
}

function chapters(results: TransportResults): Html[] {
  const tables = reportTables(results);
  const tableChapter = (id: string): Html[] =>
    tables
      .filter((one) => one.id === id)
      .map((one) => chapter(id, one.title, one.about, htmlTable(one)));
  const curves = drawnCells(results).map(
    (shown, i) =>
      html`<h3>${cellTitle(shown)}</h3><div class="chart" id="curves-${i}" role="img" aria-label="Latency by percentile: ${cellTitle(shown)}"></div>`,
  );
  const { options, machine } = results;
  const facts = Object.entries(options).map(
    ([key, value]) => [key, Array.isArray(value) ? value.join(", ") : String(value)] as const,
  );
  return [
    ...tableChapter("goals"),
    chapter(
      "percentiles",
      "Latency by percentile",
      "How many round trips were at least that fast, all runs together. Both axes are logarithmic. With a schedule, latency counts from when each was due.",
      curves.length === 0 ? html`<p class="nothing">No latency was measured.</p>` : html`${curves}`,
    ),
    chapter(
      "throughput",
      "Throughput",
      "Medians; the thin line spans the runs.",
      throughputBars(results),
    ),
    chapter(
      "detection",
      "Verdict times",
      "From the fault until the peer is called down: median to maximum, on one logarithmic axis.",
      verdictBars(results),
    ),
    ...[
      "comparison",
      "cpu",
      "verdicts",
      "peers",
      "properties",
      "ablation",
      "lossy",
      "skipped",
    ].flatMap(tableChapter),
    chapter(
      "provenance",
      "Options and machine",
      "What it takes to run this again.",
      html`<div class="twocolumns">${factList(facts)}${factList(machineFacts(machine))}</div>`,
    ),
  ];
}

/** The whole report as one document that opens from disk and asks nobody for anything. */
export async function transportPage(results: TransportResults): Promise<string> {
  const assets = await readAssets(SCRIPTS);
  const root = dirname(createRequire(import.meta.url).resolve("skipnet/package.json"));
  const own = await readFile(join(root, "bench", "transport", "report", "transport.css"), "utf8");
  return reportDocument({
    title: `skipnet bench:transport: ${Object.keys(results.contenders).join(", ")}`,
    body: html`${headline(results)}
${cards(results)}
${chapters(results)}`,
    data: chartData(results),
    assets: { ...assets, css: `${assets.css}\n${own}` },
  });
}
