import { type Html, html } from "../../report/html.ts";
import { swatch } from "../../report/page-tables.ts";
import type { ExperimentResult } from "../results.ts";
import { formatQuoted, ours } from "./tables.ts";

/** A bar a point for each figure without an axis; the thin line spans the 95 % interval, the open mark is the paper's. */
export function barsOf({ figures, rows, x }: ExperimentResult): Html | undefined {
  const groups = Object.entries(figures).flatMap(([name, spec]) => {
    if (spec.undrawn === true) return [];
    const shown = rows.flatMap((row) => {
      const figure = row.figures[name];
      return figure === undefined ? [] : [{ row, figure }];
    });
    if (shown.length === 0) return [];
    const most = Math.max(
      ...shown.map(({ figure }) =>
        Math.max(figure.mean + (figure.interval ?? 0), figure.paper?.value ?? 0),
      ),
      Number.MIN_VALUE,
    );
    const onAxis = (value: number): number => (100 * Math.max(0, Math.min(value, most))) / most;
    const percent = (value: number): string => onAxis(value).toFixed(2);
    const lines = shown.map(({ row, figure }, i) => {
      const { mean, interval, paper } = figure;
      const label = x === undefined ? row.label : `${row.label}, ${String(row.point[x.key])}`;
      const span =
        interval === null
          ? ""
          : html`<em style="left:${percent(mean - interval)}%;width:${(onAxis(mean + interval) - onAxis(mean - interval)).toFixed(2)}%"></em>`;
      const mark =
        paper === undefined
          ? ""
          : html`<i class="paper" style="left:${percent(paper.value)}%" title="paper: ${formatQuoted(paper.value)}"></i>`;
      return html`<div class="bar"><div class="barlabel" title="${label}">${swatch(i)}${label}</div>
<div class="track range"><span class="c${i % 8}" style="left:0;width:${percent(mean)}%"></span>${span}${mark}</div>
<div class="barvalue">${ours(figure, spec)}</div></div>`;
    });
    return [html`<h3>${spec.title}</h3>${lines}`];
  });
  return groups.length === 0 ? undefined : html`<div class="bars ranges">${groups}</div>`;
}
