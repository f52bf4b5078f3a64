import { loadExperiments } from "./catalogue.ts";
import type { Figures, Point } from "./experiment.ts";

/** What a worker is told: a process of its own, that runs one cell after the other. */
export interface CellOrder {
  /** Of the experiments. */
  readonly folder: string;
  readonly experiment: string;
  readonly point: Point;
  readonly seed: string;
}

/** What it answers. */
export type CellReply =
  | { readonly figures: Figures; readonly cpuMs: number; readonly residentBytes: number }
  | { readonly failure: string };

async function measure({ folder, experiment: id, point, seed }: CellOrder): Promise<CellReply> {
  const declared = await loadExperiments(folder);
  const found = declared.find(({ experiment }) => experiment.id === id);
  if (found === undefined) return { failure: `no experiment ${id}` };
  const before = process.cpuUsage();
  const figures = await found.experiment.run(point, seed);
  const { user, system } = process.cpuUsage(before);
  for (const [name, value] of Object.entries(figures)) {
    if (found.experiment.figures[name] === undefined) {
      return { failure: `${name} is no figure of ${id}` };
    }
    if (!Number.isFinite(value)) return { failure: `${name} is ${value}` };
  }
  const cpuMs = Math.round((user + system) / 1_000);
  return { figures, cpuMs, residentBytes: process.memoryUsage.rss() };
}

process.on("message", (order: CellOrder) => {
  void measure(order)
    .catch((error: unknown): CellReply => {
      return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    })
    .then((reply) => process.send?.(reply));
});
// Ctrl-C reaches the whole group; the parent decides what it means.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
