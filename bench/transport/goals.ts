import { formatBytes, formatCount, formatMs, formatNotWithin } from "../report/format.ts";
import { LAN_TRANSPORT } from "./plan.ts";
import type { CellResult, GoalResult, TransportResults, VerdictResult } from "./results.ts";

const KIB = 1_024;

type Measured = Omit<TransportResults, "goals">;

/** The cell of a contender: this part, size and window. */
export function findCell(
  { cells }: Pick<TransportResults, "cells">,
  part: CellResult["part"],
  contender: string,
  { bytes, window }: { readonly bytes: number; readonly window: number },
): CellResult | undefined {
  return cells.find(
    (cell) =>
      cell.part === part &&
      cell.contender === contender &&
      cell.bytes === bytes &&
      cell.window === window,
  );
}

const NOT_MEASURED = { measured: "not measured", met: null } as const;

/** What the transport is to reach on loopback, beside what it reached in this run. */
export function goalsOf(results: Measured): GoalResult[] {
  return [
    pingPong(results),
    pipelined(results, "raw-net"),
    pipelined(results, "udx-native"),
    rate(results, "one-way reliable messages of 64 B", "oneWay", { bytes: 64, window: 0 }, 300_000),
    rate(
      results,
      "round trips of 64 KiB, window 1",
      "roundTrips",
      { bytes: 64 * KIB, window: 1 },
      3_000,
    ),
    verdict(results, "udp", "kill", "busy", "p99", 10),
    verdict(results, "udp", "kill", "idle", "p99", 300),
    verdict(results, LAN_TRANSPORT, "stop", "idle", "p50", 1_000),
    watching(results),
    idle(results),
    falseAlarms(results),
  ];
}

function pingPong(results: Measured): GoalResult {
  const what = "round trips of 64 B, window 1: median of udp against raw dgram";
  const goal = "at most 1.25 times";
  const at = { bytes: 64, window: 1 };
  const ours = findCell(results, "roundTrips", "udp", at)?.p50Us?.median;
  const floor = findCell(results, "roundTrips", "raw-dgram", at)?.p50Us?.median;
  if (ours === undefined || floor === undefined) return { what, goal, ...NOT_MEASURED };
  const ratio = ours / floor;
  const measured = `${ratio.toFixed(2)} times (${formatMs(ours / 1_000)} against ${formatMs(floor / 1_000)})`;
  return { what, goal, measured, met: ratio <= 1.25 };
}

function pipelined(results: Measured, other: string): GoalResult {
  const what = `round trips of 64 B, window 64: udp against ${other}`;
  const goal = "more a second";
  const at = { bytes: 64, window: 64 };
  const ours = findCell(results, "roundTrips", "udp", at)?.perSecond.median;
  const theirs = findCell(results, "roundTrips", other, at)?.perSecond.median;
  if (ours === undefined || theirs === undefined) return { what, goal, ...NOT_MEASURED };
  const measured = `${formatCount(ours)} against ${formatCount(theirs)}`;
  return { what, goal, measured, met: ours > theirs };
}

function rate(
  results: Measured,
  what: string,
  part: CellResult["part"],
  at: { readonly bytes: number; readonly window: number },
  least: number,
): GoalResult {
  const goal = `at least ${formatCount(least)} a second`;
  const ours = findCell(results, part, "udp", at)?.perSecond.median;
  if (ours === undefined) return { what, goal, ...NOT_MEASURED };
  return { what, goal, measured: `${formatCount(ours)} a second`, met: ours >= least };
}

function verdict(
  { verdicts }: Measured,
  contender: string,
  fault: VerdictResult["fault"],
  traffic: VerdictResult["traffic"],
  percentile: "p50" | "p99",
  mostMs: number,
): GoalResult {
  const how = fault === "kill" ? "process killed" : "process stopped";
  const load =
    traffic === "busy" ? "messages under way, from the first sent after" : "nothing to send";
  const what = `${contender}: ${how}, ${load}: verdict, ${percentile}`;
  const goal = `at most ${formatMs(mostMs)}`;
  const found = verdicts.find(
    (v) => v.contender === contender && v.fault === fault && v.traffic === traffic,
  );
  if (found === undefined) return { what, goal, ...NOT_MEASURED };
  const ms = (traffic === "busy" ? found.fromSendMs : found.fromFaultMs)[percentile];
  const size = `${found.watchers} verdicts on ${found.faults} faults`;
  if (ms === null) {
    return { what, goal, measured: `${formatNotWithin(found.patienceMs)} (${size})`, met: false };
  }
  return { what, goal, measured: `${formatMs(ms)} (${size})`, met: ms <= mostMs };
}

function watching({ watching: all }: Measured): GoalResult {
  const what = `${LAN_TRANSPORT}: watching a silent peer, both ways`;
  const goal = "at most 100 B/s a peer, without IP and UDP headers";
  const found = all.find(({ contender }) => contender === LAN_TRANSPORT);
  if (found === undefined) return { what, goal, ...NOT_MEASURED };
  const { bytesPerSecond, wireBytesPerSecond } = found;
  const measured = `${bytesPerSecond.toFixed(0)} B/s, ${wireBytesPerSecond.toFixed(0)} B/s with them`;
  return { what, goal, measured, met: bytesPerSecond <= 100 };
}

function idle({ idlePeers }: Measured): GoalResult {
  const what = "udp: memory of an idle peer";
  const goal = "at most 2 KiB";
  const found = idlePeers.find(({ contender }) => contender === "udp");
  if (found === undefined) return { what, goal, ...NOT_MEASURED };
  const { heapBytes, rssBytes, peers } = found;
  const measured = `${formatBytes(Math.max(0, heapBytes))} of heap, ${formatBytes(Math.max(0, rssBytes))} resident, with ${formatCount(peers)} peers`;
  return { what, goal, measured, met: heapBytes <= 2 * KIB };
}

function falseAlarms({ cells }: Measured): GoalResult {
  const what = "udp: live peers called down under load";
  const goal = "none";
  const ours = cells.filter(({ contender }) => contender.startsWith("udp"));
  if (ours.length === 0) return { what, goal, ...NOT_MEASURED };
  const downs = ours.reduce((sum, { falseDowns }) => sum + falseDowns, 0);
  const suspects = ours.reduce((sum, { suspects }) => sum + suspects, 0);
  const measured = `${downs}; suspected for a while: ${suspects}`;
  return { what, goal, measured, met: downs === 0 };
}
