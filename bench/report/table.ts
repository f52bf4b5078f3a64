/** One table of the report, the same on a terminal and on the page. */
export interface ReportTable {
  readonly id: string;
  readonly title: string;
  /** How to read it. */
  readonly about: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly TableCell[])[];
  /** On the page alone: its cells are sentences. */
  readonly isText?: boolean | undefined;
}

export interface TableCell {
  readonly text: string;
  /** The spread of the runs, or what the figure is relative to. */
  readonly note?: string | undefined;
  readonly tone?: "good" | "bad" | undefined;
}

/** It cannot, or was not measured. */
export const NONE: TableCell = { text: "–" };
export const cell = (text: string, note?: string): TableCell => ({ text, note });
