import Table from "cli-table3";
import { QUALITY_FIGURES } from "../../../bench/report/quality-figures.ts";
import type { JoinPhases } from "../../overlay/context.ts";
import { churnDocument, churnRows } from "./churn/report.ts";
import type { FaultRecord } from "./faults/inject.ts";
import { mergeRows } from "./merge-figures.ts";
import type { PacketFigures } from "./packet-figures.ts";
import { physicalRows } from "./physical-figures.ts";
import type { SimRun } from "./run.ts";

/** What a run cost the machine. */
export interface SimCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

/** The document of `skipnet sim --json`. */
export function simDocument(run: SimRun, cost: SimCost, command: string): object {
  const { options, lookups, joins, extraJoins, violations } = run;
  return {
    schema: 1,
    command,
    seed: options.seed,
    nodes: options.nodes,
    virtualMs: run.virtualMs,
    wallMs: cost.wallMs,
    cpuMs: cost.cpuMs,
    events: run.events,
    messages: run.messages,
    messagesPerCpuSecond: perCpuSecond(run.messages, cost),
    eventsPerCpuSecond: perCpuSecond(run.events, cost),
    bytes: run.bytes,
    ...(run.packets === undefined
      ? {}
      : {
          datagrams: {
            ...run.packets,
            perCpuSecond: perCpuSecond(run.packets.sent, cost),
          },
        }),
    peakRssBytes: cost.peakRssBytes,
    bytesPerNode: Math.round(cost.peakRssBytes / options.nodes),
    joins: { count: joins.count, messagesMean: mean(joins), byPhase: perJoin(joins) },
    ...(extraJoins === undefined
      ? {}
      : { extraJoins: { count: extraJoins.count, byPhase: perJoin(extraJoins) } }),
    ...(run.convergedMs === undefined ? {} : { convergedMs: run.convergedMs }),
    ...(lookups === undefined
      ? {}
      : {
          lookups: {
            count: lookups.count,
            failed: lookups.failed,
            wrong: lookups.wrong,
            hopsMean: average(lookups.hops),
            hopsP99: percentile(lookups.hops, 0.99),
            hopsMax: most(lookups.hops),
            latencyMs: {
              p50: percentile(lookups.latenciesUs, 0.5) / 1000,
              p99: percentile(lookups.latenciesUs, 0.99) / 1000,
            },
            outsidePrefix: run.outsidePrefix,
            byTries: lookups.byTries,
            errors: lookups.errors,
          },
        }),
    pointersMean: run.pointersMean,
    ...(run.pointersPerHost === undefined ? {} : { pointersPerHost: run.pointersPerHost }),
    ...(run.physical === undefined ? {} : { network: run.physical }),
    ...(run.churn === undefined ? {} : { churn: churnDocument(run.churn), joining: run.joining }),
    ...(run.faults.length === 0 ? {} : { faults: run.faults, joining: run.joining }),
    ...(run.merging === undefined ? {} : { merging: run.merging }),
    detector: run.detectors,
    invariants: {
      checked: violations.checked,
      violationCount: violations.count,
      violations: violations.described,
    },
    eventHash: run.eventHash,
    checkpoints: run.checkpoints,
  };
}

