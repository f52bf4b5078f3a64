import type { Results } from "../results.ts";
import type { PageAssets } from "./assets.ts";
import { reportDocument } from "./document.ts";
import { type Html, html } from "./html.ts";
import { headline, headlineCards, provenance } from "./page-head.ts";
import { comparisonTable, detectionBars, errorTable, timeBars, wireTable } from "./page-tables.ts";
import { totalsOf } from "./totals.ts";

/** What the scripts of the page draw. */
function chartData(results: Results): unknown {
  const transports = Object.entries(results.transports);
  return {
    names: transports.map(([name]) => name),
    curves: transports.map(([, transport]) => totalsOf(transport).latency.curve()),
    timelines: transports.map(([, transport]) => transport.timeline),
    faults: transports.map(([, transport]) => transport.faults),
  };
}

function chapter(id: string, title: string, about: string, body: Html): Html {
  return html`<section id="${id}"><h2>${title}</h2><p class="about">${about}</p>${body}</section>`;
}

function timelinePanels(results: Results): Html {
  const panels = Object.entries(results.transports).map(
    ([name, transport], i) => html`<figure class="panel">
<figcaption><i class="swatch c${i % 8}"></i><code>${name}</code> <span>${transport.network}</span></figcaption>
<div class="chart" id="rate-${i}" role="img" aria-label="Operations a second, ${name}"></div>
<div class="chart" id="latency-${i}" role="img" aria-label="Latency over time, ${name}"></div>
</figure>`,
  );
  return html`<div class="panels">${panels}</div>`;
}

function chapters(results: Results): Html[] {
  return [
    chapter(
      "percentiles",
      "Latency by percentile",
      "How many operations were at least that fast. Latency counts from the moment the schedule intended, so a stall delays every operation that was due in it. Both axes are logarithmic: look at the right-hand end.",
      html`<div class="chart" id="curves" role="img" aria-label="Latency by percentile, one curve a transport"></div>`,
    ),
    chapter(
      "timeline",
      "Over time",
      "Operations that ended in each second, and how long those that began in it took. Dashed lines mark the faults.",
      timelinePanels(results),
    ),
    chapter(
      "comparison",
      "Side by side",
      "One column a transport. What was not seen before the end is given as a lower bound, never left out.",
      comparisonTable(results),
    ),
    chapter(
      "detection",
      "Detection and repair",
      "From the fault until the watchers called the victim down, and until no table held it any more: median to maximum, on one logarithmic axis.",
      detectionBars(results),
    ),
    chapter(
      "time",
      "Where an operation’s time went",
      "Means over all operations done; the parts sum to the mean latency.",
      timeBars(results),
    ),
    chapter(
      "wire",
      "On the wire, by message type",
      "Encoded bytes before the transport’s header; mean size in bytes, and how many were sent.",
      wireTable(results),
    ),
    chapter("errors", "Errors", "Why operations failed or ended uncertain.", errorTable(results)),
    chapter(
      "provenance",
      "Scenario and machine",
      "What it takes to run this again.",
      provenance(results),
    ),
  ];
}

/** The report of `skipnet bench`. */
export function reportPage(results: Results, assets: PageAssets): string {
  return reportDocument({
    title: `skipnet bench: ${Object.keys(results.transports).join(", ")}`,
    body: html`${headline(results)}
${headlineCards(results)}
${chapters(results)}`,
    data: chartData(results),
    assets,
  });
}
