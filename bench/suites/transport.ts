import { Command, CommanderError, InvalidArgumentError } from "commander";
import { integerArgument } from "../../src/cli/arguments.ts";
import { EXIT, exitStatus, failureText } from "../../src/cli/failure.ts";
import { interruptible } from "../../src/cli/interrupt.ts";
import { printJson, printLine } from "../../src/cli/output.ts";
import { parseDurationUs } from "../../src/core/units.ts";
import { Progress } from "../progress.ts";
import { defaultContenders } from "../transport/find-contender.ts";
import { FULL, KILLS_OF_OTHERS, QUICK } from "../transport/plan.ts";
import { transportTables } from "../transport/report/terminal.ts";
import { writeTransportReport } from "../transport/report/write.ts";
import { PARTS, type Part, type TransportBenchOptions } from "../transport/results.ts";
import { runTransportBench } from "../transport/run.ts";

/**
 * `npm run bench:transport`: our transports, the bare sockets and other people's transports, side by
 * side between two processes on loopback.
 */
const OUT = "skipnet-report/transport";
const TRANSPORTS_MAX = 16;

interface Arguments {
  readonly transports?: string[];
  readonly only?: Part[];
  readonly runs?: number;
  readonly cell?: number;
  readonly rate?: number;
  readonly kills?: number;
  readonly stops?: number;
  readonly idlePeers?: number;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly out: string;
}

const CELL_MS = { least: 20, most: 60_000 } as const;

function milliseconds(text: string): number {
  try {
    const ms = parseDurationUs(text) / 1_000;
    if (ms >= CELL_MS.least && ms <= CELL_MS.most) return ms;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError(`It must be from ${CELL_MS.least}ms to ${CELL_MS.most / 1_000}s.`);
}

/** `tcp,udp:lan,retries=2,raw-net`: a part with `=` belongs to the transport before it. */
function transportList(text: string): string[] {
  const names: string[] = [];
  for (const part of text.split(",").map((piece) => piece.trim())) {
    const last = names.at(-1);
    if (part.includes("=") && !part.includes(":") && last !== undefined) {
      names[names.length - 1] = `${last}${last.includes(":") ? "," : ":"}${part}`;
    } else if (part !== "") names.push(part);
  }
  if (names.length === 0 || names.length > TRANSPORTS_MAX) {
    throw new InvalidArgumentError(`It must name from 1 to ${TRANSPORTS_MAX} transports.`);
  }
  return [...new Set(names)];
}

function partList(text: string): Part[] {
  const parts = text.split(",").map((part) => part.trim());
  const unknown = parts.find((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is no part; there are ${PARTS.join(", ")}.`);
  }
  return parts as Part[];
}

function optionsOf(given: Arguments): TransportBenchOptions {
  const base = given.quick === true ? QUICK : FULL;
  const quickParts = PARTS.filter((part) => !part.endsWith("blation"));
  return {
    ...base,
    runs: given.runs ?? base.runs,
    cellMs: given.cell ?? base.cellMs,
    ratePerSecond: given.rate ?? base.ratePerSecond,
    kills: given.kills ?? base.kills,
    stops: given.stops ?? base.stops,
    idlePeers: given.idlePeers ?? base.idlePeers,
    transports: given.transports ?? defaultContenders(),
    parts: given.only ?? (given.quick === true ? quickParts : [...PARTS]),
  };
}

async function run(given: Arguments, signal: AbortSignal): Promise<void> {
  const progress = new Progress(process.stderr, given.json !== true);
  const results = await runTransportBench(
    optionsOf(given),
    signal,
    (part, doing, share) => progress.show(part, doing, share),
    (partial) => writeTransportReport(given.out, partial),
  ).finally(() => progress.clear());
  await writeTransportReport(given.out, results);
  if (given.json === true) printJson(results);
  else {
    const color = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
    printLine(transportTables(results, color));
    printLine(`\nreport: ${given.out}/index.html`);
  }
  for (const { contender, why } of results.skipped) {
    process.stderr.write(`left out: ${contender}: ${why}\n`);
  }
  if (signal.aborted) {
    process.stderr.write(`interrupted: ${given.out} holds what was measured until then\n`);
  }
}

const command = new Command("bench:transport")
  .description(
    "our transports, bare sockets and other people’s transports, side by side on loopback",
  )
  .option(
    "--transports <list>",
    `what is compared (default ${defaultContenders().join(",")})`,
    transportList,
  )
  .option("--only <parts>", `of ${PARTS.join(",")}`, partList)
  .option("--runs <n>", `fresh processes each (default ${FULL.runs})`, integerArgument(1, 99))
  .option("--cell <time>", `of one measurement in one run (default ${FULL.cellMs}ms)`, milliseconds)
  .option(
    "--rate <n>",
    `round trips begun a second where a schedule begins them (default ${FULL.ratePerSecond})`,
    integerArgument(1, 100_000),
  )
  .option(
    "--kills <n>",
    `processes killed of each kind (default ${FULL.kills}; of others than udp ${KILLS_OF_OTHERS} at most)`,
    integerArgument(1, 1_000),
  )
  .option(
    "--stops <n>",
    `processes stopped of each kind (default ${FULL.stops})`,
    integerArgument(1, 1_000),
  )
  .option(
    "--idle-peers <n>",
    `silent peers (default ${FULL.idlePeers})`,
    integerArgument(1, 10_000),
  )
  .option("--quick", "a few seconds: whether everything works; no figure to quote")
  .option("--out <dir>", "where the report goes", OUT)
  .option("--json", "print the results as one JSON document instead of the tables")
  .addHelpText(
    "after",
    "\nOther people’s transports are installed by: npm ci --prefix bench/peers\n\nExample:\n  npm run bench:transport -- --only roundTrips,oneWay --transports udp,raw-dgram,raw-net",
  )
  .action((given: Arguments) => interruptible((signal) => run(given, signal)));

try {
  await command.exitOverride().parseAsync();
} catch (error) {
  // Commander has said already what was wrong with the options.
  if (!(error instanceof CommanderError))
    process.stderr.write(`bench:transport: ${failureText(error)}\n`);
  process.exitCode = exitStatus(error);
}
// Libraries that were only looked at must not keep the process.
process.exit(process.exitCode ?? EXIT.done);
