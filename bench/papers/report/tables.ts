import { formatMs } from "../../report/format.ts";
import { cell, NONE, type ReportTable, type TableCell } from "../../report/table.ts";
import type { FigureSpec } from "../experiment.ts";
import type { ExperimentResult, FigureResult, PapersResults, PointRow } from "../results.ts";

/** So many decimals that two digits of the error are seen; without one, three digits of the value. */
function decimalsFor(value: number, error: number | null): number {
  const isExact = error === null || error === 0;
  if (isExact && value === 0) return 0;
  const finest = isExact
    ? Math.floor(Math.log10(Math.abs(value))) - 2
    : Math.floor(Math.log10(error)) - 1;
  return Math.min(6, Math.max(0, -finest));
}

const grouped = (whole: string): string => whole.replace(/\B(?=(\d{3})+$)/g, " ");

/** Another's figure: as it was given, four digits of what was computed. */
export function formatQuoted(value: number): string {
  const shown = Number.isInteger(value) ? value : Number(value.toPrecision(4));
  const [whole, fraction] = String(shown).split(".");
  return fraction === undefined ? grouped(whole as string) : `${whole}.${fraction}`;
}

/** A number with its error's precision, thin groups of three before the point. */
export function formatFigure(value: number, error: number | null = null): string {
  const [whole, fraction] = value.toFixed(decimalsFor(value, error)).split(".");
  return fraction === undefined
    ? grouped(whole as string)
    : `${grouped(whole as string)}.${fraction}`;
}

/** `12.75 ± 0.04 hops`. */
export function ours({ mean, interval }: FigureResult, { unit }: FigureSpec): string {
  const error = interval === null ? "" : ` ± ${formatFigure(interval, interval)}`;
  return `${formatFigure(mean, interval)}${error}${unit === undefined ? "" : ` ${unit}`}`;
}

function quoted(other: FigureResult["paper"], mean: number): TableCell {
  if (other === undefined) return NONE;
  const { value, source } = other;
  const off = value === 0 ? "" : `, ours ${signed((mean / value - 1) * 100)} %`;
  return cell(formatQuoted(value), `[${source}]${off}`);
}

const signed = (percent: number): string =>
  `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)}`;

function figureRow(
  row: PointRow,
  x: ExperimentResult["x"],
  name: string,
  spec: FigureSpec,
): TableCell[] {
  const figure = row.figures[name];
  const at = x === undefined ? [] : [cell(String(row.point[x.key] ?? "–"))];
  if (figure === undefined) return [cell(row.label), ...at, NONE, NONE, NONE, NONE, NONE];
  const { standardError, seeds, mean } = figure;
  const isWhole = seeds === row.seedsAsked;
  return [
    cell(row.label),
    ...at,
    quoted(figure.paper, mean),
    quoted(figure.model, mean),
    cell(ours(figure, spec)),
    standardError === null ? NONE : cell(formatFigure(standardError, standardError)),
    cell(String(seeds), isWhole ? undefined : `of ${row.seedsAsked}`),
  ];
}

/** One table a figure of an experiment: a line a point, ours beside what others say. */
export function figureTables({ id, x, figures, rows }: ExperimentResult): ReportTable[] {
  return Object.entries(figures).map(([name, spec]) => ({
    id: `${id}-${name}`,
    title: spec.title,
    about: "",
    head: [
      "",
      ...(x === undefined ? [] : [x.title]),
      "paper",
      "structural model",
      "ours, mean ± 95 %",
      "standard error",
      "seeds",
    ],
    rows: rows
      .filter((row) => row.figures[name] !== undefined)
      .map((row) => figureRow(row, x, name, spec)),
  }));
}

/** What was to be reached, of all experiments; without lines where nothing was. */
export function goalsTable({ experiments }: PapersResults): ReportTable {
  return {
    id: "goals",
    title: "Goals",
    about: "What the experiments are to show, beside what they showed in this run.",
    head: ["goal", "to reach", "measured", "met"],
    rows: experiments.flatMap(({ id, goals }) =>
      goals.map(({ what, goal, measured, met }) => [
        cell(`${id}: ${what}`),
        cell(goal),
        cell(measured),
        metCell(met),
      ]),
    ),
  };
}

function metCell(met: boolean | null): TableCell {
  if (met === null) return NONE;
  return met ? { text: "yes", tone: "good" } : { text: "no", tone: "bad" };
}

/** What repeats each line of an experiment, and what it cost. */
export function repeatTable({ id, x, rows }: ExperimentResult): ReportTable {
  return {
    id: `${id}-repeat`,
    title: "Repeat it",
    about: "",
    isText: true,
    head: ["", "all seeds", "the first seed alone", "processor time"],
    rows: rows.map((row) => {
      const at = x === undefined ? undefined : `${x.title} ${String(row.point[x.key] ?? "–")}`;
      return [
        cell(row.label, at),
        cell(row.command),
        row.seedCommand === undefined ? NONE : cell(row.seedCommand),
        cell(formatMs(row.cpuMs)),
      ];
    }),
  };
}

/** Cells that could not be measured. */
export function failureTable({ failed }: PapersResults): ReportTable {
  return {
    id: "failed",
    title: "Not measured",
    about: "These cells failed; the next run tries them again.",
    isText: true,
    head: ["experiment", "point", "seed", "why"],
    rows: failed.map(({ experiment, point, seed, why }) => [
      cell(experiment),
      cell(JSON.stringify(point)),
      cell(seed),
      cell(why.split("\n")[0] ?? why),
    ]),
  };
}
