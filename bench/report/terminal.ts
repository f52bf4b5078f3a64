import Table from "cli-table3";
import type { Results } from "../results.ts";
import { leftOutByCause } from "./left-out.ts";
import { type Row, tableRows } from "./rows.ts";

/** No lines, two spaces between columns. */
export const TABLE_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/**
 * The table for a terminal: one column a transport. `color` marks bad news red; without it the
 * text is the same.
 */
export function terminalTable(results: Results, color: boolean): string {
  const names = Object.keys(results.transports);
  const bold = color ? (text: string) => `\u001b[1m${text}\u001b[22m` : (text: string) => text;
  const red = color ? (text: string) => `\u001b[31m${text}\u001b[39m` : (text: string) => text;
  const table = new Table({
    chars: TABLE_BORDERS,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns: ["left", ...names.map(() => "right" as const)],
  });
  table.push(["", ...names.map(bold)]);
  table.push(["network", ...Object.values(results.transports).map((t) => t.network)]);
  table.push([
    "nodes + clients",
    ...Object.values(results.transports).map((t) => `${t.nodes} + ${t.clients}`),
  ]);
  let group = "";
  for (const row of tableRows(results)) {
    if (row.group !== group) {
      group = row.group;
      table.push([{ content: "", colSpan: names.length + 1 }]);
      table.push([{ content: bold(group), colSpan: names.length + 1 }]);
    }
    table.push([`  ${row.label}`, ...row.cells.map((cell) => paint(cell, red))]);
  }
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return [...lines, ...causes(results, red)].join("\n");
}

function paint(cell: Row["cells"][number], red: (text: string) => string): string {
  return cell.tone === "bad" ? red(cell.text) : cell.text;
}

/** Why a column is not to be trusted, spelt out below the table. */
function causes(results: Results, red: (text: string) => string): string[] {
  const lines = Object.entries(results.transports).flatMap(([name, transport]) => [
    ...transport.invalid.map((cause) => red(`${name} is invalid: ${cause}`)),
    ...(transport.interrupted
      ? [red(`${name} was interrupted after ${Math.round(transport.elapsedMs / 1_000)} s`)]
      : []),
  ]);
  for (const { names, why } of leftOutByCause(results)) {
    lines.push(`${names.join(", ")} ${names.length === 1 ? "is" : "are"} left out: ${why}`);
  }
  return lines.length === 0 ? [] : ["", ...lines];
}
