import type { DetectionResult, RepairResult, Results } from "../results.ts";
import { type Cell, type Column, counted, none, plain, type RowDeclaration } from "./cells.ts";
import { formatBytes, formatCount, formatMs, formatNotWithin, formatNumber } from "./format.ts";
import { CALLED_DOWN_ROWS, HASH_ROW, PACKET_ROWS } from "./network-rows.ts";
import { QUALITY_FIGURES } from "./quality-figures.ts";
import { SIZE_ROWS } from "./size-rows.ts";
import { type Totals, totalsOf } from "./totals.ts";

/** One line of the side-by-side table. */
export interface Row {
  readonly group: string;
  readonly label: string;
  /** What the figure is and how it was measured, in one sentence. */
  readonly about: string;
  readonly cells: readonly Cell[];
}

const latency = (label: string, percentile: number): RowDeclaration => ({
  group: "Latency",
  label,
  about: "Of operations done, counted from the moment the schedule intended, not from the send.",
  cell: ({ totals }) =>
    totals.latency.count === 0
      ? none
      : plain(formatMs(totals.latency.percentileUs(percentile) / 1_000)),
});

const seen = (ms: number | null, observedMs: number): Cell =>
  ms === null ? { text: formatNotWithin(observedMs), tone: "bad" } : plain(formatMs(ms));

function detection(fault: "crash" | "hang"): RowDeclaration[] {
  const of = (read: (d: DetectionResult) => Cell) => {
    return ({ transport }: Column): Cell => {
      const found = transport.detection[fault];
      return found === undefined || found.watchers === 0 ? none : read(found);
    };
  };
  const group = fault === "crash" ? "Node crash (SIGKILL)" : "Node hang (SIGSTOP)";
  const about = "From the fault until a node that watched the victim called it down.";
  return [
    { group, label: "detected, p50", about, cell: of((d) => seen(d.p50Ms, d.observedMs)) },
    { group, label: "detected, max", about, cell: of((d) => seen(d.maxMs, d.observedMs)) },
    {
      group,
      label: "watchers that saw it",
      about: "Of all nodes that watched the victim when it died.",
      cell: of((d) => ({
        text: `${d.detected} of ${d.watchers}`,
        tone: d.missed === 0 ? "plain" : "bad",
      })),
    },
    {
      group,
      label: "live nodes called dead",
      about: "False alarms after the fault, until the next one or the end.",
      cell: of((d) => counted(d.falseDown)),
    },
    ...repair(fault, group),
  ];
}

function repair(fault: "crash" | "hang", group: string): RowDeclaration[] {
  const about = "From the fault until no table slot of a node holds the victim any more.";
  const of = (read: (r: RepairResult) => Cell) => {
    return ({ transport }: Column): Cell => {
      const found = transport.repairMs[fault];
      return found === undefined || found.holders === 0 ? none : read(found);
    };
  };
  return [
    { group, label: "tables repaired, p50", about, cell: of((r) => seen(r.p50, r.observedMs)) },
    { group, label: "tables repaired, max", about, cell: of((r) => seen(r.max, r.observedMs)) },
  ];
}

/** Both judgements of the failure detector side by side. */
const QUALITY: readonly RowDeclaration[] = QUALITY_FIGURES.map(({ label, about, show }) => ({
  group: "Failure detector, suspect / down",
  label,
  about,
  cell: ({ transport: { detectorQuality: found } }) =>
    found === undefined ? none : plain(`${show(found.suspect)} / ${show(found.down)}`),
}));

const perOperation = (amount: number, totals: Totals): number =>
  totals.started === 0 ? 0 : amount / totals.started;

const OPERATIONS: readonly RowDeclaration[] = [
  {
    group: "Operations",
    label: "done",
    about: "Ended in a definite result, as the service promises it.",
    cell: ({ totals }) => plain(formatCount(totals.done)),
  },
  {
    group: "Operations",
    label: "failed",
    about: "Certainly not done, and said so.",
    cell: ({ totals }) => counted(totals.failed),
  },
  {
    group: "Operations",
    label: "uncertain",
    about: "Time was up; they may or may not have been done.",
    cell: ({ totals }) => counted(totals.uncertain),
  },
  {
    group: "Operations",
    label: "pending at the end",
    about: "Still open after every deadline had passed.",
    cell: ({ totals }) => counted(totals.pendingAtEnd),
  },
];

