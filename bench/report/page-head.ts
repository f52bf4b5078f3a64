import type { MachineResult, Results, ScenarioResult, TransportResult } from "../results.ts";
import { formatBytes, formatCount, formatMs, formatNotWithin, formatShare } from "./format.ts";
import { type Html, html } from "./html.ts";
import { leftOutByCause } from "./left-out.ts";
import { totalsOf } from "./totals.ts";

const FAULT_PHRASES = { crash: "one node killed", hang: "one node stopped" } as const;

function summary({ nodes, workload, rate, durationMs, faults }: ScenarioResult): string {
  const what = `${nodes} nodes, ${workload} workload, ${formatCount(rate)} operations a second for ${formatMs(durationMs)}`;
  return faults.length === 0
    ? `${what}, no faults.`
    : `${what}; ${faults.map((fault) => FAULT_PHRASES[fault]).join(", ")} in mid-run.`;
}

/** Title, scenario in a sentence, verdict on the run itself. */
export function headline(results: Results): Html {
  const causes = Object.entries(results.transports).flatMap(([name, { invalid, interrupted }]) => [
    ...invalid.map((cause) => html`<li><code>${name}</code> ${cause}</li>`),
    ...(interrupted
      ? [html`<li><code>${name}</code> was interrupted; it shows what was measured until then</li>`]
      : []),
  ]);
  for (const { names, why } of leftOutByCause(results)) {
    const is = names.length === 1 ? "is" : "are";
    causes.push(html`<li><code>${names.join(", ")}</code> ${is} left out: ${why}</li>`);
  }
  const interrupted = Object.values(results.transports).some((t) => t.interrupted);
  const badge = !results.valid
    ? html`<span class="badge bad">invalid run</span>`
    : interrupted
      ? html`<span class="badge bad">cut short</span>`
      : html`<span class="badge good">valid run</span>`;
  return html`<header>
<p class="eyebrow">skipnet bench · ${results.scenario.name} · ${results.machine.when.slice(0, 16).replace("T", " ")}</p>
<h1>One overlay, ${Object.keys(results.transports).length === 1 ? "one transport" : "side by side"} ${badge}</h1>
<p class="lead">${summary(results.scenario)}</p>
${causes.length === 0 ? "" : html`<ul class="causes">${causes}</ul>`}
</header>`;
}

function worstDetection({ detection }: TransportResult): string {
  const found = [detection.crash, detection.hang].filter((d) => d !== undefined && d.watchers > 0);
  if (found.length === 0) return "–";
  const unseen = found.filter((d) => d?.maxMs === null).map((d) => d?.observedMs ?? 0);
  if (unseen.length > 0) return formatNotWithin(Math.max(...unseen));
  return formatMs(Math.max(...found.map((d) => d?.maxMs ?? 0)));
}

/** One card a transport: the five figures that decide. */
export function headlineCards(results: Results): Html {
  const cards = Object.entries(results.transports).map(([name, transport], i) => {
    const totals = totalsOf(transport);
    const p = (percentile: number): string =>
      totals.latency.count === 0 ? "–" : formatMs(totals.latency.percentileUs(percentile) / 1_000);
    const lost = transport.lostWrites + transport.doubledWrites;
    const tone = (bad: boolean): string => (bad ? "bad" : "");
    return html`<article class="card c${i % 8}">
<h3><i class="swatch c${i % 8}"></i><code>${name}</code></h3>
<p class="network">${transport.network}</p>
<p class="big">${p(50)}<small>median latency</small></p>
<dl>
<div><dt>p99</dt><dd>${p(99)}</dd></div>
<div><dt>done</dt><dd class="${tone(totals.done < totals.started)}">${formatShare(totals.done, totals.started)}</dd></div>
<div><dt>faults seen after</dt><dd class="${tone(worstDetection(transport).startsWith(">"))}">${worstDetection(transport)}</dd></div>
<div><dt>writes lost or doubled</dt><dd class="${tone(lost > 0)}">${formatCount(lost)}</dd></div>
</dl>
</article>`;
  });
  return html`<div class="cards">${cards}</div>`;
}

function scenarioFacts(scenario: ScenarioResult): readonly (readonly [string, string])[] {
  return [
    ["scenario", scenario.name],
    ["seed", scenario.seed],
    ["nodes", `${scenario.nodes} + ${scenario.clients} clients, never victims`],
    ["workload", `${scenario.workload}, ${formatCount(scenario.rate)} operations a second`],
    ["duration", formatMs(scenario.durationMs)],
    ["deadline of an operation", formatMs(scenario.deadlineMs)],
    ["names", `${formatCount(scenario.namesCount)} from ${scenario.names}`],
    ["value size", formatBytes(scenario.valueSizeBytes)],
    ["faults", scenario.faults.length === 0 ? "none" : scenario.faults.join(", ")],
    ["compression", scenario.compression],
    ["transports", scenario.transports.join(", ")],
  ];
}

/** The machine and the program, as terms and values. */
export function machineFacts(machine: MachineResult): readonly (readonly [string, string])[] {
  const commit =
    machine.commit === undefined
      ? []
      : [
          [
            "commit",
            machine.commit.slice(0, 12) + (machine.dirty === true ? " (changed)" : ""),
          ] as const,
        ];
  return [
    ["skipnet", machine.skipnet],
    ...commit,
    ["Node.js", `${machine.node}, V8 ${machine.v8}`],
    ["system", `${machine.os}, ${machine.arch}`],
    ["processor", `${machine.cpu}, ${machine.cores} cores`],
    [
      "memory",
      formatBytes(machine.memoryBytes).replace(
        /^(\d+) MiB$/,
        (_, m) => `${Math.round(m / 1_024)} GiB`,
      ),
    ],
    ["load average at the start", machine.loadAverage.toFixed(2)],
    ["started", machine.when],
  ];
}

function harnessTable(results: Results): Html {
  const rows = Object.entries(results.transports).map(
    ([
      name,
      { harness, startMs, elapsedMs, cpuMs },
    ]) => html`<tr><th scope="row"><code>${name}</code></th>
<td>${formatMs(startMs)}</td><td>${formatMs(elapsedMs)}</td><td>${formatMs(cpuMs)}</td><td>${formatMs(harness.lateP99Ms)} / ${formatMs(harness.lateMaxMs)}</td>
<td>${formatMs(harness.loopLagP99Ms)} / ${formatMs(harness.loopLagMaxMs)}</td><td>${formatCount(harness.overflow)}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th scope="col">The harness itself</th><th scope="col">start</th><th scope="col">load</th><th scope="col">processor</th>
<th scope="col">operations late, p99 / max</th><th scope="col">loop lag, p99 / max</th><th scope="col">overflow</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Terms and values, one below the other. */
export function factList(list: readonly (readonly [string, string])[]): Html {
  return html`<dl class="facts">${list.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Everything needed to run it again, and how well the harness kept up. */
export function provenance(results: Results): Html {
  return html`<div class="twocolumns">${factList(scenarioFacts(results.scenario))}${factList(machineFacts(results.machine))}</div>
${harnessTable(results)}`;
}
