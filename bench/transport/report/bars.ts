import { formatCount, formatMs, formatNotWithin, formatNumber } from "../../report/format.ts";
import { type Html, html } from "../../report/html.ts";
import { swatch } from "../../report/page-tables.ts";
import { findCell } from "../goals.ts";
import type { CellResult, TransportResults } from "../results.ts";
import { faultTitle } from "./peer-tables.ts";
import { cellTitle, comparedCells } from "./tables.ts";

/** The colour of a contender; variants of one of ours have its colour. */
export function colorOf(results: TransportResults, contender: string): number {
  const names = Object.keys(results.contenders);
  const index = names.indexOf(contender);
  return index >= 0 ? index : Math.max(0, names.indexOf(contender.split(":")[0] as string));
}

/** Messages or megabytes a second, a bar a contender; the thin mark spans the runs. */
export function throughputBars(results: TransportResults): Html {
  const names = Object.keys(results.contenders);
  const groups = comparedCells(results)
    .filter(({ part }) => part !== "openLoop")
    .map((shown) => {
      const figures = names.flatMap((name) => {
        const one = findCell(results, shown.part, name, shown);
        return one === undefined ? [] : [{ name, one, ...figureOf(one) }];
      });
      const most = Math.max(...figures.map(({ spread }) => spread.max), Number.MIN_VALUE);
      const lines = figures.map(({ name, spread, unit }) => {
        const width = ((100 * spread.median) / most).toFixed(2);
        const from = ((100 * spread.min) / most).toFixed(2);
        const span = ((100 * (spread.max - spread.min)) / most).toFixed(2);
        const index = colorOf(results, name);
        return html`<div class="bar"><div class="barlabel">${swatch(index)}<code>${name}</code></div>
<div class="track range"><span class="c${index % 8}" style="left:0;width:${width}%"></span><em style="left:${from}%;width:${span}%"></em></div>
<div class="barvalue">${unit(spread.median)}</div></div>`;
      });
      return html`<h3>${cellTitle(shown)}</h3>${lines}`;
    });
  if (groups.length === 0) return html`<p class="nothing">No throughput was measured.</p>`;
  return html`<div class="bars ranges">${groups}</div>`;
}

function figureOf(one: CellResult) {
  return one.part === "bulk"
    ? { spread: one.megabytesPerSecond, unit: (value: number) => `${formatNumber(value)} MB/s` }
    : { spread: one.perSecond, unit: (value: number) => `${formatCount(value)} a second` };
}

const AXIS_FROM_MS = 0.1;

/** From median to maximum on one logarithmic axis; an open end where it was not seen. */
export function verdictBars(results: TransportResults): Html {
  const { verdicts } = results;
  if (verdicts.length === 0) return html`<p class="nothing">No verdict was measured.</p>`;
  const longest = Math.max(10, ...verdicts.map((v) => v.fromFaultMs.max ?? v.patienceMs));
  const decades = Math.ceil(Math.log10(longest / AXIS_FROM_MS));
  const at = (ms: number): number =>
    (100 * Math.log10(Math.max(ms, AXIS_FROM_MS) / AXIS_FROM_MS)) / decades;
  const titles = [...new Set(verdicts.map(faultTitle))];
  const groups = titles.map((title) => {
    const lines = verdicts
      .filter((verdict) => faultTitle(verdict) === title)
      .map(({ contender, fromFaultMs: { p50, max }, patienceMs }) => {
        const from = at(p50 ?? patienceMs);
        const to = max === null ? 100 : at(max);
        const index = colorOf(results, contender);
        const say = (ms: number | null): string =>
          ms === null ? formatNotWithin(patienceMs) : formatMs(ms);
        return html`<div class="bar"><div class="barlabel">${swatch(index)}<code>${contender}</code></div>
<div class="track range"><span class="c${index % 8}${max === null ? " open" : ""}" style="left:${from.toFixed(2)}%;width:${Math.max(to - from, 0.6).toFixed(2)}%"></span></div>
<div class="barvalue${max === null ? " bad" : ""}">${p50 === null ? say(null) : `${say(p50)} – ${say(max)}`}</div></div>`;
      });
    return html`<h3>${title}</h3>${lines}`;
  });
  const ticks = Array.from({ length: decades + 1 }, (_, d) => AXIS_FROM_MS * 10 ** d);
  const axis = html`<div class="bar axis"><div class="barlabel"></div><div class="track">${ticks.map(
    (ms) => html`<b style="left:${at(ms).toFixed(2)}%">${formatMs(ms)}</b>`,
  )}</div><div class="barvalue"></div></div>`;
  return html`<div class="bars ranges">${groups}${axis}</div>`;
}
