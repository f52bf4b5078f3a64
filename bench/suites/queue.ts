import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import Table from "cli-table3";
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
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    options: {
      "up-to": text("1000000"),
      holds: text("1000000"),
      runs: text("3"),
      json: { type: "boolean", default: false },
    },
  });
  const whole = (option: "up-to" | "holds" | "runs", max: number): number => {
    const value = Number(values[option]);
    if (Number.isInteger(value) && value >= 1 && value <= max) return value;
    throw new SkipnetError("E_OPTIONS", `--${option} is not a whole number from 1 to ${max}`);
  };
  return {
    upTo: whole("up-to", PENDING_MAX),
    holds: whole("holds", 100_000_000),
    runs: whole("runs", 100),
    json: values.json,
  };
}

/** Of the runs of one queue the fastest: what others took from the processor is not its own. */
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
  return all.reduce((best, one) => (one.nsPerHold < best.nsPerHold ? one : best));
}

async function measureAll(options: Options): Promise<HoldFigures[]> {
  const figures: HoldFigures[] = [];
  for (const delays of DELAY_NAMES) {
    for (let pending = 1_000; pending <= options.upTo; pending *= 10) {
      const row: HoldFigures[] = [];
      for (const { name } of QUEUE_KINDS) row.push(await measure(name, pending, delays, options));
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
  process.exitCode = error instanceof SkipnetError && error.code === "E_OPTIONS" ? 2 : 1;
}
