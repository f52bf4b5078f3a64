import Table from "cli-table3";
import { catalogue } from "./catalogue.ts";
import { conditionsText } from "./conditions-text.ts";

/** Widths of the columns, characters: a terminal of 120. */
const WIDTHS = [24, 18, 40, 38] as const;

/** The table of `--scenario list`: name, whose it is, conditions, what to look at. */
export function scenarioList(): string {
  const table = new Table({
    head: ["name", "source", "conditions", "what to look at"],
    colWidths: [...WIDTHS],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { name, file } of catalogue()) {
    // A grid's name has no spaces at which it could be wrapped.
    const shown = name.replaceAll("-{", "- {");
    table.push([
      shown,
      file.source ?? "skipnet",
      conditionsText(file),
      file.look ?? file.about ?? "",
    ]);
  }
  return table.toString();
}

/** The same table as Markdown, for `docs/scenarios.md`. */
export function scenarioMarkdown(): string {
  const rows = catalogue().map(
    ({ name, file }) =>
      `| \`${name}\` | ${file.source ?? "skipnet"} | ${file.about ?? ""} | ${conditionsText(file)} | ${file.look ?? ""} |`,
  );
  return [
    "| name | source | what it is | conditions | what to look at |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
