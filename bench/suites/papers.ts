import { availableParallelism } from "node:os";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { integerArgument } from "../../src/cli/arguments.ts";
import { EXIT, exitStatus, failureText } from "../../src/cli/failure.ts";
import { interruptible } from "../../src/cli/interrupt.ts";
import { endWhenNobodyReads, printJson, printLine } from "../../src/cli/output.ts";
import { SkipnetError } from "../../src/core/errors.ts";
import { EXPERIMENTS_FOLDER } from "../papers/catalogue.ts";
import { papersTables } from "../papers/report/terminal.ts";
import { writePapersReport } from "../papers/report/write.ts";
import { type PapersOptions, type PapersProgress, runPapersBench } from "../papers/run.ts";
import { parseWhere } from "../papers/where.ts";
import { Progress } from "../progress.ts";
import { formatMs } from "../report/format.ts";

/** `npm run bench:papers`: the papers' tables and figures, measured again on the simulator. */
const OUT = "skipnet-report/papers";
const SEEDS_MAX = 1_000;
const NODES_MAX = 1 << 20;
const WORKERS_MAX = 256;

interface Arguments {
  readonly only?: string[];
  readonly where?: Record<string, string>;
  readonly seeds?: number;
  readonly maxNodes?: number;
  readonly workers: number;
  readonly quick?: boolean;
  readonly experiments: string;
  readonly json?: boolean;
  readonly out: string;
}

const names = (text: string): string[] => text.split(",").map((part) => part.trim());

function conditions(text: string): Record<string, string> {
  try {
    return parseWhere(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof SkipnetError ? error.message : String(error));
  }
}

function workerCount(text: string): number {
  return text === "all" ? availableParallelism() : integerArgument(1, WORKERS_MAX)(text);
}

function optionsOf(given: Arguments): PapersOptions {
  return {
    size: given.quick === true ? "quick" : "full",
    only: given.only,
    where: given.where,
    seeds: given.seeds,
    nodesMax: given.maxNodes,
    workers: given.workers,
    folder: given.experiments,
    out: given.out,
  };
}

async function run(given: Arguments, signal: AbortSignal): Promise<void> {
  const bar = new Progress(process.stderr, given.json !== true);
  const show = ({ experiment, done, cells, share, remainingMs }: PapersProgress): void => {
    const left = remainingMs === undefined ? "" : `, about ${formatMs(remainingMs)} left`;
    bar.show(experiment, `${done} of ${cells} runs${left}`, share);
  };
  const results = await runPapersBench(optionsOf(given), signal, show).finally(() => bar.clear());
  await writePapersReport(given.out, results);
  if (given.json === true) printJson(results);
  else {
    const color = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
    printLine(papersTables(results, color));
    printLine(`\nreport: ${given.out}/index.html`);
  }
  for (const { experiment, point, seed, why } of results.failed) {
    process.stderr.write(`failed: ${experiment} ${JSON.stringify(point)}, seed ${seed}: ${why}\n`);
  }
  if (signal.aborted) {
    process.stderr.write(
      `interrupted: ${given.out} holds what was measured until then; the same command goes on\n`,
    );
  }
  if (results.failed.length > 0) process.exitCode = EXIT.failed;
}

const command = new Command("bench:papers")
  .description("the papers’ tables and figures, measured again on the simulator")
  .option("--only <ids>", "experiments, as T1,T5 (default: all there are)", names)
  .option("--where <conditions>", "points with these parameters alone, as nodes=4096", conditions)
  .option(
    "--seeds <n>",
    "runs of each point (default 10, fewer of large ones)",
    integerArgument(1, SEEDS_MAX),
  )
  .option("--max-nodes <n>", "leave out points with more nodes", integerArgument(1, NODES_MAX))
  .option("--workers <n>", 'processes at once, or "all": one a core', workerCount, 1)
  .option("--quick", "small and few, two minutes in all: whether everything works")
  .option("--experiments <dir>", "folder of the experiments’ files", EXPERIMENTS_FOLDER)
  .option("--out <dir>", "where measured runs and the report go", OUT)
  .option("--json", "print the results as one JSON document instead of the tables")
  .addHelpText(
    "after",
    `
Each run is stored when it is done: after Ctrl-C, or worse, the same command goes on where it was.
A run is measured anew when the program, its experiment or its seed is another.

Examples:
  npm run bench:papers -- --quick
  npm run bench:papers -- --only T1,T2 --max-nodes 16384 --workers all`,
  )
  .action((given: Arguments) => interruptible((signal) => run(given, signal)));

endWhenNobodyReads();
try {
  await command.exitOverride().parseAsync();
} catch (error) {
  // Commander has said already what was wrong with the options.
  if (!(error instanceof CommanderError))
    process.stderr.write(`bench:papers: ${failureText(error)}\n`);
  process.exitCode = exitStatus(error);
}
