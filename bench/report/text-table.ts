import Table from "cli-table3";
import type { ReportTable, TableCell } from "./table.ts";
import { TABLE_BORDERS } from "./terminal.ts";

/** A table for a terminal. `color` marks good and bad news; without it the text is the same. */
export function textTable({ title, head, rows, isText }: ReportTable, color: boolean): string {
  const bold = (text: string): string => (color ? `\u001b[1m${text}\u001b[22m` : text);
  const paint = ({ text, note, tone }: TableCell): string => {
    const code = tone === "bad" ? 31 : tone === "good" ? 32 : undefined;
    const shown = code === undefined || !color ? text : `\u001b[${code}m${text}\u001b[39m`;
    return note === undefined || note === "" ? shown : `${shown} (${note})`;
  };
  const side = isText === true ? "left" : "right";
  const table = new Table({
    chars: TABLE_BORDERS,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns: ["left", ...head.slice(1).map(() => side as "left" | "right")],
  });
  table.push(head.map((text, i) => bold(i === 0 ? title : text)));
  for (const row of rows) table.push(row.map(paint));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
