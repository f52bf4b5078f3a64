import type { ExperimentResult, FigureResult, PointRow } from "../results.ts";

/** One curve of a chart, by the values of its axis. */
export interface Curve {
  readonly label: string;
  readonly x: readonly number[];
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** What others say there. */
  readonly model: readonly (number | null)[];
  readonly paper: readonly (number | null)[];
}

/** A chart as the script of the page draws it. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly xTitle: string;
  readonly isXLogarithmic: boolean;
  readonly unit: string;
  readonly isLogarithmic: boolean;
  readonly curves: readonly Curve[];
}

/** The charts of an experiment: one a figure, where there is an axis with two values at least. */
export function chartsOf({ id, x, figures, rows }: ExperimentResult): Chart[] {
  if (x === undefined) return [];
  const labels = [...new Set(rows.map(({ label }) => label))];
  return Object.entries(figures).flatMap(([name, spec]) => {
    if (spec.undrawn === true) return [];
    const curves = labels
      .map((label) =>
        curveOf(
          label,
          rows.filter((row) => row.label === label),
          x.key,
          name,
        ),
      )
      .filter((curve) => curve.x.length > 0);
    if (!curves.some((curve) => curve.x.length > 1)) return [];
    const chart: Chart = {
      id: `chart-${id}-${name}`,
      title: spec.title,
      xTitle: x.title,
      isXLogarithmic: x.isLogarithmic === true,
      unit: spec.unit ?? "",
      isLogarithmic: spec.isLogarithmic === true,
      curves,
    };
    return [chart];
  });
}

function curveOf(label: string, rows: readonly PointRow[], key: string, name: string): Curve {
  const drawn = rows
    .flatMap((row) => {
      const figure = row.figures[name];
      const at = Number(row.point[key]);
      return figure === undefined || !Number.isFinite(at) ? [] : [{ at, figure }];
    })
    .sort((a, b) => a.at - b.at);
  const column = <T>(of: (figure: FigureResult) => T): T[] => drawn.map(({ figure }) => of(figure));
  return {
    label,
    x: drawn.map(({ at }) => at),
    mean: column(({ mean }) => mean),
    low: column(({ mean, interval }) => mean - (interval ?? 0)),
    high: column(({ mean, interval }) => mean + (interval ?? 0)),
    model: column(({ model }) => model?.value ?? null),
    paper: column(({ paper }) => paper?.value ?? null),
  };
}
