import { createHash } from "node:crypto";
import type { Declared } from "./catalogue.ts";
import { type Experiment, type Point, type Size, seedsOf } from "./experiment.ts";
import { experimentHash, programHash } from "./program-version.ts";

/** One run: a point of an experiment with one seed. */
export interface Cell {
  /** A hash of experiment, point, seed and program: it is measured once. */
  readonly key: string;
  readonly experiment: Experiment;
  readonly point: Point;
  readonly seed: string;
}

/** What is asked of all that there is. */
export interface CellFilter {
  readonly size: Size;
  /** Ids; left out: all. */
  readonly only?: readonly string[] | undefined;
  /** Values that parameters must have, as text. */
  readonly where?: Readonly<Record<string, string>> | undefined;
  readonly seeds?: number | undefined;
  readonly nodesMax?: number | undefined;
}

const SEEDS_WHEN_QUICK = 2;

/** The cells to measure, in the order in which they are. */
export function planCells(all: readonly Declared[], filter: CellFilter): Cell[] {
  const program = programHash();
  return all.flatMap(({ experiment, file }) => {
    if (filter.only !== undefined && !filter.only.includes(experiment.id)) return [];
    const version = experimentHash(program, file);
    const points = experiment.points(filter.size).filter((point) => isAsked(point, filter));
    return points.flatMap((point) =>
      Array.from({ length: seedCount(experiment, point, filter) }, (_, i): Cell => {
        const seed = String(i + 1);
        return { key: cellKey(experiment.id, point, seed, version), experiment, point, seed };
      }),
    );
  });
}

function isAsked(point: Point, { where = {}, nodesMax }: CellFilter): boolean {
  if (nodesMax !== undefined && Number(point["nodes"] ?? 0) > nodesMax) return false;
  return Object.entries(where).every(([key, value]) => String(point[key]) === value);
}

function seedCount(experiment: Experiment, point: Point, { seeds, size }: CellFilter): number {
  const usual = seedsOf(experiment, point);
  return seeds ?? (size === "quick" ? Math.min(usual, SEEDS_WHEN_QUICK) : usual);
}

/** The same for the same point, in whatever order its parameters stand. */
export function cellKey(experiment: string, point: Point, seed: string, version: string): string {
  const sorted = Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([experiment, sorted, seed, version]);
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

/** How much longer it takes than others: an estimate that only the remaining time is made of. */
export function weightOf({ point }: Cell): number {
  return Math.max(1, Number(point["nodes"] ?? 1));
}
