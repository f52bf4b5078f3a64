import { ProcessGroup } from "../live/process-group.ts";
import { describeMachine } from "../machine.ts";
import { loadExperiments } from "./catalogue.ts";
import { type Cell, type CellFilter, planCells, weightOf } from "./cell.ts";
import { CellStore } from "./cell-store.ts";
import { checkFilter } from "./check-filter.ts";
import { experimentResults, type FailedCell, type PapersResults } from "./results.ts";
import { Worker } from "./workers.ts";

/** What a run of the benchmark is told. */
export interface PapersOptions extends CellFilter {
  /** Of the experiments. */
  readonly folder: string;
  /** Where measured cells and the report are. */
  readonly out: string;
  /** Processes at once. */
  readonly workers: number;
}

/** How far a run is. */
export interface PapersProgress {
  readonly experiment: string;
  readonly done: number;
  readonly cells: number;
  /** Of the work, 0 to 1. */
  readonly share: number;
  /** `undefined` until something was measured. */
  readonly remainingMs: number | undefined;
}

/**
 * Measures what is asked for and not yet in the folder, and gives the results of all of it. Ends early
 * when the signal is aborted, with what is there then.
 */
export async function runPapersBench(
  options: PapersOptions,
  signal: AbortSignal,
  progress: (progress: PapersProgress) => void,
): Promise<PapersResults> {
  const declared = await loadExperiments(options.folder);
  checkFilter(declared, options);
  const cells = planCells(declared, options);
  const machine = await describeMachine();
  const store = new CellStore(options.out);
  try {
    const missing = cells.filter(({ key }) => store.find(key) === undefined);
    const failed = await measureAll(missing, cells.length, store, options, signal, progress);
    return {
      schema: 1,
      kind: "papers",
      interrupted: signal.aborted,
      size: options.size,
      machine,
      cells: {
        asked: cells.length,
        measured: cells.filter(({ key }) => store.find(key) !== undefined).length,
        kept: cells.length - missing.length,
      },
      failed,
      experiments: experimentResults(cells, options.size, (key) => store.find(key)),
    };
  } finally {
    store.close();
  }
}

async function measureAll(
  missing: readonly Cell[],
  asked: number,
  store: CellStore,
  options: PapersOptions,
  signal: AbortSignal,
  progress: (progress: PapersProgress) => void,
): Promise<FailedCell[]> {
  const failed: FailedCell[] = [];
  const queue = [...missing];
  const startMs = performance.now();
  const work = missing.reduce((sum, cell) => sum + weightOf(cell), 0);
  let workDone = 0;
  let done = asked - missing.length;
  const tell = (experiment: string): void => {
    const elapsedMs = performance.now() - startMs;
    const remainingMs = workDone === 0 ? undefined : (elapsedMs * (work - workDone)) / workDone;
    progress({ experiment, done, cells: asked, share: workDone / work, remainingMs });
  };
  const measureNext = async (worker: Worker): Promise<void> => {
    for (let cell = queue.shift(); cell !== undefined && !signal.aborted; cell = queue.shift()) {
      const { key, experiment, point, seed } = cell;
      tell(experiment.id);
      const { folder } = options;
      const reply = await worker.run({ folder, experiment: experiment.id, point, seed });
      if (signal.aborted) return;
      if ("failure" in reply) {
        failed.push({ experiment: experiment.id, point, seed, why: reply.failure });
      } else {
        const { figures, cpuMs } = reply;
        store.add({ key, experiment: experiment.id, point, seed, figures, cpuMs });
      }
      done++;
      workDone += weightOf(cell);
      tell(experiment.id);
    }
  };
  await using group = new ProcessGroup();
  const count = Math.min(options.workers, missing.length);
  const workers = Array.from({ length: count }, () => new Worker(group));
  const stop = (): void => {
    for (const worker of workers) worker.kill();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.all(workers.map(measureNext));
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return failed;
}
