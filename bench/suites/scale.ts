import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Command } from "commander";
import { integerArgument } from "../../src/cli/arguments.ts";
import { describeMachine } from "../machine.ts";
import { textTable } from "../report/text-table.ts";
import { writeWhole } from "../report/whole-file.ts";
import type { ScaleCell, SuspendedFigures } from "../scale/cell.ts";
import { lawText, powersOf } from "../scale/costs.ts";
import { scalePage } from "../scale/page.ts";
import type { ScaleResults } from "../scale/results.ts";
import { scaleTable } from "../scale/table.ts";

/**
 * Cost of a run against its size, each size in a process of its own: `npm run bench:scale --
 * [--up-to 100000] [--seed 1] [--out skipnet-report/scale] [--json]`. A million nodes: `--up-to 1000000`.
 */
const SIZES = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
/** Fewer lookups than nodes: joins are what is measured. */
const LOOKUPS_MAX = 100_000;
const SUSPENDED = 1_000_000;

const WORKER = fileURLToPath(new URL("../scale/worker.ts", import.meta.url));
const run = promisify(execFile);

interface Options {
  readonly upTo: number;
  readonly seed: string;
  readonly out: string;
  readonly json: boolean;
}

function readOptions(): Options {
  const program = new Command("bench:scale")
    .description("what a simulated run costs by its size, each size in a process of its own")
    .option("--up-to <nodes>", "largest size", integerArgument(1_000, 1_000_000), 100_000)
    .option("--seed <seed>", "of the runs", "1")
    .option("--out <dir>", "where the page and the results go", "skipnet-report/scale")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", "\nA million nodes: --up-to 1000000 (some ten minutes and 1.5 GB).")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  return program.parse().opts<Options>();
}

async function worker<Result>(...args: readonly string[]): Promise<Result> {
  const node = ["--expose-gc", "--import", "tsx", WORKER, ...args];
  return JSON.parse((await run(process.execPath, node)).stdout) as Result;
}

async function measure(sizes: readonly number[], seed: string): Promise<ScaleResults> {
  const cells: ScaleCell[] = [];
  for (const nodes of sizes) {
    const lookups = Math.min(nodes, LOOKUPS_MAX);
    cells.push(await worker<ScaleCell>("run", `${nodes}`, `${lookups}`, seed));
    process.stderr.write(
      `${nodes.toLocaleString("en-US")} nodes: ${cells.at(-1)?.cpuS.toFixed(1)} CPU s\n`,
    );
  }
  return {
    schema: 1,
    seed,
    machine: await describeMachine(),
    cells,
    powers: powersOf(cells).map(({ cost, law }) => ({ cost: cost.id, law, text: lawText(law) })),
    suspended: await worker<SuspendedFigures>("suspended", `${SUSPENDED}`),
  };
}

async function main(): Promise<void> {
  const { upTo, seed, out, json } = readOptions();
  const sizes = SIZES.filter((size) => size <= upTo);
  const results = await measure(sizes, seed);
  await mkdir(out, { recursive: true });
  await writeWhole(out, "results.json", `${JSON.stringify(results, null, 1)}\n`);
  await writeWhole(out, "index.html", await scalePage(results));
  if (json) {
    process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    return;
  }
  const powers = results.powers.map(({ cost, text }) => `${cost} ${text}`).join(", ");
  const { operations, bytesEach } = results.suspended;
  process.stdout.write(
    `${textTable(scaleTable(results), false)}\nfollows the number of nodes as: ${powers}\n` +
      `${operations.toLocaleString("en-US")} suspended operations: ${Math.round(bytesEach)} bytes each\n` +
      `report: ${out}/index.html\n`,
  );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench:scale: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
