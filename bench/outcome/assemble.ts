import { LatencyRecorder } from "../histogram.ts";
import { mergeLoads } from "../load/merge-loads.ts";
import type { ReadBackReport } from "../load/read-back.ts";
import type { LoadReport } from "../load/recorder.ts";
import type {
  FaultKind,
  LatencySummary,
  PacketsResult,
  TransportResult,
  WhereTimeWent,
} from "../results.ts";
import { indexTraces, timeParts } from "../trace/critical-path.ts";
import type { OperationSpan, TraceBatch } from "../trace/events.ts";
import {
  detectionOf,
  falseDowns,
  type InjectedFault,
  repairOf,
  type Watcher,
  type Window,
} from "./detection.ts";
import { detectorQuality } from "./detector-quality.ts";
import { watchersOf } from "./watchers.ts";
import { type CounterSpan, cpuMsOf, wireOf } from "./wire.ts";

/** One process of a run, or one instance of the simulator that stands for one. */
export interface ProcessRecord {
  /** `address#incarnation`. */
  readonly end: string;
  readonly name: string;
  readonly trace: TraceBatch;
  /** Undefined: it never told. */
  readonly counters: CounterSpan | undefined;
  /** Clients: what they counted. */
  readonly load?: LoadReport | undefined;
  readonly spans: readonly OperationSpan[];
  /** Clients: how long their event loop did not turn. */
  readonly loopLag?: LoopLag | undefined;
}

