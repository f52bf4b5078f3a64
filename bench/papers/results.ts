import type { MachineResult } from "../results.ts";
import type { Cell } from "./cell.ts";
import type { MeasuredCell } from "./cell-store.ts";
import { type Estimate, estimate } from "./estimate.ts";
import {
  type AxisSpec,
  type Experiment,
  type FigureSpec,
  type Goal,
  labelOf,
  type Point,
  type PointResult,
  type Size,
} from "./experiment.ts";
import { whereText } from "./where.ts";

/** A figure of a point, beside what others say of it. */
export interface FigureResult extends Estimate {
  readonly paper?: { readonly value: number; readonly source: string } | undefined;
  readonly model?: { readonly value: number; readonly source: string } | undefined;
}

/** A point of an experiment in `results.json`. */
export interface PointRow {
  readonly point: Point;
  readonly label: string;
  readonly figures: Readonly<Record<string, FigureResult>>;
  /** Seeds asked for. */
  readonly seedsAsked: number;
  /** Of all its cells. */
  readonly cpuMs: number;
  /** Repeats all seeds; and, where there is one, the line that repeats one. */
  readonly command: string;
  readonly seedCommand?: string | undefined;
}

/** An experiment in `results.json`. */
export interface ExperimentResult {
  readonly id: string;
  readonly title: string;
  readonly paper: string;
  readonly method: string;
  readonly x?: AxisSpec | undefined;
  readonly figures: Readonly<Record<string, FigureSpec>>;
  readonly rows: readonly PointRow[];
  readonly goals: readonly Goal[];
}

/** A cell that could not be measured. */
export interface FailedCell {
  readonly experiment: string;
  readonly point: Point;
  readonly seed: string;
  readonly why: string;
}

/** The document of `npm run bench:papers -- --json`. */
export interface PapersResults {
  readonly schema: 1;
  readonly kind: "papers";
  readonly interrupted: boolean;
  readonly size: Size;
  readonly machine: MachineResult;
  readonly cells: {
    readonly asked: number;
    readonly measured: number;
    /** Of those, measured by an earlier run of the same program. */
    readonly kept: number;
  };
  readonly failed: readonly FailedCell[];
  readonly experiments: readonly ExperimentResult[];
}

/** What the cells of the experiments say, as far as they are measured. */
export function experimentResults(
  cells: readonly Cell[],
  size: Size,
  find: (key: string) => MeasuredCell | undefined,
): ExperimentResult[] {
  const experiments = [...new Set(cells.map(({ experiment }) => experiment))];
  return experiments.map((experiment) => {
    const own = cells.filter((cell) => cell.experiment === experiment);
    const points = [...new Set(own.map(({ point }) => point))];
    const rows = points.map((point) => {
      const asked = own.filter((cell) => cell.point === point);
      const measured = asked.flatMap(({ key }) => find(key) ?? []);
      return pointRow(experiment, point, { asked: asked.length, size }, measured);
    });
    const seen: PointResult[] = rows.map(({ point, label, figures }) => {
      return { point, label, figures };
    });
    const { id, title, paper, method, x, figures } = experiment;
    return { id, title, paper, method, x, figures, rows, goals: experiment.goals?.(seen) ?? [] };
  });
}

function pointRow(
  experiment: Experiment,
  point: Point,
  { asked, size }: { readonly asked: number; readonly size: Size },
  measured: readonly MeasuredCell[],
): PointRow {
  const figures: Record<string, FigureResult> = {};
  for (const name of Object.keys(experiment.figures)) {
    const values = measured.flatMap((cell) => cell.figures[name] ?? []);
    const found = estimate(values);
    if (found !== undefined) figures[name] = { ...found, ...experiment.quoted?.(point, name) };
  }
  const where = whereText(point);
  const filter = where === "" ? "" : ` --where ${where}`;
  return {
    point,
    label: labelOf(experiment, point),
    figures,
    seedsAsked: asked,
    cpuMs: measured.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    command: `npm run bench:papers -- --only ${experiment.id}${filter} --seeds ${asked}${size === "quick" ? " --quick" : ""}`,
    seedCommand: experiment.command?.(point, "1"),
  };
}
