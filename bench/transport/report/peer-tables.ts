import { formatBytes, formatCount, formatMs, formatNotWithin } from "../../report/format.ts";
import { cell, NONE, type ReportTable, type TableCell } from "../../report/table.ts";
import type { TransportResults, VerdictResult } from "../results.ts";
import { us } from "./spread-cells.ts";

const FAULT_NAMES: Readonly<Record<VerdictResult["fault"], string>> = {
  kill: "killed",
  stop: "stopped",
};

/** What happened to the other process. */
export function faultTitle({ fault, traffic }: VerdictResult): string {
  return `${FAULT_NAMES[fault]}, ${traffic === "busy" ? "messages under way" : "nothing sent"}`;
}

/** Until a dead peer is called down, a line for each transport and fault. */
export function verdictTable({ verdicts }: TransportResults): ReportTable {
  const rows = verdicts.map((verdict) => {
    const { contender, patienceMs, fromFaultMs, fromSendMs, fromEndMs, suspectMs } = verdict;
    const ms = (value: number | null, unseen: string): TableCell =>
      value === null
        ? { text: unseen, tone: unseen === "–" ? undefined : "bad" }
        : cell(formatMs(value));
    const late = formatNotWithin(patienceMs);
    return [
      cell(`${contender}: ${faultTitle(verdict)}`),
      ms(fromSendMs.p50, late),
      ms(fromSendMs.p99, late),
      ms(fromFaultMs.p50, late),
      ms(fromFaultMs.max, late),
      ms(fromEndMs.p99, "–"),
      ms(suspectMs.p50, "–"),
      cell(
        `${verdict.watchers - verdict.missed} of ${verdict.watchers}`,
        `${verdict.faults} faults`,
      ),
    ];
  });
  return {
    id: "verdicts",
    title: "Until a dead peer is called down",
    about:
      "From the first message sent after the fault (where none was needed, from the fault), from the fault, and from the end of a killed process as its parent hears of it: the kernel takes milliseconds to end one, and answers for it only then. Those that never knew count as longest.",
    head: [
      "",
      "after send, p50",
      "p99",
      "after fault, p50",
      "max",
      "after its end, p99",
      "suspect, p50",
      "verdicts",
    ],
    rows,
  };
}

/** First contact, memory of an idle peer, what watching costs. */
export function peerTable(results: TransportResults): ReportTable {
  const names = [
    ...new Set([...Object.keys(results.contenders), ...results.watching.map((w) => w.contender)]),
  ];
  const rows = names.flatMap((name) => {
    const first = results.firstContacts.find(({ contender }) => contender === name);
    const idle = results.idlePeers.find(({ contender }) => contender === name);
    const watching = results.watching.find(({ contender }) => contender === name);
    if (first === undefined && idle === undefined && watching === undefined) return [];
    return [
      [
        cell(name),
        first === undefined ? NONE : cell(us(first.p50Us), `p99 ${us(first.p99Us)}`),
        idle === undefined
          ? NONE
          : cell(
              formatBytes(Math.max(0, idle.heapBytes)),
              `${formatBytes(Math.max(0, idle.rssBytes))} resident, ${formatCount(idle.peers)} peers`,
            ),
        watching === undefined
          ? NONE
          : cell(
              `${watching.bytesPerSecond.toFixed(0)} B/s`,
              `${watching.wireBytesPerSecond.toFixed(0)} B/s with headers, ${watching.datagramsPerSecond.toFixed(1)} datagrams/s`,
            ),
      ],
    ];
  });
  return {
    id: "peers",
    title: "What a peer costs",
    about:
      "From wanting to talk to an address never spoken to until the first answer; memory of a silent peer in the process that it is connected to; bytes both ways for watching one silent peer.",
    head: ["", "first contact, p50", "memory of an idle peer", "watching"],
    rows,
  };
}
