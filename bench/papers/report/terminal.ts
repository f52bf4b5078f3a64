import { textTable } from "../../report/text-table.ts";
import type { ExperimentResult, PapersResults } from "../results.ts";
import { failureTable, figureTables, goalsTable } from "./tables.ts";

/** Everything for a terminal, but for the commands of single lines: those are on the page. */
export function papersTables(results: PapersResults, color: boolean): string {
  const bold = (text: string): string => (color ? `\u001b[1m${text}\u001b[22m` : text);
  const parts = results.experiments.map((experiment) => {
    const tables = figureTables(experiment)
      .filter(({ rows }) => rows.length > 0)
      .map((table) => textTable(table, color));
    const head = bold(`${experiment.id}  ${experiment.title}`);
    return [head, `${experiment.paper}\n`, tables.join("\n\n"), repeat(experiment, results)].join(
      "\n",
    );
  });
  const last = [goalsTable(results), failureTable(results)]
    .filter(({ rows }) => rows.length > 0)
    .map((table) => textTable(table, color));
  return [...parts, ...last].join("\n\n");
}

function repeat({ id }: ExperimentResult, { size }: PapersResults): string {
  return `\nrepeat: npm run bench:papers -- --only ${id}${size === "quick" ? " --quick" : ""}`;
}
