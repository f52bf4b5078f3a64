import { formatCount, formatMs, formatNumber } from "../../report/format.ts";
import { cell, NONE, type ReportTable, type TableCell } from "../../report/table.ts";
import { ABLATION_BASE, ABLATIONS } from "../ablation.ts";
import { findCell } from "../goals.ts";
import type { Spread, TransportResults } from "../results.ts";
import { perSecond, range, us } from "./spread-cells.ts";

const PROPERTY_NAMES = {
  order: "order",
  duplicates: "duplicates",
  retries: "retries",
  acknowledgement: "acknowledged means",
  verdict: "verdict",
  size: "message",
  congestion: "congestion control",
  setup: "before the first message",
  encryption: "encryption",
} as const;

/** What each transport promises. */
export function propertyTable({ contenders }: TransportResults): ReportTable {
  const all = Object.values(contenders);
  const rows = Object.entries(PROPERTY_NAMES).map(([key, name]) => [
    cell(name),
    ...all.map(({ properties }) => cell(properties[key as keyof typeof PROPERTY_NAMES])),
  ]);
  return {
    id: "properties",
    title: "What each promises",
    about:
      "Ours as the transport itself declares it, the others as their documentation and sources say.",
    head: ["", ...Object.keys(contenders)],
    rows: all.length === 0 ? [] : rows,
    isText: true,
  };
}

const ABLATION_CELLS = [
  { bytes: 64, window: 1 },
  { bytes: 64, window: 64 },
  { bytes: 65_536, window: 1 },
  { bytes: 64, window: 0 },
] as const;

/** One property of udp changed at a time. */
export function ablationTable(results: TransportResults): ReportTable {
  const variants = [
    { transport: ABLATION_BASE, property: "loopback as it is", about: "" },
    ...ABLATIONS,
  ];
  const rows = variants.flatMap(({ transport, property, about }) => {
    const [single, many, large, oneWay] = ABLATION_CELLS.map((at) =>
      findCell(results, "ablation", transport, at),
    );
    if ([single, many, large, oneWay].every((one) => one === undefined)) return [];
    const count = (spread: Spread | undefined): TableCell =>
      spread === undefined ? NONE : cell(formatNumber(spread.median));
    return [
      [
        cell(property, about),
        single?.p50Us === undefined ? NONE : range(single.p50Us, us),
        single?.p99Us === undefined ? NONE : range(single.p99Us, us),
        many === undefined ? NONE : range(many.perSecond, perSecond),
        large === undefined ? NONE : range(large.perSecond, perSecond),
        oneWay === undefined ? NONE : range(oneWay.perSecond, perSecond),
        single === undefined ? NONE : cell(us(single.cpuUs.median)),
        many === undefined ? NONE : cell(us(many.cpuUs.median)),
        count(single?.datagramsPerMessage),
        count(many?.datagramsPerMessage),
        count(single?.bytesPerMessage),
      ],
    ];
  });
  return {
    id: "ablation",
    title: "One property of udp changed at a time",
    about:
      "Latency on the left, what it costs on the right: processor time, datagrams and bytes of both sides for each round trip of 64 B.",
    head: [
      "",
      "64 B, p50",
      "p99",
      "window 64",
      "64 KiB",
      "one way",
      "CPU, window 1",
      "window 64",
      "datagrams, window 1",
      "window 64",
      "bytes, window 1",
    ],
    rows,
  };
}

/** One property of udp changed at a time on a path that loses, in virtual time. */
export function lossyTable({ lossyPaths }: TransportResults): ReportTable {
  const rows = lossyPaths.map((path) => [
    cell(path.property, path.about),
    cell(formatMs(path.p50Ms)),
    cell(formatMs(path.p99Ms)),
    cell(formatMs(path.p999Ms)),
    path.verdictMs === null
      ? ({ text: "> 30 s", tone: "bad" } as TableCell)
      : cell(formatMs(path.verdictMs)),
    cell(formatNumber(path.datagramsPerRoundTrip)),
    cell(formatNumber(path.bytesPerRoundTrip)),
    cell(formatCount(path.unanswered)),
  ]);
  return {
    id: "lossy",
    title: "The same on a path that loses",
    about:
      "Virtual time, the real protocol over simulated packets: round trip 50 ms, 5 % loss each way, 200 requests of 1 KiB a second; then the peer falls silent, and requests go on until it is called down. What it costs: datagrams and bytes with IP headers for each round trip, both ways.",
    head: ["", "p50", "p99", "p99.9", "verdict", "datagrams", "bytes", "unanswered"],
    rows,
  };
}
