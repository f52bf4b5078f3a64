import { formatBytes, formatCount } from "../../report/format.ts";
import { cell, NONE, type ReportTable, type TableCell } from "../../report/table.ts";
import { findCell } from "../goals.ts";
import type { CellResult, TransportResults } from "../results.ts";
import { peerTable, verdictTable } from "./peer-tables.ts";
import { ablationTable, lossyTable, propertyTable } from "./property-tables.ts";
import { megabytes, perSecond, range, us } from "./spread-cells.ts";

/** All tables of a report, those without rows left out. */
export function reportTables(results: TransportResults): ReportTable[] {
  return [
    goalTable(results),
    cellTable(results),
    cpuTable(results),
    verdictTable(results),
    peerTable(results),
    propertyTable(results),
    ablationTable(results),
    lossyTable(results),
    skippedTable(results),
  ].filter(({ rows }) => rows.length > 0);
}

function goalTable({ goals }: TransportResults): ReportTable {
  const rows = goals.map(({ what, goal, measured, met }) => [
    cell(what),
    cell(goal),
    cell(measured),
    met === null
      ? NONE
      : ({ text: met ? "✓ met" : "✗ not met", tone: met ? "good" : "bad" } as TableCell),
  ]);
  return {
    id: "goals",
    title: "Goals",
    about: "What udp is to reach on loopback, and what it reached in this run.",
    head: ["", "goal", "measured", ""],
    rows,
  };
}

/** How a cell is called. */
export function cellTitle({ part, bytes, window, ratePerSecond }: CellResult): string {
  const size = formatBytes(bytes);
  switch (part) {
    case "oneWay":
      return `one way, ${size}`;
    case "bulk":
      return `bulk, ${size}`;
    case "openLoop":
      return `${size} at ${formatCount(ratePerSecond)} a second`;
    default:
      return window === 0 ? `one way, ${size}` : `round trips, ${size}, window ${window}`;
  }
}

const cellKey = ({ part, bytes, window }: CellResult): string => `${part}/${bytes}/${window}`;

/** What was compared, each once, in the order measured. */
export function comparedCells({ cells }: TransportResults): CellResult[] {
  const seen = new Map<string, CellResult>();
  for (const one of cells) {
    if (one.part !== "ablation" && !seen.has(cellKey(one))) seen.set(cellKey(one), one);
  }
  return [...seen.values()];
}

/** The figures that a cell is about. */
function figuresOf(one: CellResult): readonly (readonly [string, TableCell])[] {
  if (one.part === "bulk") return [["", range(one.megabytesPerSecond, megabytes)]];
  if (one.part === "oneWay") return [["", range(one.perSecond, perSecond)]];
  const latency = (
    [
      ["p50", one.p50Us],
      ["p99", one.p99Us],
    ] as const
  ).map(([name, spread]) => [name, spread === undefined ? NONE : range(spread, us)] as const);
  if (one.part !== "openLoop") return [["rate", range(one.perSecond, perSecond)], ...latency];
  return [...latency, ["p99.9", one.p999Us === undefined ? NONE : range(one.p999Us, us)]];
}

function cellTable(results: TransportResults): ReportTable {
  const names = Object.keys(results.contenders);
  const rows = comparedCells(results).flatMap((shown) => {
    const found = names.map((name) => findCell(results, shown.part, name, shown));
    const sample = found.find((one) => one !== undefined) as CellResult;
    return figuresOf(sample).map(([figure], i) => [
      cell(`${cellTitle(shown)}${figure === "" ? "" : `: ${figure}`}`),
      ...found.map((one) => {
        const value = one === undefined ? NONE : (figuresOf(one)[i]?.[1] ?? NONE);
        const bad = one !== undefined && one.unanswered + one.falseDowns > 0;
        return bad ? { ...value, tone: "bad" as const } : value;
      }),
    ]);
  });
  return {
    id: "comparison",
    title: "Side by side",
    about:
      "Medians of the runs, with the least and the most. – : it cannot (the message is too large for it). Red: messages were never answered, or a live peer was called down.",
    head: ["", ...names],
    rows,
  };
}

function cpuTable(results: TransportResults): ReportTable {
  const names = Object.keys(results.contenders);
  const rows = comparedCells(results)
    .filter(({ part }) => part !== "openLoop")
    .map((shown) => [
      cell(cellTitle(shown)),
      ...names.map((name) => {
        const one = findCell(results, shown.part, name, shown);
        if (one === undefined) return NONE;
        const halves = `${us(one.clientCpuUs.median)} + ${us(one.serverCpuUs.median)}`;
        return cell(us(one.cpuUs.median), halves);
      }),
    ]);
  return {
    id: "cpu",
    title: "Processor time a message",
    about: "Of both processes, for each round trip or message: sender and receiver.",
    head: ["", ...names],
    rows,
  };
}

function skippedTable({ skipped }: TransportResults): ReportTable {
  return {
    id: "skipped",
    title: "Left out",
    about: "What did not load here, or failed on the way.",
    head: ["", "why"],
    rows: skipped.map(({ contender, why }) => [cell(contender), cell(why)]),
    isText: true,
  };
}
