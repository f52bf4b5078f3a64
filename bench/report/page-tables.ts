import { ERROR_CODES } from "../../src/core/errors.ts";
import type { Results, TransportResult, WhereTimeWent } from "../results.ts";
import { formatCount, formatMs, formatNotWithin, formatNumber, formatShare } from "./format.ts";
import { type Html, html } from "./html.ts";
import { tableRows } from "./rows.ts";

/** The square in the colour of a column. */
export const swatch = (i: number): Html => html`<i class="swatch c${i % 8}"></i>`;

function columnHeads(results: Results): Html[] {
  return Object.keys(results.transports).map(
    (name, i) => html`<th scope="col">${swatch(i)}<code>${name}</code></th>`,
  );
}

/** The table of the terminal, as HTML. */
export function comparisonTable(results: Results): Html {
  const names = Object.keys(results.transports);
  let group = "";
  const rows = tableRows(results).map((row) => {
    const head =
      row.group === group
        ? ""
        : html`<tr class="group"><th scope="rowgroup" colspan="${names.length + 1}">${row.group}</th></tr>`;
    group = row.group;
    return html`${head}<tr title="${row.about}"><th scope="row">${row.label}</th>${row.cells.map(
      (cell) => html`<td class="${cell.tone}">${cell.text}</td>`,
    )}</tr>`;
  });
  return html`<div class="scroll"><table class="comparison"><thead><tr><th></th>${columnHeads(results)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const PARTS: readonly {
  readonly key: keyof WhereTimeWent;
  readonly label: string;
  readonly about: string;
}[] = [
  { key: "queueMs", label: "queue", about: "between the intended and the real start" },
  {
    key: "loopMs",
    label: "event loops",
    about: "messages that had arrived and waited for their process",
  },
  {
    key: "handlerMs",
    label: "handlers",
    about: "our code at work, and its pauses before a retry",
  },
  { key: "wireMs", label: "wire", about: "on the way: sockets, kernel and network" },
  {
    key: "retransmitMs",
    label: "retransmission and detours",
    about: "waiting for a lost message or a dead node",
  },
];

/** Stacked bars: the parts of the mean latency, on one linear axis for all transports. */
export function timeBars(results: Results): Html {
  const entries = Object.entries(results.transports);
  const total = (w: WhereTimeWent): number => PARTS.reduce((sum, { key }) => sum + w[key], 0);
  const longest = Math.max(...entries.map(([, t]) => total(t.whereTimeWent)), Number.MIN_VALUE);
  const bars = entries.map(([name, { whereTimeWent }], i) => {
    const segments = PARTS.map(
      ({ key, label }, p) =>
        html`<span class="p${p}" style="width:${((100 * whereTimeWent[key]) / longest).toFixed(3)}%" title="${label}: ${formatMs(whereTimeWent[key])}"></span>`,
    );
    return html`<div class="bar"><div class="barlabel">${swatch(i)}<code>${name}</code></div><div class="track">${segments}</div><div class="barvalue">${formatMs(total(whereTimeWent))}</div></div>`;
  });
  const rows = PARTS.map(
    ({ key, label, about }, p) =>
      html`<tr><th scope="row"><i class="swatch p${p}"></i>${label} <span>${about}</span></th>${entries.map(
        ([, { whereTimeWent }]) =>
          html`<td>${formatMs(whereTimeWent[key])} <span>${formatShare(whereTimeWent[key], total(whereTimeWent))}</span></td>`,
      )}</tr>`,
  );
  return html`<div class="bars">${bars}</div><div class="scroll"><table><thead><tr><th></th>${columnHeads(results)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

interface Span {
  readonly p50: number | null;
  readonly max: number | null;
  readonly observedMs: number;
}

/** What the bars show: each fault, detected and repaired. */
const SPANS: readonly {
  readonly title: string;
  readonly of: (t: TransportResult) => Span | undefined;
}[] = (["crash", "hang"] as const).flatMap((fault) => {
  const what = fault === "crash" ? "Crash" : "Hang";
  return [
    {
      title: `${what} detected`,
      of: ({ detection }: TransportResult) => {
        const d = detection[fault];
        return d === undefined || d.watchers === 0
          ? undefined
          : { p50: d.p50Ms, max: d.maxMs, observedMs: d.observedMs };
      },
    },
    {
      title: `${what} repaired`,
      of: ({ repairMs }: TransportResult) => {
        const r = repairMs[fault];
        return r === undefined || r.holders === 0 ? undefined : r;
      },
    },
  ];
});

const AXIS_FROM_MS = 1;

/** Bars from median to maximum on one logarithmic axis; an open end where the maximum was not seen. */
export function detectionBars(results: Results): Html {
  const entries = Object.entries(results.transports);
  const spans = SPANS.map(({ title, of }) => ({
    title,
    bars: entries.flatMap(([name, transport], i) => {
      const span = of(transport);
      return span === undefined ? [] : [{ name, i, span }];
    }),
  })).filter(({ bars }) => bars.length > 0);
  if (spans.length === 0)
    return html`<p class="nothing">No fault was injected, or nobody watched its victim.</p>`;
  const longest = Math.max(
    10,
    ...spans.flatMap(({ bars }) => bars.map(({ span }) => span.max ?? span.observedMs)),
  );
  const decades = Math.ceil(Math.log10(longest / AXIS_FROM_MS));
  const at = (ms: number): number =>
    Math.min(
      100,
      Math.max(0, (100 * Math.log10(Math.max(ms, AXIS_FROM_MS) / AXIS_FROM_MS)) / decades),
    );
  const ticks = Array.from({ length: decades + 1 }, (_, d) => AXIS_FROM_MS * 10 ** d);
  const axis = html`<div class="bar axis"><div class="barlabel"></div><div class="track">${ticks.map(
    (ms) => html`<b style="left:${at(ms).toFixed(2)}%">${formatMs(ms)}</b>`,
  )}</div><div class="barvalue"></div></div>`;
  const groups = spans.map(({ title, bars }) => {
    const lines = bars.map(({ name, i, span }) => {
      const from = at(span.p50 ?? span.observedMs);
      const to = span.max === null ? 100 : at(span.max);
      const say = (ms: number | null): string =>
        ms === null ? formatNotWithin(span.observedMs) : formatMs(ms);
      return html`<div class="bar"><div class="barlabel">${swatch(i)}<code>${name}</code></div>
<div class="track range"><span class="c${i % 8}${span.max === null ? " open" : ""}" style="left:${from.toFixed(2)}%;width:${Math.max(to - from, 0.6).toFixed(2)}%"></span></div>
<div class="barvalue${span.max === null ? " bad" : ""}">${span.p50 === null ? say(null) : `${say(span.p50)} – ${say(span.max)}`}</div></div>`;
    });
    return html`<h3>${title}</h3>${lines}`;
  });
  return html`<div class="bars ranges">${groups}${axis}</div>`;
}

/** Mean size and number of every message type, the heaviest first. */
export function wireTable(results: Results): Html {
  const entries = Object.entries(results.transports);
  const types = new Map<string, number>();
  for (const [, { wire }] of entries) {
    for (const [type, { bytes }] of Object.entries(wire.byType))
      types.set(type, (types.get(type) ?? 0) + bytes);
  }
  if (types.size === 0) return html`<p class="nothing">No message was counted by type.</p>`;
  const sorted = [...types].sort(([, a], [, b]) => b - a).map(([type]) => type);
  const rows = sorted.map(
    (type) =>
      html`<tr><th scope="row"><code>${type}</code></th>${entries.map(([, { wire }]) => meanSize(wire.byType[type]))}</tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th></th>${columnHeads(results)}</tr></thead><tbody>${rows}${routedRows(results)}</tbody></table></div>`;
}

function meanSize(found: { readonly count: number; readonly bytes: number } | undefined): Html {
  if (found === undefined || found.count === 0) return html`<td>–</td>`;
  return html`<td>${formatNumber(found.bytes / found.count)} B <span>× ${formatCount(found.count)}</span></td>`;
}

/** What the naming service's messages took on their routes. */
function routedRows(results: Results): Html[] {
  const sizes = Object.values(results.transports).map(({ wire }) => wire.sizes?.routed ?? {});
  const names = [...new Set(sizes.flatMap((routed) => Object.keys(routed)))].sort();
  return names.map(
    (name) =>
      html`<tr><th scope="row"><code>${name}</code> <span>routed, without the user’s value</span></th>${sizes.map((routed) => meanSize(routed[name]))}</tr>`,
  );
}

/** Why operations failed, with what each code means. */
export function errorTable(results: Results): Html {
  const entries = Object.entries(results.transports);
  const codes = [...new Set(entries.flatMap(([, { errors }]) => Object.keys(errors)))].sort();
  if (codes.length === 0) return html`<p class="nothing">No operation failed.</p>`;
  const meanings: Readonly<Record<string, { readonly meaning: string }>> = ERROR_CODES;
  const rows = codes.map(
    (code) =>
      html`<tr><th scope="row"><code>${code}</code> <span>${meanings[code]?.meaning ?? ""}</span></th>${entries.map(
        ([, { errors }]) => html`<td>${formatCount(errors[code] ?? 0)}</td>`,
      )}</tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th></th>${columnHeads(results)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
