import type { DetectorQuality } from "../results.ts";
import type { PeerEvent } from "../trace/events.ts";
import type { InjectedFault, Watcher, Window } from "./detection.ts";

/** What is taken for the detector's "no": mere suspicion, or the verdict. */
export type Level = "suspect" | "down";

interface Sums {
  watchedUs: number;
  mistakenUs: number;
  mistakes: number;
  missed: number;
  readonly detectionUs: number[];
}

/**
 * The quality of a failure detector as observed: detection time T_D, mistake recurrence time T_MR,
 * mistake duration T_M and query accuracy P_A, over all pairs of a process and a peer that it watched
 * while both lived. A mistake lasts until the peer is heard again, watched or not, or to the end.
 * Source: Chen, Toueg, Aguilera: On the Quality of Service of Failure Detectors (2002).
 */
export function detectorQuality(
  level: Level,
  watchers: readonly Watcher[],
  faults: readonly InjectedFault[],
  window: Window,
): DetectorQuality {
  const failedUs = new Map(faults.map(({ victim, atUs }) => [victim, atUs]));
  const sums: Sums = { watchedUs: 0, mistakenUs: 0, mistakes: 0, missed: 0, detectionUs: [] };
  for (const { end, peers } of watchers) {
    const untilUs = Math.min(window.untilUs, failedUs.get(end) ?? window.untilUs);
    for (const [peer, events] of byPeer(peers)) {
      if (peer === end) continue;
      follow(level, events, { fromUs: window.fromUs, untilUs }, failedUs.get(peer), sums);
    }
  }
  const { watchedUs, mistakenUs, mistakes, missed, detectionUs } = sums;
  const meanOf = (us: number, times: number): number | null =>
    times === 0 ? null : us / times / 1_000;
  return {
    watchedMs: watchedUs / 1_000,
    detected: detectionUs.length,
    missed,
    mistakes,
    detectionMs: meanOf(
      detectionUs.reduce((sum, us) => sum + us, 0),
      detectionUs.length,
    ),
    recurrenceMs: meanOf(watchedUs, mistakes),
    durationMs: meanOf(mistakenUs, mistakes),
    accuracy: watchedUs === 0 ? null : 1 - mistakenUs / watchedUs,
  };
}

function byPeer(events: readonly PeerEvent[]): Map<string, PeerEvent[]> {
  const groups = new Map<string, PeerEvent[]>();
  for (const event of events) {
    const group = groups.get(event.peer);
    if (group === undefined) groups.set(event.peer, [event]);
    else group.push(event);
  }
  return groups;
}

/** One pair, as long as both live; then, if the peer failed, how soon that was known. */
function follow(
  level: Level,
  events: readonly PeerEvent[],
  { fromUs, untilUs }: Window,
  failedUs: number | undefined,
  sums: Sums,
): void {
  const liveUntilUs = Math.min(untilUs, failedUs ?? untilUs);
  let atUs = fromUs;
  let watches = 0;
  let wrong = false;
  const advance = (us: number): void => {
    const toUs = Math.min(us, liveUntilUs);
    if (toUs <= atUs) return;
    if (watches > 0 || wrong) sums.watchedUs += toUs - atUs;
    if (wrong) sums.mistakenUs += toUs - atUs;
    atUs = toUs;
  };
  for (const event of events) {
    if (event.atUs > liveUntilUs) break;
    advance(event.atUs);
    if (event.what === "watch") watches++;
    else if (event.what === "unwatch") watches = Math.max(0, watches - 1);
    else if (event.what === "up") wrong = false;
    else if (!wrong && saysNo(level, event)) {
      wrong = true;
      if (event.atUs >= fromUs) sums.mistakes++;
    }
  }
  advance(liveUntilUs);
  if (failedUs === undefined || failedUs >= untilUs || watches === 0 || wrong) return;
  const knownUs = firstNo(level, events, failedUs, untilUs);
  if (knownUs === undefined) sums.missed++;
  else sums.detectionUs.push(knownUs - failedUs);
}

const saysNo = (level: Level, { what }: PeerEvent): boolean =>
  what === "down" || (level === "suspect" && what === "suspect");

/** When the peer was given up after it had failed; who stops watching a suspect has decided, too. */
function firstNo(
  level: Level,
  events: readonly PeerEvent[],
  failedUs: number,
  untilUs: number,
): number | undefined {
  let suspected = false;
  for (const event of events) {
    if (event.atUs < failedUs || event.atUs > untilUs) continue;
    if (saysNo(level, event) || (suspected && event.what === "unwatch")) return event.atUs;
    if (event.what === "suspect") suspected = true;
    if (event.what === "up") suspected = false;
  }
  return undefined;
}
