import { SingleBar } from "cli-progress";
import { Command, Option } from "commander";
import { SkipnetError } from "../core/errors.ts";
import { ROUTE_WITH } from "../overlay/options.ts";
import { LATENCY_NAMES } from "../transport/sim/latency.ts";
import { MODEL_NAMES } from "../transport/sim/models.ts";
import { isPacketTransport, parsePacketTransport } from "../transport/sim/packet/packet-spec.ts";
import { integerArgument } from "./arguments.ts";
import { printJson, printLine } from "./output.ts";
import { fault, share, transport } from "./sim/arguments.ts";
import { linksOf } from "./sim/links.ts";
import type { FaultSpec, SimRunOptions } from "./sim/options.ts";
import { type SimCost, simDocument, simText } from "./sim/report.ts";
import { runSimulation, type SimRun } from "./sim/run.ts";

const NODES_MAX = 1_000_000;
/** What a node takes at most, measured at 100,000 nodes; and what the program takes without any. */
const BYTES_PER_NODE = 6_000;
const BYTES_BASE = 200e6;
/** The same with the real UDP protocol in each: its sessions, measured at 10,000 nodes. */
const BYTES_PER_PACKET_NODE = 250_000;
/** The same with our TCP and its connections, measured at 200 nodes. */
const BYTES_PER_TCP_NODE = 1_000_000;

const EXAMPLE = `
Nodes are named orgN.hostM; organisation sizes are Zipf-like. The same command gives the same event hash.

Examples:
  skipnet sim --nodes 10000 --check --repeat 2
  skipnet sim --nodes 4096 --orgs 1 --route-with rtable --overlay-k 2 --lookups 10000
  skipnet sim --nodes 2000 --transport udp --fault hang:20% --lookups 5000
  skipnet sim --nodes 300 --transport packet --link-rate 1Mbit --link-queue 25p --loss 0.02
  skipnet sim --nodes 300 --transport packet-tcp --link-rate 1Mbit --link-queue 25p --loss 0.02
`;

interface Given {
  readonly nodes: number;
  readonly seed: string;
  readonly orgs: number;
  readonly overlayK: number;
  readonly dense?: boolean;
  readonly routeWith: SimRunOptions["overlay"]["routeWith"];
  readonly network: SimRunOptions["network"];
  readonly transport: SimRunOptions["transport"];
  readonly join: SimRunOptions["join"];
  readonly workload: "routing" | "none";
  readonly lookups?: number;
  readonly locality?: number;
  readonly delivery: SimRunOptions["delivery"];
  readonly extraJoins: number;
  readonly fault: readonly FaultSpec[];
  readonly loss: number;
  readonly linkRate?: string;
  readonly linkQueue?: string;
  readonly burst?: string;
  readonly scenario?: string;
  readonly repairPeriod: number;
  readonly wire?: boolean;
  readonly check?: boolean;
  readonly repeat: number;
  readonly json?: boolean;
}

/** `skipnet sim`: one simulated run at any scale. */
export function simCommand(): Command {
  const command = new Command("sim")
    .description("run the overlay on the simulator; the same command gives the same events")
    .option("--nodes <n>", "nodes of the overlay", integerArgument(1, NODES_MAX), 10_000)
    .option("--seed <seed>", "everything random follows from it", "1")
    .option("--orgs <n>", "organisations", integerArgument(1, NODES_MAX), 100)
    .option("--overlay-k <k>", "values of a numeric-ID digit", integerArgument(2, 16), 8)
    .option("--dense", "k - 1 pointers a level and direction instead of one")
    .addOption(
      new Option("--route-with <what>", "pointers that routes use")
        .choices(ROUTE_WITH)
        .default("all"),
    )
    .addOption(
      new Option("--network <model>", "delays between nodes")
        .choices(LATENCY_NAMES)
        .default("uniform"),
    )
    .option(
      "--transport <model>",
      `transport to stand for: ${MODEL_NAMES.join(", ")}; on simulated packets packet[:options], our real UDP, or packet-tcp[:options], our TCP over a model of the kernel's`,
      transport,
      "ideal",
    )
    .addOption(
      new Option("--join <how>", "constructed: tables filled by one who sees all, no messages")
        .choices(["concurrent", "sequential", "constructed"])
        .default("concurrent"),
    )
    .addOption(
      new Option("--workload <kind>", "what is done once the overlay stands")
        .choices(["routing", "none"])
        .default("routing"),
    )
    .addHelpText("after", EXAMPLE)
    .action(runSim);
  return withWorkload(command);
}

