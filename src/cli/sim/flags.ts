import { Command, CommanderError, Option } from "commander";
import { SkipnetError } from "../../core/errors.ts";
import { ROUTE_WITH } from "../../overlay/options.ts";
import { LATENCY_NAMES } from "../../transport/sim/latency.ts";
import { MODEL_NAMES } from "../../transport/sim/models.ts";
import type { Ties } from "../../transport/sim/shuffled-queue.ts";
import { TOPOLOGY_NAMES } from "../../transport/sim/topology/network-spec.ts";
import { PLACEMENTS, type PlacementName } from "../../transport/sim/topology/placement.ts";
import { integerArgument } from "../arguments.ts";
import { type ShortcutFlags, shortcutOptions, withShortcutFlags } from "../overlay-flags.ts";
import { fault, network, share, ties, transport } from "./arguments.ts";
import { type ChurnFlags, churnOptions, nodesOfTrace, withChurnFlags } from "./churn/flags.ts";
import { assertFaults, FAULT_KINDS, type FaultSpec } from "./faults/spec.ts";
import { linksOf } from "./links.ts";
import { assertSavable, flagsWith, type IsGiven, LOADED_FLAGS } from "./load.ts";
import { NODES_MAX, ORGANISATION_SIZES, type OrganisationSizes } from "./nodes.ts";
import type { SimRunOptions } from "./options.ts";
import { readSnapshot } from "./snapshot.ts";
import { assertVirtual, VIRTUAL_MAX } from "./virtual.ts";

/** What decides a run, as the command line gives it. */
export interface RunFlags extends ShortcutFlags, ChurnFlags {
  readonly nodes: number;
  readonly seed: string;
  readonly orgs: number;
  readonly overlayK: number;
  readonly dense?: boolean;
  readonly virtual: number;
  readonly routeWith: SimRunOptions["overlay"]["routeWith"];
  readonly organisationSizes: OrganisationSizes;
  readonly network: SimRunOptions["network"];
  readonly placement?: PlacementName;
  readonly linkStress?: boolean;
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
  readonly ties: Ties;
  /** File of the overlay to begin with. */
  readonly load?: string;
  readonly check?: boolean;
}

/** Adds the options that decide a run. */
export function withRunFlags(command: Command): Command {
  return withChurnFlags(withWorkload(withShortcutFlags(withOverlay(command))));
}

/**
 * Notes the options that a command is given. Returns the words that ask for the same run: those
 * options, and the others with their defaults. To be called where `command` has only run flags.
 */
export function noteRunWords(command: Command): () => readonly string[] {
  const written: string[] = [];
  const names = new Set<string>();
  const options = [...command.options];
  for (const option of options) {
    command.on(`option:${option.name()}`, (value?: string) => {
      names.add(option.name());
      written.push(wordOf(option, value));
    });
  }
  return () => {
    const left = new Set([...names, ...(names.has("load") ? LOADED_FLAGS : [])]);
    const defaults = options.filter(
      (option) =>
        !left.has(option.name()) && ["string", "number"].includes(typeof option.defaultValue),
    );
    return [...defaults.map((option) => wordOf(option, option.defaultValue)), ...written];
  };
}