export interface LoopLag {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Everything that a run leaves behind, live or simulated. Times in microseconds of its one clock. */
export interface RunRecord {
  readonly kind: "live" | "simulated";
  readonly network: string;
  readonly nodes: number;
  readonly durationMs: number;
  readonly processes: readonly ProcessRecord[];
  readonly faults: readonly InjectedFault[];
  readonly loadBeganUs: number;
  /** Until when faults were watched: the end of the read-back. */
  readonly observedUntilUs: number;
  readonly startMs: number;
  readonly readBacks: readonly ReadBackReport[];
  /** Of the simulator: processor time of the whole run. */
  readonly cpuMs?: number | undefined;
  /** Ends of processes that the scenario stopped, cut off or changed. */
  readonly disturbed?: ReadonlySet<string> | undefined;
  /** Of the simulator: a hash over all events. */
  readonly eventHash?: string | undefined;
  /** What became of simulated packets during the load. */
  readonly packets?: PacketsResult | undefined;
  readonly interrupted: boolean;
  /** What went wrong with the harness. */
  readonly causes: readonly string[];
}

/** One column of the report from what a run left behind. */
export function assemble(run: RunRecord): TransportResult {
  const clients = run.processes.filter((process) => process.load !== undefined);
  const load = mergeLoads(
    clients.flatMap((client) => client.load ?? []),
    run.durationMs,
  );
  const counted = run.processes.flatMap((process) => process.counters ?? []);
  const { parts, traced } = meanParts(run);
  const harness = {
    loopLagMaxMs: Math.max(0, ...clients.map((client) => client.loopLag?.maxMs ?? 0)),
    loopLagP99Ms: Math.max(0, ...clients.map((client) => client.loopLag?.p99Ms ?? 0)),
    lateMaxMs: load.late.count === 0 ? 0 : load.late.percentileUs(100) / 1_000,
    lateP99Ms: load.late.count === 0 ? 0 : load.late.percentileUs(99) / 1_000,
    overflow: load.overflow,
  };
  return {
    network: run.network,
    kind: run.kind,
    nodes: run.nodes,
    clients: Math.max(0, run.processes.length - run.nodes),
    invalid: [...run.causes, ...harnessCauses(harness)],
    interrupted: run.interrupted,
    elapsedMs: load.elapsedMs,
    startMs: run.startMs,
    operations: load.operations,
    ...readBackOf(run.readBacks),
    retries: load.retries,
    whereTimeWent: parts,
    tracedOperations: traced,
    wire: wireOf(counted),
    ...faultsOf(run),
    ...(run.packets === undefined ? {} : { packets: run.packets }),
    ...(run.eventHash === undefined ? {} : { eventHash: run.eventHash }),
    serviceGapMs: load.serviceGapMs,
    firstContactMs: {
      first: summaryOf(run.processes.flatMap(({ trace }) => trace.firstContactUs)),
      later: summaryOf(run.processes.flatMap(({ trace }) => trace.laterContactUs)),
    },
    hops: load.hops,
    cpuMs: run.cpuMs ?? cpuMsOf(counted),
    errors: load.errors,
    faults: run.faults.map(({ kind, victim, atUs }) => ({
      kind,
      node: run.processes.find(({ end }) => end === victim)?.name ?? victim,
      atMs: Math.max(0, (atUs - run.loadBeganUs) / 1_000),
    })),
    timeline: load.timeline,
    harness,
  };
}

/** Latest start of an operation, 99th percentile, that still counts as on time. */
const LATE_P99_MAX_MS = 100;
/** Longest standstill of a load process that is taken for granted. */
const LOOP_LAG_MAX_MS = 1_000;

function harnessCauses(harness: TransportResult["harness"]): string[] {
  const causes: string[] = [];
  if (harness.overflow > 0) {
    causes.push(`${harness.overflow} operations were not started: too many were open`);
  }
  if (harness.lateP99Ms > LATE_P99_MAX_MS) {
    causes.push(
      `the load was late: 1 % of the operations started more than ${Math.round(harness.lateP99Ms)} ms after their time`,
    );
  }
  if (harness.loopLagMaxMs > LOOP_LAG_MAX_MS) {
    causes.push(
      `a load process was starved: its event loop stood still for ${Math.round(harness.loopLagMaxMs)} ms`,
    );
  }
  return causes;
}

function meanParts(run: RunRecord): { parts: WhereTimeWent; traced: number } {
  const index = indexTraces(run.processes.map(({ trace }) => trace));
  const sums = { queueUs: 0, loopUs: 0, wireUs: 0, retransmitUs: 0, handlerUs: 0 };
  let traced = 0;
  run.processes.forEach(({ spans }, process) => {
    for (const span of spans) {
      const parts = timeParts(span, process, index);
      if (parts === undefined) continue;
      traced++;
      sums.queueUs += parts.queueUs;
      sums.loopUs += parts.loopUs;
      sums.wireUs += parts.wireUs;
      sums.retransmitUs += parts.retransmitUs;
      sums.handlerUs += parts.handlerUs;
    }
  });
  const meanMs = (us: number): number => (traced === 0 ? 0 : us / traced / 1_000);
  return {
    parts: {
      queueMs: meanMs(sums.queueUs),
      loopMs: meanMs(sums.loopUs),
      wireMs: meanMs(sums.wireUs),
      retransmitMs: meanMs(sums.retransmitUs),
      handlerMs: meanMs(sums.handlerUs),
    },
    traced,
  };
}

function readBackOf(
  reports: readonly ReadBackReport[],
): Pick<TransportResult, "lostWrites" | "doubledWrites" | "readBack"> {
  const sum = (read: (report: ReadBackReport) => number): number =>
    reports.reduce((total, report) => total + read(report), 0);
  const counts = { lostWrites: sum((r) => r.lost), doubledWrites: sum((r) => r.doubled) };
  if (reports.length === 0) return counts;
  return {
    ...counts,
    readBack: {
      names: sum((r) => r.names),
      unread: sum((r) => r.unread),
      elapsedMs: Math.max(...reports.map((r) => r.elapsedMs)),
    },
  };
}

/** Faults of one kind are one group, in the order of their beginnings. */
function faultGroups(faults: readonly InjectedFault[]): InjectedFault[][] {
  const groups = new Map<FaultKind, InjectedFault[]>();
  for (const fault of [...faults].sort((a, b) => a.atUs - b.atUs)) {
    const group = groups.get(fault.kind);
    if (group === undefined) groups.set(fault.kind, [fault]);
    else group.push(fault);
  }
  return [...groups.values()];
}

function calledDownOf(
  watchers: readonly Watcher[],
  { disturbed = new Set(), loadBeganUs, observedUntilUs }: RunRecord,
): NonNullable<TransportResult["calledDown"]> {
  const window: Window = { fromUs: loadBeganUs, untilUs: observedUntilUs };
  const pairs = falseDowns(watchers, [], new Set(), window);
  const count = pairs.filter(({ by, peer }) => disturbed.has(by) || disturbed.has(peer)).length;
  return { undisturbed: pairs.length - count, disturbed: count };
}

function faultsOf(
  run: RunRecord,
): Pick<TransportResult, "detection" | "detectorQuality" | "repairMs" | "calledDown"> {
  const watchers = watchersOf(run.processes);
  const detection: TransportResult["detection"] = {};
  const repairs: TransportResult["repairMs"] = { p50: null, max: null };
  const groups = faultGroups(run.faults);
  groups.forEach((group, i) => {
    // Nobody who failed meanwhile can tell what it saw.
    const dead = new Set(run.faults.filter((f) => !group.includes(f)).map((f) => f.victim));
    const untilUs = run.observedUntilUs;
    const [first] = group;
    if (first === undefined) return;
    const alarms: Window = {
      fromUs: i === 0 ? run.loadBeganUs : first.atUs,
      untilUs: groups[i + 1]?.[0]?.atUs ?? untilUs,
    };
    detection[first.kind] = detectionOf(group, watchers, dead, alarms, untilUs);
    repairs[first.kind] = repairOf(group, watchers, dead, untilUs);
  });
  const both = [repairs.crash, repairs.hang].filter((r) => r !== undefined && r.holders > 0);
  const worst = (read: (r: { p50: number | null; max: number | null }) => number | null) =>
    both.reduce<number | null>((longest, repair, i) => {
      const ms = repair === undefined ? null : read(repair);
      if (ms === null || (i > 0 && longest === null)) return null;
      return Math.max(longest ?? 0, ms);
    }, null);
  const window: Window = { fromUs: run.loadBeganUs, untilUs: run.observedUntilUs };
  return {
    detection,
    ...(groups.length === 0 ? { calledDown: calledDownOf(watchers, run) } : {}),
    detectorQuality: {
      suspect: detectorQuality("suspect", watchers, run.faults, window),
      down: detectorQuality("down", watchers, run.faults, window),
    },
    repairMs: { ...repairs, p50: worst((r) => r.p50), max: worst((r) => r.max) },
  };
}

function summaryOf(latenciesUs: readonly number[]): LatencySummary | null {
  const recorder = new LatencyRecorder();
  for (const us of latenciesUs) recorder.record(us);
  return recorder.summary();
}