function withWorkload(command: Command): Command {
  return command
    .option(
      "--lookups <n>",
      "lookups by name (default: one a node)",
      integerArgument(0, 100_000_000),
    )
    .option("--locality <share>", "share of lookups within the source's organisation", share)
    .addOption(
      new Option("--delivery <how>", "of lookups")
        .choices(["recursive", "iterative"])
        .default("recursive"),
    )
    .option(
      "--extra-joins <n>",
      "sequential joins after the overlay has converged",
      integerArgument(0, NODES_MAX),
      0,
    )
    .option(
      "--fault <spec>",
      "KIND:SHARE[@TIMEms][+DURATIONms] before the lookups; crash, hang or partition; repeatable",
      fault,
      [],
    )
    .option("--loss <share>", "share of transmissions lost, each way", share, 0)
    .option("--link-rate <rate>", "packets: of each host's link, both ways, as 10Mbit")
    .option("--link-queue <size>", "packets: of its queues, as 25p or 64KiB (default 100p)")
    .option("--burst <bad,good,loss>", "packets: losses that come in bursts, as 80ms,2s,80%")
    .option("--scenario <name>", "packets: the network of a scenario of skipnet bench")
    .option(
      "--repair-period <ms>",
      "repair period of a member at rest, milliseconds",
      integerArgument(10, 86_400_000),
      60_000,
    )
    .option("--wire", "every message through the codec")
    .option("--check", "check the invariants I1 to I7; exit 1 on a violation")
    .option(
      "--repeat <n>",
      "run so often; fail unless the event hashes agree",
      integerArgument(1, 100),
      1,
    )
    .option("--json", "print one JSON document");
}

async function runSim(given: Given): Promise<void> {
  const links = await linksOf(given, given.nodes + given.extraJoins);
  const options = { ...runOptions(given), links };
  assertMemory(options);
  const command = commandOf();
  let first: { readonly run: SimRun; readonly cost: SimCost } | undefined;
  for (let i = 0; i < given.repeat; i++) {
    const measured = await measure(options);
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
  if (given.json === true) printJson(simDocument(run, cost, command));
  else printLine(simText(run, cost));
  if (run.violations.count > 0) {
    process.stderr.write(`${run.violations.count} violations; replay with: ${command}\n`);
    process.exitCode = 1;
  }
}

function runOptions(given: Given): SimRunOptions {
  const { overlayK, nodes, extraJoins, routeWith = "all" } = given;
  const lookups = given.workload === "none" ? 0 : (given.lookups ?? nodes);
  if (given.workload === "none" && given.lookups !== undefined) {
    throw new SkipnetError("E_OPTIONS", "--lookups needs --workload routing");
  }
  if (given.loss > 0 && given.transport === "ideal") {
    throw new SkipnetError(
      "E_OPTIONS",
      "--loss needs --transport tcp or udp: the ideal transport loses nothing",
    );
  }
  if (given.join === "constructed" && given.transport.startsWith("packet-tcp")) {
    throw new SkipnetError(
      "E_OPTIONS",
      "--join constructed fills the tables of one overlay object; over packet-tcp each node has its own",
    );
  }
  if (nodes + extraJoins > NODES_MAX) {
    throw new SkipnetError("E_OPTIONS", `--nodes and --extra-joins are over ${NODES_MAX} together`);
  }
  return {
    nodes,
    seed: given.seed,
    organisations: given.orgs,
    overlay: {
      k: overlayK,
      dense: given.dense === true,
      routeWith,
      membersExpected: nodes + extraJoins,
      repairPeriodMs: given.repairPeriod,
      firstRepairMs: Math.min(500, given.repairPeriod),
    },
    network: given.network,
    transport: given.transport,
    join: given.join,
    lookups,
    locality: given.locality,
    delivery: given.delivery,
    extraJoins,
    faults: given.fault,
    loss: given.loss,
    wire: given.wire === true,
    check: given.check === true,
    instances: "one",
  };
}

/** More nodes than memory allows: said before starting, with the estimate. */
function assertMemory(options: SimRunOptions): void {
  const nodes = options.nodes + options.extraJoins;
  const each = bytesPerNode(options.transport);
  const needed = BYTES_BASE + nodes * each;
  const available = process.availableMemory?.() ?? Number.POSITIVE_INFINITY;
  if (needed <= available) return;
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new SkipnetError(
    "E_OPTIONS",
    `${nodes} nodes take about ${gib(needed)}; ${gib(available)} are available. Simulate fewer nodes`,
  );
}

function bytesPerNode(transport: SimRunOptions["transport"]): number {
  if (!isPacketTransport(transport)) return BYTES_PER_NODE;
  const { scheme } = parsePacketTransport(transport);
  return scheme === "tcp" ? BYTES_PER_TCP_NODE : BYTES_PER_PACKET_NODE;
}

async function measure(options: SimRunOptions): Promise<{ run: SimRun; cost: SimCost }> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const bar = progressBar();
  try {
    const run = await runSimulation(options, bar.update);
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
