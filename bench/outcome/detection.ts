import type { DetectionResult, FaultKind, RepairResult } from "../results.ts";
import type { PeerEvent, SlotEvent } from "../trace/events.ts";

/** What one process saw of its peers during a run. */
export interface Watcher {
  /** `address#incarnation` of the process itself. */
  readonly end: string;
  readonly peers: readonly PeerEvent[];
  readonly slots: readonly SlotEvent[];
}

/** A fault that was injected. Times in microseconds of the clock of the run. */
export interface InjectedFault {
  readonly kind: FaultKind;
  /** `address#incarnation` of the victim. */
  readonly victim: string;
  readonly atUs: number;
}

/** Until when a fault was watched, and from when false alarms are charged to it. */
export interface Window {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** The value in the middle, where those that are missing count as longest; null: the middle is missing. */
function medianOf(seenMs: readonly number[], all: number): number | null {
  const sorted = [...seenMs].sort((a, b) => a - b);
  return sorted[Math.floor((all - 1) / 2)] ?? null;
}

/** How soon everybody who watched the victim when it failed called it down. */
export function detectionOf(
  fault: InjectedFault,
  watchers: readonly Watcher[],
  dead: ReadonlySet<string>,
  falseAlarms: Window,
  untilUs: number,
): DetectionResult {
  const living = watchers.filter(({ end }) => end !== fault.victim && !dead.has(end));
  const watching = living.filter((watcher) => watchedAt(watcher, fault));
  const seenMs = watching.flatMap((watcher) => {
    const atUs = detectedAt(watcher, fault);
    return atUs === undefined || atUs > untilUs ? [] : [(atUs - fault.atUs) / 1_000];
  });
  const all = watching.length;
  return {
    watchers: all,
    detected: seenMs.length,
    p50Ms: medianOf(seenMs, all),
    maxMs: all > 0 && seenMs.length === all ? Math.max(...seenMs) : null,
    missed: all - seenMs.length,
    falseDown: falseDowns(living, fault, dead, falseAlarms),
    observedMs: Math.max(0, untilUs - fault.atUs) / 1_000,
  };
}

function watchedAt({ peers }: Watcher, fault: InjectedFault): boolean {
  let count = 0;
  for (const event of peers) {
    if (event.atUs >= fault.atUs) break;
    if (event.peer !== fault.victim) continue;
    if (event.what === "watch") count++;
    else if (event.what === "unwatch") count = Math.max(0, count - 1);
    // A peer that is down already is no longer watched for anything.
    else if (event.what === "down") return false;
  }
  return count > 0;
}

/**
 * When the victim was called down; or given up on mere suspicion: whoever stops watching a suspect has
 * decided.
 */
function detectedAt({ peers }: Watcher, fault: InjectedFault): number | undefined {
  let suspected = false;
  for (const event of peers) {
    if (event.atUs < fault.atUs || event.peer !== fault.victim) continue;
    if (event.what === "down") return event.atUs;
    if (event.what === "suspect") suspected = true;
    if (event.what === "up") suspected = false;
    if (event.what === "unwatch" && suspected) return event.atUs;
  }
  return undefined;
}

/** Pairs of a live process and a live peer that it called down. */
function falseDowns(
  living: readonly Watcher[],
  fault: InjectedFault,
  dead: ReadonlySet<string>,
  { fromUs, untilUs }: Window,
): number {
  const alive = new Set(living.map(({ end }) => end));
  const pairs = new Set<string>();
  for (const { end, peers } of living) {
    for (const { what, peer, atUs } of peers) {
      if (what !== "down" || atUs < fromUs || atUs > untilUs) continue;
      // The victim itself is alive until its fault.
      const victimTooSoon = peer === fault.victim && atUs < fault.atUs;
      if (victimTooSoon || (alive.has(peer) && !dead.has(peer))) pairs.add(`${end} ${peer}`);
    }
  }
  return pairs.size;
}

/** How soon no table slot of those that held the victim did so any more. */
export function repairOf(
  fault: InjectedFault,
  watchers: readonly Watcher[],
  dead: ReadonlySet<string>,
  untilUs: number,
): RepairResult {
  const spans = watchers
    .filter(({ end }) => end !== fault.victim && !dead.has(end))
    .flatMap((watcher) => repairedAfter(watcher, fault, untilUs) ?? []);
  const repaired = spans.filter((ms) => ms !== Number.POSITIVE_INFINITY);
  const holders = spans.length;
  return {
    holders,
    repaired: repaired.length,
    p50: medianOf(repaired, holders),
    max: holders > 0 && repaired.length === holders ? Math.max(...repaired) : null,
    observedMs: Math.max(0, untilUs - fault.atUs) / 1_000,
  };
}

/** Undefined: it did not hold the victim. Infinity: it held it to the end. */
function repairedAfter(
  { slots }: Watcher,
  fault: InjectedFault,
  untilUs: number,
): number | undefined {
  const of = slots.filter((event) => event.node === fault.victim && event.atUs <= untilUs);
  const held = of.findLast((event) => event.atUs < fault.atUs)?.slots ?? 0;
  if (held === 0) return undefined;
  const last = of.at(-1);
  // It may come back as a hint from another node: only the last time it goes counts.
  if (last === undefined || last.slots > 0) return Number.POSITIVE_INFINITY;
  const lastHeld = of.findLastIndex((event) => event.slots > 0);
  const gone = of[lastHeld + 1];
  return gone === undefined ? Number.POSITIVE_INFINITY : (gone.atUs - fault.atUs) / 1_000;
}
