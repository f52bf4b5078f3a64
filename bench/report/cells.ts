import type { TransportResult } from "../results.ts";
import { formatCount } from "./format.ts";
import type { Totals } from "./totals.ts";

/** Whether a cell is good news, bad news, or neither. */
export type Tone = "plain" | "bad" | "good";

export interface Cell {
  readonly text: string;
  readonly tone: Tone;
}

/** One transport, as the rows read it. */
export interface Column {
  readonly transport: TransportResult;
  readonly totals: Totals;
}

/** How one line of the side-by-side table is made. */
export interface RowDeclaration {
  readonly group: string;
  readonly label: string;
  /** What the figure is and how it was measured, in one sentence. */
  readonly about: string;
  readonly cell: (column: Column) => Cell;
}

export const plain = (text: string): Cell => ({ text, tone: "plain" });
/** Nothing to say. */
export const none: Cell = plain("–");
/** Any of these is bad news. */
export const counted = (n: number): Cell => ({
  text: formatCount(n),
  tone: n === 0 ? "plain" : "bad",
});
/** Bad news where it misses its goal. */
export const judged = (text: string, isMet: boolean): Cell => ({
  text,
  tone: isMet ? "plain" : "bad",
});