const wordOf = ({ long }: Option, value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? `${long}=${value}` : `${long}`;

/** The run that these words ask for. Throws `E_OPTIONS`. */
export async function runOptionsOf(words: readonly string[]): Promise<SimRunOptions> {
  const command = withRunFlags(new Command("sim"))
    .exitOverride()
    .configureOutput({
      writeErr() {},
    });
  try {
    command.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new SkipnetError("E_OPTIONS", error.message);
  }
  return runOptions(command.opts<RunFlags>(), isGivenTo(command));
}

function withOverlay(command: Command): Command {
  return command
    .option("--nodes <n>", "nodes of the overlay", integerArgument(1, NODES_MAX), 10_000)
    .option("--seed <seed>", "everything random follows from it", "1")
    .option("--orgs <n>", "organisations", integerArgument(1, NODES_MAX), 100)
    .option("--overlay-k <k>", "values of a numeric-ID digit", integerArgument(2, 16), 8)
    .option(
      "--virtual <v>",
      "names of one host; all but its first have truncated numeric IDs and cost a few pointers",
      integerArgument(1, VIRTUAL_MAX),
      1,
    )
    .option("--dense", "k - 1 pointers a level and direction instead of one")
    .addOption(
      new Option("--route-with <what>", "pointers that routes use")
        .choices(ROUTE_WITH)
        .default("all"),
    )
    .addOption(
      new Option("--organisation-sizes <how>", "by rank, or each as likely as another")
        .choices(ORGANISATION_SIZES)
        .default("zipf"),
    )
    .option(
      "--network <model>",
      `delays between nodes: ${LATENCY_NAMES.join(", ")}; or routers and links: ${TOPOLOGY_NAMES.join(", ")}[:options], king:FILE`,
      network,
      "uniform",
    )
    .addOption(
      new Option("--placement <how>", "which routers nodes sit on (default uniform)").choices(
        PLACEMENTS,
      ),
    )
    .option("--link-stress", "count what crosses each link between routers")
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
    );
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
      `KIND:SHARE[,KEY=VALUE][@TIME][+DURATION]; repeatable; TIME from when the overlay stands, lookups begin with the last; ${FAULT_KINDS.join(", ")} (docs/faults.md)`,
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
    .option("--load <file>", "begin with the overlay that --save wrote, instead of joins")
    .option(
      "--ties <order>",
      "of events of one microsecond: insertion, or shuffle[:TEXT] by the seed and the text",
      ties,
      "insertion",
    )
    .option("--check", "check the invariants I1 to I10; exit 1 on a violation");
}

/** Which flags stand on the command line of a command. */
export const isGivenTo =
  (command: Command): IsGiven =>
  (flag) =>
    command.getOptionValueSource(flag) === "cli";

/**
 * The run that was asked for. Throws `E_OPTIONS` where options contradict each other, `E_FILE` where a
 * file that they name is of no use.
 */
export async function runOptions(written: RunFlags, isGiven: IsGiven): Promise<SimRunOptions> {
  const { load } = written;
  if (load === undefined) return runOf(written);
  const from = await readSnapshot(load);
  const run = await runOf(flagsWith(from, written, isGiven));
  assertSavable(run);
  const { membersExpected, leafSetSize } = from.shape;
  return { ...run, overlay: { ...run.overlay, membersExpected, leafSetSize }, from };
}

async function runOf(given: RunFlags): Promise<SimRunOptions> {
  const links = await linksOf(given, given.nodes + given.extraJoins);
  const churn = churnOptions(given);
  const { overlayK, extraJoins, routeWith = "all" } = given;
  const nodes = nodesOfTrace(churn) ?? given.nodes;
  const hasLookups = given.workload === "routing" && churn === undefined;
  const lookups = hasLookups ? (given.lookups ?? nodes) : 0;
  if (given.workload === "none" && given.lookups !== undefined) {
    throw new SkipnetError("E_OPTIONS", "--lookups needs --workload routing");
  }
  if (given.loss > 0 && given.transport === "ideal") {
    throw new SkipnetError(
      "E_OPTIONS",
      "--loss needs --transport tcp or udp: the ideal transport loses nothing",
    );
  }
  assertFaults(given.fault, given.transport);
  assertVirtual({ virtual: given.virtual, faults: given.fault, churn });
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
      ...shortcutOptions(given),
      truncatedIds: given.virtual > 1,
      proximityPeriodMs: given.repairPeriod,
      routeWith,
      membersExpected: nodes + extraJoins,
      repairPeriodMs: given.repairPeriod,
      firstRepairMs: Math.min(500, given.repairPeriod),
    },
    organisationSizes: given.organisationSizes,
    network: given.network,
    placement: given.placement,
    linkStress: given.linkStress === true,
    transport: given.transport,
    links,
    join: given.join,
    lookups,
    locality: given.locality,
    delivery: given.delivery,
    extraJoins,
    faults: given.fault,
    churn,
    countIds: given.countIds === true,
    loss: given.loss,
    virtual: given.virtual,
    wire: given.wire === true,
    ties: given.ties,
    check: given.check === true,
    instances: "one",
  };
}
