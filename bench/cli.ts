import { Command, InvalidArgumentError } from "commander";
import { EXIT } from "../src/cli/failure.ts";
import { interruptible } from "../src/cli/interrupt.ts";
import { printJson, printLine } from "../src/cli/output.ts";
import { BENCH_DEFAULTS, type BenchArguments, benchOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { mergeResults, readResults } from "./report/merge.ts";
import { terminalTable } from "./report/terminal.ts";
import { writeReport } from "./report/write.ts";
import type { Results } from "./results.ts";
import { runAll } from "./run-all.ts";
import { scenarioList } from "./scenarios/list.ts";

const OUT = "skipnet-report";
/** Result files that are merged into one report. */
const MERGE_MAX = 32;

interface OutputOptions {
  readonly out: string;
  readonly json?: boolean | undefined;
}

const notEmpty = (text: string): string => {
  if (text.trim() === "") throw new InvalidArgumentError("It must not be empty.");
  return text;
};

/** `skipnet bench`: one scenario over several transports, side by side. */
export function benchCommand(): Command {
  const d = BENCH_DEFAULTS;
  return new Command("bench")
    .description("run one scenario over several transports, side by side, and write a report")
    .option(
      "--scenario <name>",
      `built-in scenario, JSON file, or "list" (default ${d.scenario})`,
      notEmpty,
    )
    .option("--transports <list>", `columns of the report (default ${d.transports})`, notEmpty)
    .option("--nodes <n>", `nodes, each a process of its own (default ${d.nodes})`, notEmpty)
    .option("--seed <text>", `of everything random (default ${d.seed})`, notEmpty)
    .option("--warm-up <time>", `load before the measured one (default ${d.warmUp})`, notEmpty)
    .option("--duration <time>", `of the load (default ${d.duration})`, notEmpty)
    .option("--workload <kind>", `naming, routing or echo (default ${d.workload})`, notEmpty)
    .option("--rate <n>", `operations a second, all clients together (default ${d.rate})`, notEmpty)
    .option("--names <file>", "one path a line (default the files below node_modules)", notEmpty)
    .option(
      "--value-size <size>",
      "of a value or payload (default hash and size of the file)",
      notEmpty,
    )
    .option("--faults <list>", `crash, hang, or none (default ${d.faults})`, notEmpty)
    .option("--compression <how>", `auto, off, fflate or zlib (default ${d.compression})`, notEmpty)
    .option("--transport-module <file>", "a transport of your own, as one more column", notEmpty)
    .option("--out <dir>", "where the report goes", notEmpty, OUT)
    .option("--json", "print the results as one JSON document instead of the table")
    .addHelpText(
      "after",
      "\nExample:\n  skipnet bench --transports tcp,udp:retries=2 --duration 5s",
    )
    .action(async (options: BenchArguments & OutputOptions) => {
      if (options.scenario === "list") printLine(scenarioList());
      else await interruptible((signal) => bench(options, signal));
    });
}

async function bench(options: BenchArguments & OutputOptions, signal: AbortSignal): Promise<void> {
  const resolved = await benchOptions(options);
  const progress = new Progress(process.stderr, options.json !== true);
  const results = await runAll({
    ...resolved,
    out: options.out,
    signal,
    progress: (transport, phase, share) => progress.show(transport, phase, share),
  }).finally(() => progress.clear());
  print(results, options);
  if (signal.aborted) {
    process.stderr.write(`interrupted: ${options.out} holds what was measured until then\n`);
  } else if (!isGood(results)) process.exitCode = EXIT.failed;
}

/** Measured by a harness that kept up, and no acknowledged write lost or doubled. */
function isGood({ valid, transports }: Results): boolean {
  const broken = Object.values(transports).some((t) => t.lostWrites + t.doubledWrites > 0);
  return valid && !broken;
}

/** `skipnet report`: rebuild or merge reports from result files. */
export function reportCommand(): Command {
  return new Command("report")
    .description("rebuild a report from its results.json, or merge several into one")
    .argument("<dirs...>", "folders that skipnet bench has written, or their results.json")
    .option("--out <dir>", "where the report goes (default the folder, if it is one)", notEmpty)
    .option("--json", "print the results as one JSON document instead of the table")
    .addHelpText("after", "\nExample:\n  skipnet report before after --out compared")
    .action(async (folders: string[], options: { out?: string; json?: boolean }) => {
      if (folders.length > MERGE_MAX) {
        throw new InvalidArgumentError(`More than ${MERGE_MAX} results cannot be told apart.`);
      }
      const results = mergeResults(await Promise.all(folders.map(readResults)));
      const [only] = folders;
      const isOneFolder = folders.length === 1 && only?.endsWith(".json") === false;
      const out = options.out ?? (isOneFolder ? (only as string) : OUT);
      await writeReport(out, results);
      print(results, { out, json: options.json });
    });
}

function print(results: Results, { out, json }: OutputOptions): void {
  if (json === true) printJson(results);
  else {
    printLine(
      terminalTable(results, process.stdout.isTTY && process.env["NO_COLOR"] === undefined),
    );
    printLine(`\nreport: ${out}/index.html`);
  }
}
