import type { Estimate } from "./estimate.ts";

/** What one cell is about: the parameters of the experiment. `nodes`, where there is one, is the size. */
export type Point = Readonly<Record<string, number | string | boolean>>;

/** What a cell measured, by the names that the experiment declares. What was not measured is left out. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Where a figure beside ours comes from: recalled from the paper and sure, fairly sure or unsure
 * (`M-high`, `M-med`, `M-low`); computed with a structural model (`C`); derived by hand (`D`); read in
 * a source (`S`).
 */
export type Provenance = "M-high" | "M-med" | "M-low" | "C" | "D" | "S";

/** A figure that is not ours. */
export interface Quoted {
  readonly value: number;
  readonly source: Provenance;
}

/** What stands beside our figure. */
export interface References {
  /** As the paper has it. */
  readonly paper?: Quoted | undefined;
  /** As a structural model of the same algorithm has it. */
  readonly model?: Quoted | undefined;
}

/** One kind of number that cells give. */
export interface FigureSpec {
  readonly title: string;
  /** As `ms`, `%`; left out: a plain number. */
  readonly unit?: string | undefined;
  /** In a table alone: nothing to draw. */
  readonly undrawn?: boolean | undefined;
  /** The figure spans decades: its axis is logarithmic. */
  readonly isLogarithmic?: boolean | undefined;
}

/** The parameter on the horizontal axis. */
export interface AxisSpec {
  readonly key: string;
  readonly title: string;
  readonly isLogarithmic?: boolean | undefined;
}

/** All cells of one point. */
export interface PointResult<P extends Point = Point> {
  readonly point: P;
  /** Names the row, and the curve that it is on. */
  readonly label: string;
  readonly figures: Readonly<Record<string, Estimate>>;
}

/** What was to be reached, beside what was. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** `null`: not measured in this run. */
  readonly met: boolean | null;
}

/** `quick`: small and few, to see whether it works; no figure to quote. */
export type Size = "full" | "quick";

/**
 * One table or figure of a paper, measured again. A cell is a point and a seed; it runs alone in a
 * process, and the same cell gives the same figures.
 */
export interface Experiment<P extends Point = Point> {
  /** As the tables call it: `T1`; letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** What the paper says, and which paper. */
  readonly paper: string;
  /** How it is measured here, and in what that differs. */
  readonly method: string;
  readonly figures: Readonly<Record<string, FigureSpec>>;
  /** Left out: bars instead of curves. */
  readonly x?: AxisSpec | undefined;
  points(size: Size): readonly P[];
  /** Left out: ten, three above 100,000 nodes. */
  seeds?(point: P): number;
  /** Left out: all parameters but the one on the axis. */
  label?(point: P): string;
  /** Seeds are "1", "2" and so on. */
  run(point: P, seed: string): Promise<Figures>;
  quoted?(point: P, figure: string): References | undefined;
  goals?(results: readonly PointResult<P>[]): readonly Goal[];
  /** A `skipnet sim` line that repeats one cell. */
  command?(point: P, seed: string): string | undefined;
}

/** An experiment whose points have a type of their own, as the frame takes it. */
export function defineExperiment<P extends Point>(experiment: Experiment<P>): Experiment {
  // Only points that the experiment itself made come back to it.
  return experiment as unknown as Experiment;
}

const SEEDS = 10;
const SEEDS_OF_MANY = 3;
const MANY_NODES = 100_000;

/** How many seeds a point gets when nobody says otherwise. */
export function seedsOf(experiment: Experiment, point: Point): number {
  if (experiment.seeds !== undefined) return experiment.seeds(point);
  return Number(point["nodes"] ?? 0) > MANY_NODES ? SEEDS_OF_MANY : SEEDS;
}

/** The name of a point's row and curve. */
export function labelOf(experiment: Experiment, point: Point): string {
  if (experiment.label !== undefined) return experiment.label(point);
  const others = Object.entries(point).filter(([key]) => key !== experiment.x?.key);
  return others.map(([key, value]) => `${key} ${String(value)}`).join(", ") || experiment.title;
}
