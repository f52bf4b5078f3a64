import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Table from "cli-table3";
import { Command } from "commander";
import { integerArgument } from "../../src/cli/arguments.ts";
import { SkipnetError } from "../../src/core/errors.ts";
import { DELAY_NAMES, type DelayName, type HoldFigures } from "../queue/hold.ts";
import { QUEUE_KINDS } from "../queue/queues.ts";

/**
 * The simulator's event queue beside others, in the hold model; each in a process of its own:
 * `npm run bench:queue -- [--up-to 1000000] [--holds 1000000] [--runs 3] [--json]`. Ten million pending
 * events: `--up-to 10000000`. Fails if two queues give events in another order.
 */
const GOAL_PER_SECOND = 5e6;
const GOAL_PENDING = 1_000_000;
const PENDING_MAX = 10_000_000;

const WORKER = fileURLToPath(new URL("../queue/worker.ts", import.meta.url));
const run = promisify(execFile);

interface Options {
  readonly upTo: number;
  readonly holds: number;
  readonly runs: number;
  readonly json: boolean;
}

function readOptions(): Options {
  const program = new Command("bench:queue")
    .description("the simulator's event queue beside others, in the hold model")
    .option(
      "--up-to <n>",
      "most events pending; from 1,000 by tens",
      integerArgument(1_000, PENDING_MAX),
      1_000_000,
    )
    .option("--holds <n>", "pops and pushes of a run", integerArgument(1, 100_000_000), 1_000_000)
    .option("--runs <n>", "processes of each queue; the median counts", integerArgument(1, 99), 3)
    .option("--json", "print one JSON document", false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  return program.parse().opts<Options>();
}

/** The median of the runs of one queue. */
async function measure(
  queue: string,
  pending: number,
  delays: DelayName,
  { holds, runs }: Options,
): Promise<HoldFigures> {
  const all: HoldFigures[] = [];
  for (let i = 0; i < runs; i++) {
    const args = ["--import", "tsx", WORKER, queue, `${pending}`, delays, `${holds}`];
    all.push(JSON.parse((await run(process.execPath, args)).stdout) as HoldFigures);
  }
  all.sort((a, b) => a.nsPerHold - b.nsPerHold);
  return all[all.length >> 1] as HoldFigures;
}

async function measureAll(options: Options): Promise<HoldFigures[]> {
  const figures: HoldFigures[] = [];
  for (const delays of DELAY_NAMES) {
    for (let pending = 1_000; pending <= options.upTo; pending *= 10) {
      const row: HoldFigures[] = [];
      for (const { name } of QUEUE_KINDS) {
        row.push(await measure(name, pending, delays, options));
        const ns = row.at(-1)?.nsPerHold.toFixed(0);
        process.stderr.write(
          `${delays}, ${pending.toLocaleString("en-US")} pending, ${name}: ${ns} ns\n`,
        );
      }
      const different = row.find(({ order }) => order !== row[0]?.order);
      if (different !== undefined) {
        throw new SkipnetError(
          "E_INTERNAL",
          `with ${pending} pending, ${delays}: ${different.queue} gives events in another order`,
        );
      }
      figures.push(...row);
    }
  }
  return figures;
}

function print(figures: readonly HoldFigures[]): void {
  const table = new Table({
    head: ["ns a pop and a push", "pending", ...QUEUE_KINDS.map(({ name }) => name)],
    colAligns: ["left", "right", ...QUEUE_KINDS.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  for (let i = 0; i < figures.length; i += QUEUE_KINDS.length) {
    const row = figures.slice(i, i + QUEUE_KINDS.length);
    const [first] = row;
    if (first === undefined) continue;
    table.push([
      first.delays,
      first.pending.toLocaleString("en-US"),
      ...row.map(({ nsPerHold }) => nsPerHold.toFixed(0)),
    ]);
  }
  say(table.toString());
  for (const { name, what } of QUEUE_KINDS) say(`${name}: ${what}`);
  say("all give the same events in the same order");
  for (const { queue, pending, delays, holdsPerSecond } of figures) {
    if (queue !== QUEUE_KINDS[0]?.name || pending !== GOAL_PENDING) continue;
    const verdict = holdsPerSecond >= GOAL_PER_SECOND ? "✓ met" : "✗ not met";
    const rate = `${(holdsPerSecond / 1e6).toFixed(1)} M holds a CPU second`;
    say(`${delays}, a million pending: ${rate}; goal ${GOAL_PER_SECOND / 1e6} M  ${verdict}`);
  }
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

try {
  const options = readOptions();
  const figures = await measureAll(options);
  if (options.json) say(JSON.stringify({ schema: 1, node: process.version, figures }, null, 2));
  else print(figures);
} catch (error) {
  process.stderr.write(`bench:queue: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