const FAILURE_AND_PATH: readonly RowDeclaration[] = [
  {
    group: "Latency",
    label: "time to failure, p50 / max",
    about: "How long it took to learn that an operation failed or is uncertain.",
    cell: ({ totals: { failure } }) =>
      failure.count === 0
        ? none
        : plain(
            `${formatMs(failure.percentileUs(50) / 1_000)} / ${formatMs(failure.percentileUs(100) / 1_000)}`,
          ),
  },
  {
    group: "Path",
    label: "hops, mean / max",
    about: "Overlay hops of the routed requests.",
    cell: ({ transport: { hops } }) => plain(`${formatNumber(hops.mean)} / ${hops.max}`),
  },
  {
    group: "Path",
    label: "operations retried",
    about: "Operations that needed more than one try, each over another route.",
    cell: ({ transport: { retries } }) =>
      plain(
        formatCount(Object.entries(retries).reduce((sum, [n, c]) => sum + (n === "0" ? 0 : c), 0)),
      ),
  },
  {
    group: "Wire",
    label: "messages an operation",
    about: "Of all processes, background traffic included.",
    cell: ({ transport, totals }) =>
      plain(formatNumber(perOperation(transport.wire.messages, totals))),
  },
  {
    group: "Wire",
    label: "bytes an operation",
    about: "Everything handed to the network: headers, acknowledgements, probes, retransmissions.",
    cell: ({ transport, totals }) => plain(formatBytes(perOperation(transport.wire.bytes, totals))),
  },
  ...(["first", "later"] as const).map(
    (which): RowDeclaration => ({
      group: "Wire",
      label: which === "first" ? "first contact, p50" : "later exchanges, p50",
      about: "From a send to the verdict delivered: the first to a peer, and all others.",
      cell: ({ transport }) => {
        const found = transport.firstContactMs[which];
        return found === null ? none : plain(formatMs(found.p50));
      },
    }),
  ),
  {
    group: "Wire",
    label: "held up behind others, p50 / p99",
    about:
      "From a send to its acknowledgement, beyond the shortest round trip to the peer: in queues, or behind the repair of a loss.",
    cell: ({ transport: { wire } }) =>
      wire.heldUpMs === undefined
        ? none
        : plain(`${formatMs(wire.heldUpMs.p50)} / ${formatMs(wire.heldUpMs.p99)}`),
  },
];

const OUTCOME: readonly RowDeclaration[] = [
  {
    group: "Outcome",
    label: "longest gap in success",
    about: "Longest time in which no operation anywhere was done.",
    cell: ({ transport }) =>
      transport.serviceGapMs === null ? none : plain(formatMs(transport.serviceGapMs)),
  },
  {
    group: "Outcome",
    label: "writes lost",
    about: "Acknowledged, and not there when every name was read back.",
    cell: ({ transport }) => counted(transport.lostWrites),
  },
  {
    group: "Outcome",
    label: "writes doubled",
    about: "Carried out more than once, or listed twice.",
    cell: ({ transport }) => counted(transport.doubledWrites),
  },
  {
    group: "Outcome",
    label: "names not read back",
    about: "No answer before the read-back ended: nothing is known about their writes.",
    cell: ({ transport: { readBack } }) =>
      readBack === undefined ? none : counted(readBack.unread),
  },
  {
    group: "Outcome",
    label: "valid",
    about: "Whether the harness itself kept up.",
    cell: ({ transport: { invalid, interrupted } }) =>
      invalid.length > 0
        ? { text: "INVALID", tone: "bad" }
        : interrupted
          ? { text: "cut short", tone: "bad" }
          : { text: "yes", tone: "good" },
  },
];

const DECLARATIONS: readonly RowDeclaration[] = [
  ...OPERATIONS,
  latency("p50", 50),
  latency("p90", 90),
  latency("p99", 99),
  latency("p99.9", 99.9),
  latency("max", 100),
  ...FAILURE_AND_PATH,
  ...SIZE_ROWS,
  ...detection("crash"),
  ...detection("hang"),
  ...PACKET_ROWS,
  ...CALLED_DOWN_ROWS,
  ...QUALITY,
  {
    group: "Failure detector, suspect / down",
    label: "called down, and proved to live",
    about: "False alarms as the transports themselves counted them.",
    cell: ({ transport: { wire } }) =>
      wire.revived === undefined ? none : plain(formatCount(wire.revived)),
  },
  ...OUTCOME,
  HASH_ROW,
];

/** The side-by-side table, the same on the terminal and in the page; rows that no column fills are left out. */
export function tableRows(results: Results): readonly Row[] {
  const columns = Object.values(results.transports).map((transport) => ({
    transport,
    totals: totalsOf(transport),
  }));
  return DECLARATIONS.map(({ group, label, about, cell }) => ({
    group,
    label,
    about,
    cells: columns.map(cell),
  })).filter((row) => row.cells.some((cell) => cell !== none));
}
