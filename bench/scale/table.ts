import { cell, type ReportTable } from "../report/table.ts";
import type { ScaleResults } from "./results.ts";

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** One row a size. */
export function scaleTable({ cells }: ScaleResults): ReportTable {
  return {
    id: "sizes",
    title: "What a run costs, by its size",
    about: "",
    head: [
      "nodes",
      "CPU",
      "wall",
      "messages",
      "a CPU second",
      "messages a join",
      "peak memory",
      "bytes a node, program apart",
      "hops, mean",
    ],
    rows: cells.map((one) => [
      cell(whole(one.nodes)),
      cell(`${one.cpuS.toFixed(1)} s`),
      cell(`${one.wallS.toFixed(1)} s`),
      cell(whole(one.messages)),
      cell(whole(one.messages / one.cpuS)),
      cell((one.joinMessages / Math.max(1, one.nodes - 1)).toFixed(1)),
      cell(`${whole(one.peakBytes / 1e6)} MB`),
      cell(whole((one.peakBytes - one.startBytes) / one.nodes)),
      cell(one.hopsMean.toFixed(2)),
    ]),
  };
}
