import { SingleBar } from "cli-progress";
import { Command } from "commander";
import { SkipnetError } from "../core/errors.ts";
import { integerArgument } from "./arguments.ts";
import { printJson, printLine } from "./output.ts";
import {
  type BreakAt,
  breakAtArgument,
  breakHooks,
  inspectArgument,
  prepareDebugger,
} from "./sim/break-at.ts";
import { isGivenTo, noteRunWords, type RunFlags, runOptions, withRunFlags } from "./sim/flags.ts";
import { assertSavable, type IsGiven, snapshotOf } from "./sim/load.ts";
import { assertMemory } from "./sim/memory.ts";
import type { SimRunOptions } from "./sim/options.ts";
import { recordOf, writeRecord } from "./sim/record.ts";
import { type SimCost, simDocument, simText } from "./sim/report.ts";
import { type RunHooks, runSimulation, type SimRun } from "./sim/run.ts";
import { writeSnapshot } from "./sim/snapshot.ts";
import { verifyCommand } from "./sim/verify-command.ts";

const EXAMPLE = `
Nodes are named orgN.hostM; organisation sizes are Zipf-like. The same command gives the same event hash.

Examples:
  skipnet sim --nodes 10000 --check --repeat 2
  skipnet sim --nodes 10000 --record a.json && skipnet sim verify a.json
  skipnet sim --nodes 10000 --lookups 0 --save overlay.bin
  skipnet sim --load overlay.bin --seed 2 --fault crash:20%
  skipnet sim --nodes 4096 --orgs 1 --route-with rtable --overlay-k 2 --lookups 10000
  skipnet sim --nodes 2000 --transport udp --fault hang:20% --lookups 5000
  skipnet sim --nodes 300 --transport packet --link-rate 1Mbit --link-queue 25p --loss 0.02
  skipnet sim --nodes 300 --transport packet-tcp --link-rate 1Mbit --link-queue 25p --loss 0.02
`;

interface Given extends RunFlags {
  readonly repeat: number;
  readonly json?: boolean;
  readonly record?: string;
  readonly save?: string;
  readonly force?: boolean;
  readonly breakAt?: BreakAt;
  readonly inspect?: number | true;
}

/** `skipnet sim`: one simulated run at any scale. */
export function simCommand(): Command {
  const command = new Command("sim").description(
    "run the overlay on the simulator; the same command gives the same events",
  );
  const words = noteRunWords(withRunFlags(command));
  return command
    .option(
      "--repeat <n>",
      "run so often; fail unless the event hashes agree",
      integerArgument(1, 100),
      1,
    )
    .option("--json", "print one JSON document")
    .option("--record <file>", "write what sim verify needs: options, versions, hashes")
    .option("--force", "run although memory may not suffice")
    .option("--save <file>", "write the converged overlay, for --load")
    .option(
      "--break-at <where>",
      "stop a debugger before the event of this number, or at the first violation",
      breakAtArgument,
    )
    .option("--inspect [port]", "wait for a debugger on this machine first", inspectArgument)
    .addHelpText("after", EXAMPLE)
    .addCommand(verifyCommand())
    .action((given: Given) => runSim(given, words(), isGivenTo(command)));
}

async function runSim(given: Given, words: readonly string[], isGiven: IsGiven): Promise<void> {
  const options = await runOptions(given, isGiven);
  assertMemory(options, given.force === true);
  if (given.breakAt === "violation" && !options.check) {
    throw new SkipnetError("E_OPTIONS", "--break-at violation needs --check: nobody looks for any");
  }
  prepareDebugger(given.breakAt, given.inspect);
  const hooks = given.breakAt === undefined ? {} : breakHooks(given.breakAt);
  const { save } = given;
  if (save !== undefined) assertSavable(options);
  const command = commandOf();
  let first: { readonly run: SimRun; readonly cost: SimCost } | undefined;
  for (let i = 0; i < given.repeat; i++) {
    const measured = await measure(options, {
      ...hooks,
      onConverged: (network) =>
        save === undefined || i > 0 ? undefined : writeSnapshot(save, snapshotOf(network, options)),
    });
    if (first !== undefined && measured.run.eventHash !== first.run.eventHash) {
      throw new SkipnetError(
        "E_INTERNAL",
        `run ${i + 1} has event hash ${measured.run.eventHash}, run 1 has ${first.run.eventHash}; repeat with: ${command}`,
      );
    }
    first ??= measured;
  }
  if (first === undefined) return;
  const { run, cost } = first;
  if (given.record !== undefined) writeRecord(given.record, await recordOf(words, run));
  if (given.json === true) printJson(simDocument(run, cost, command));
  else printLine(simText(run, cost));
  if (run.violations.count > 0) {
    process.stderr.write(`${run.violations.count} violations; replay with: ${command}\n`);
    process.exitCode = 1;
  }
  if (run.joining > 0) {
    process.stderr.write(`${run.joining} nodes never got in; replay with: ${command}\n`);
    process.exitCode = 1;
  }
}

async function measure(
  options: SimRunOptions,
  hooks: RunHooks,
): Promise<{ run: SimRun; cost: SimCost }> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const bar = progressBar();
  try {
    const run = await runSimulation(options, bar.update, hooks);
    const { user, system } = process.cpuUsage(cpu);
    return {
      run,
      cost: {
        wallMs: performance.now() - startMs,
        cpuMs: (user + system) / 1000,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
      },
    };
  } finally {
    bar.stop();
  }
}

/** A bar on standard error, where that is a terminal. */
function progressBar(): {
  update(phase: string, done: number, total: number): void;
  stop(): void;
} {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar({ format: "{phase} [{bar}] {value}/{total}", hideCursor: true });
  let shown = "";
  return {
    update(phase, done, total) {
      if (phase !== shown) {
        shown = phase;
        bar.start(total, done, { phase: phase.padEnd(8) });
      }
      bar.setTotal(total);
      bar.update(done, { phase: phase.padEnd(8) });
    },
    stop() {
      if (shown !== "") bar.stop();
    },
  };
}

/** What to type to get this run again. */
function commandOf(): string {
  const words = process.argv.slice(2).filter((word) => word !== "--json");
  return `npx skipnet ${words.map((word) => (/^[\w@%:.,=+/-]+$/.test(word) ? word : `'${word}'`)).join(" ")}`;
}
