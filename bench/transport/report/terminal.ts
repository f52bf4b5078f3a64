import { textTable } from "../../report/text-table.ts";
import type { TransportResults } from "../results.ts";
import { reportTables } from "./tables.ts";

/** The tables for a terminal. `color` marks good and bad news; without it the text is the same. */
export function transportTables(results: TransportResults, color: boolean): string {
  const tables = reportTables(results).filter(({ id }) => id !== "properties");
  return tables.map((table) => textTable(table, color)).join("\n\n");
}