/** The same for people. */
export function simText(run: SimRun, cost: SimCost): string {
  const table = new Table({ style: { head: [], border: [] }, colAligns: ["left", "right"] });
  const { lookups, joins, extraJoins, options } = run;
  const row = (what: string, value: string): void => {
    table.push([what, value]);
  };
  row("nodes", whole(options.nodes));
  row("virtual time", `${(run.virtualMs / 1000).toFixed(1)} s`);
  row("wall / CPU time", `${seconds(cost.wallMs)} / ${seconds(cost.cpuMs)}`);
  row("events", whole(run.events));
  row("messages", whole(run.messages));
  row("messages per CPU second", whole(perCpuSecond(run.messages, cost)));
  if (run.packets !== undefined) datagramRows(run.packets, cost, row);
  row("peak memory per node", `${whole(Math.round(cost.peakRssBytes / options.nodes))} B`);
  if (joins.count > 0 && options.join !== "constructed") {
    row("joins", whole(joins.count));
    row("messages per join", `${mean(joins).toFixed(1)}  (${phasesText(joins)})`);
  }
  if (extraJoins !== undefined) {
    row("extra joins", whole(extraJoins.count));
    row("messages per extra join", `${mean(extraJoins).toFixed(1)}  (${phasesText(extraJoins)})`);
  }
  if (run.convergedMs !== undefined) {
    row("converged within", `${(run.convergedMs / 1000).toFixed(0)} s after the last join`);
  }
  for (const fault of run.faults) row(`fault: ${fault.kind}`, faultText(fault));
  if (run.churn !== undefined) churnRows(run.churn, row);
  if (run.joining > 0) row("not joined at the end", whole(run.joining));
  row("distinct neighbours, mean", run.pointersMean.toFixed(1));
  if (run.pointersPerHost !== undefined) {
    row("ring pointers of a host", run.pointersPerHost.toFixed(1));
  }
  if (lookups !== undefined) {
    row("lookups", whole(lookups.count));
    row("failed / at a wrong node", `${lookups.failed} / ${lookups.wrong}`);
    row(
      "hops: mean, p99, max",
      `${average(lookups.hops).toFixed(2)}, ${percentile(lookups.hops, 0.99)}, ${most(lookups.hops)}`,
    );
    row("successes by tries", entries(lookups.byTries));
    if (lookups.failed > 0) row("failures by code", entries(lookups.errors));
  }
  if (run.physical !== undefined) physicalRows(run.physical, row);
  if (run.merging !== undefined) mergeRows(run.merging, row);
  const { watchers, suspect, down } = run.detectors;
  row("failure detector: nodes noted", whole(watchers));
  for (const { label, show } of QUALITY_FIGURES) {
    row(`${label}: suspect / down`, `${show(suspect)} / ${show(down)}`);
  }
  if (options.check) {
    row(
      "invariants",
      `${whole(run.violations.checked)} checks, ${run.violations.count} violations`,
    );
  }
  row("event hash", run.eventHash);
  const violations = run.violations.described.map(({ invariant, what }) => `${invariant}: ${what}`);
  return [table.toString(), ...violations].join("\n");
}

function faultText({ kind, nodes, beganMs, endedMs, counters }: FaultRecord): string {
  const from = (beganMs / 1000).toFixed(1);
  const until = endedMs === undefined ? "to the end" : `to ${(endedMs / 1000).toFixed(1)} s`;
  const met = Object.entries(counters ?? {}).filter(([what, n]) => n > 0 && what !== "delayedUs");
  const who = kind === "intransitive" ? "pairs" : `${whole(nodes)} nodes`;
  return [`${who} from ${from} ${until}`, ...met.map(([what, n]) => `${what}: ${whole(n)}`)].join(
    ", ",
  );
}

function datagramRows(
  packets: PacketFigures,
  cost: SimCost,
  row: (what: string, value: string) => void,
): void {
  row("datagrams", whole(packets.sent));
  row("datagrams per CPU second", whole(perCpuSecond(packets.sent, cost)));
  row("sent again: messages, fragments, segments", whole(packets.retransmits));
  const { duplicated, reordered, corrupted } = packets;
  const met = { duplicated, reordered, corrupted, ...packets.dropped };
  const happened = Object.entries(met).filter(([, count]) => count > 0);
  row("dropped and changed", entries(Object.fromEntries(happened)));
}

type Joins = { readonly count: number; readonly phases: JoinPhases };

function perJoin({ count, phases }: Joins): JoinPhases {
  const share = (messages: number): number => (count === 0 ? 0 : messages / count);
  return {
    start: share(phases.start),
    climb: share(phases.climb),
    descend: share(phases.descend),
    link: share(phases.link),
    notify: share(phases.notify),
    leaf: share(phases.leaf),
  };
}

function mean(joins: Joins): number {
  return Object.values(perJoin(joins)).reduce((sum: number, value: number) => sum + value, 0);
}

function phasesText(joins: Joins): string {
  return Object.entries(perJoin(joins))
    .map(([phase, value]) => `${phase} ${(value as number).toFixed(1)}`)
    .join(", ");
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A million of them are too many for the arguments of one call. */
function most(values: readonly number[]): number {
  return values.reduce((greatest, value) => Math.max(greatest, value), 0);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function perCpuSecond(count: number, cost: SimCost): number {
  return Math.round(count / (cost.cpuMs / 1000));
}

const whole = (value: number): string => value.toLocaleString("en-US");
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const entries = (record: Readonly<Record<string, number>>): string =>
  Object.entries(record)
    .map(([key, value]) => `${key}: ${whole(value)}`)
    .join(", ") || "none";
