import type { DetectionResult, FaultKind, RepairResult } from "../results.ts";
import type { PeerEvent } from "../trace/events.ts";

/**
 * What one process saw of its peers during a run. The overlay watches a node as long as a table of
 * its own holds it, so what is watched is what the tables hold.
 */
export interface Watcher {
  /** `address#incarnation` of the process itself. */
  readonly end: string;
  readonly peers: readonly PeerEvent[];
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

/** How soon everybody who watched a victim of this kind of fault when it failed called it down. */
export function detectionOf(
  faults: readonly InjectedFault[],
  watchers: readonly Watcher[],
  dead: ReadonlySet<string>,
  falseAlarms: Window,
  untilUs: number,
): DetectionResult {
  const living = survivors(watchers, faults, dead);
  const watching = faults.flatMap((fault) =>
    living.filter((watcher) => watchedAt(watcher, fault)).map((watcher) => ({ watcher, fault })),
  );
  const seenMs = watching.flatMap(({ watcher, fault }) => {
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
    falseDown: falseDowns(living, faults, dead, falseAlarms).length,
    observedMs: observedMs(faults, untilUs),
  };
}

function survivors(
  watchers: readonly Watcher[],
  faults: readonly InjectedFault[],
  dead: ReadonlySet<string>,
): Watcher[] {
  const victims = new Set(faults.map(({ victim }) => victim));
  return watchers.filter(({ end }) => !victims.has(end) && !dead.has(end));
}

/** From the last of these faults: whatever was not seen took longer than this. */
function observedMs(faults: readonly InjectedFault[], untilUs: number): number {
  return Math.max(0, untilUs - Math.max(...faults.map(({ atUs }) => atUs))) / 1_000;
}

/** The watch counts of one peer after each of its changes. */
function watchCounts({ peers }: Watcher, peer: string): { atUs: number; count: number }[] {
  let count = 0;
  return peers.flatMap((event) => {
    if (event.peer !== peer || (event.what !== "watch" && event.what !== "unwatch")) return [];
    count = Math.max(0, count + (event.what === "watch" ? 1 : -1));
    return [{ atUs: event.atUs, count }];
  });
}

function holdsAt(watcher: Watcher, fault: InjectedFault): boolean {
  const before = watchCounts(watcher, fault.victim).findLast(({ atUs }) => atUs < fault.atUs);
  return before !== undefined && before.count > 0;
}

/** Who had called it down before the fault was wrong, and is no longer a watcher that can be right. */
function watchedAt(watcher: Watcher, fault: InjectedFault): boolean {
  const { peers } = watcher;
  const calledDown = peers.some(
    ({ what, peer, atUs }) => what === "down" && peer === fault.victim && atUs < fault.atUs,
  );
  return !calledDown && holdsAt(watcher, fault);
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
export function falseDowns(
  living: readonly Watcher[],
  faults: readonly InjectedFault[],
  dead: ReadonlySet<string>,
  { fromUs, untilUs }: Window,
): { readonly by: string; readonly peer: string }[] {
  const alive = new Set(living.map(({ end }) => end));
  const diesAt = new Map(faults.map(({ victim, atUs }) => [victim, atUs]));
  const pairs = new Map<string, { by: string; peer: string }>();
  for (const { end, peers } of living) {
    for (const { what, peer, atUs } of peers) {
      if (what !== "down" || atUs < fromUs || atUs > untilUs) continue;
      // A victim itself is alive until its fault.
      const victimTooSoon = atUs < (diesAt.get(peer) ?? 0);
      if (!victimTooSoon && (!alive.has(peer) || dead.has(peer))) continue;
      pairs.set(`${end} ${peer}`, { by: end, peer });
    }
  }
  return [...pairs.values()];
}

/** How soon no table of those that held a victim did so any more. */
export function repairOf(
  faults: readonly InjectedFault[],
  watchers: readonly Watcher[],
  dead: ReadonlySet<string>,
  untilUs: number,
): RepairResult {
  const living = survivors(watchers, faults, dead);
  const holding = faults.flatMap((fault) =>
    living.filter((watcher) => holdsAt(watcher, fault)).map((watcher) => ({ watcher, fault })),
  );
  const repairedMs = holding.flatMap(({ watcher, fault }) => {
    const atUs = repairedAt(watcher, fault, untilUs);
    return atUs === undefined ? [] : [(atUs - fault.atUs) / 1_000];
  });
  const holders = holding.length;
  return {
    holders,
    repaired: repairedMs.length,
    p50: medianOf(repairedMs, holders),
    max: holders > 0 && repairedMs.length === holders ? Math.max(...repairedMs) : null,
    observedMs: observedMs(faults, untilUs),
  };
}

/** It may come back as a hint from another node: only the last time it goes counts. */
function repairedAt(watcher: Watcher, fault: InjectedFault, untilUs: number): number | undefined {
  const counts = watchCounts(watcher, fault.victim).filter(({ atUs }) => atUs <= untilUs);
  const last = counts.at(-1);
  return last !== undefined && last.count === 0 ? last.atUs : undefined;
}
