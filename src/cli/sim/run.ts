import { type Random, seededRandom } from "../../core/random.ts";
import { checkTables, type HostedMember, type Violation, Violations } from "../../overlay/check.ts";
import type { JoinPhases } from "../../overlay/context.ts";
import { RouteChecker, RouteSteps } from "../../overlay/route-check.ts";
import { type ChurnResult, type ChurnStart, churnStart, runChurn } from "./churn/run-churn.ts";
import type { DetectorFigures } from "./detector-log.ts";
import { Entrance } from "./entrance.ts";
import { checkPrefixes, FaultInjector, type FaultRecord } from "./faults/inject.ts";
import { joinAll, joinRange, type Progress } from "./joining.ts";
import { LiveNodes } from "./live-nodes.ts";
import { loadOverlay } from "./load.ts";
import { drawLookups, type LookupResult, runLookups } from "./lookups.ts";
import { type MergeReport, mergeReport } from "./merge-figures.ts";
import { SimNetwork } from "./network.ts";
import { runNames } from "./nodes.ts";
import type { SimRunOptions } from "./options.ts";
import { type PacketFigures, packetsOf } from "./packet-figures.ts";
import { observePhysical, type PhysicalFigures } from "./physical-figures.ts";
import { pointersMean, pointersPerHost } from "./pointers.ts";
import { Timeline } from "./timeline.ts";

/** Repair periods that an overlay gets to converge. */
const SETTLE_PERIODS = 5;

/** What a simulated run gave. Times are virtual. */
export interface SimRun {
  readonly options: SimRunOptions;
  readonly virtualMs: number;
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  readonly joins: { readonly count: number; readonly phases: JoinPhases };
  readonly extraJoins: { readonly count: number; readonly phases: JoinPhases } | undefined;
  /** Virtual time from the last join until the tables agreed with the oracle. */
  readonly convergedMs: number | undefined;
  readonly lookups: LookupResult | undefined;
  readonly outsidePrefix: number;
  readonly pointersMean: number;
  /** With several names a host: the R-Table pointers of all of them, in the mean. */
  readonly pointersPerHost: number | undefined;
  readonly violations: Violations;
  readonly eventHash: string;
  /** The hash after each `everyEvents` events. */
  readonly checkpoints: { readonly everyEvents: number; readonly hashes: readonly string[] };
  /** Of a run in a network with routers. */
  readonly physical: PhysicalFigures | undefined;
  /** Of disconnects and merges, where there were any. */
  readonly merging: MergeReport | undefined;
  readonly detectors: DetectorFigures;
  /** Of a packet-level run. */
  readonly packets: PacketFigures | undefined;
  readonly faults: readonly FaultRecord[];
  readonly churn: ChurnResult | undefined;
  /** Nodes that came, or came back, and had not joined at the end. */
  readonly joining: number;
}

/** What somebody wants to see of a run besides its result; it changes nothing of it. */
export interface RunHooks {
  /** All nodes are there, and nothing has happened yet. */
  readonly onReady?: ((network: SimNetwork) => void) | undefined;
  /** All have joined and the overlay has had its time to converge; faults and lookups are to come. */
  readonly onConverged?: ((network: SimNetwork) => void | Promise<void>) | undefined;
  /** Called at once when an invariant is found broken. */
  readonly onViolation?: ((violation: Violation) => void) | undefined;
}

/** One simulated run from its options alone: the same options give the same result. */
export async function runSimulation(
  options: SimRunOptions,
  progress: Progress,
  hooks: RunHooks = {},
): Promise<SimRun> {
  const { churn } = options;
  const random = seededRandom(`${options.seed}/cli`);
  const { from } = options;
  const start =
    churn === undefined ? undefined : churnStart(churn, options.nodes, random.fork("places"));
  /** Churn begins with those that are there in the middle of its life. */
  const initial = start?.initial ?? options.nodes;
  const total = initial + options.extraJoins;
  const names = (from?.names ?? runNames(options, random.fork("names"))).slice(0, total);
  checkPrefixes(options.faults, names);
  const network = await SimNetwork.open(options, names);
  const { simulation } = network;
  hooks.onReady?.(network);
  const timeline = new Timeline(simulation);
  const violations = new Violations(hooks.onViolation);
  const steps = new RouteSteps();
  const checkers = options.check
    ? network.nets.map((net) => {
        const checker = new RouteChecker(net.context, violations, steps);
        net.observeRoutes(checker);
        return checker;
      })
    : [];
  if (from === undefined) await joinAll(network, initial, options.join, progress);
  else loadOverlay(network, from);
  const phases = sumPhases(network);
  const alive = new LiveNodes(total);
  for (let i = 0; i < initial; i++) alive.add(i);
  const convergedMs =
    from === undefined ? await settle(network, timeline, options, alive, progress) : undefined;
  let extraJoins: SimRun["extraJoins"];
  if (options.extraJoins > 0) {
    const before = sumPhases(network);
    await joinRange(network, initial, total, 0, progress);
    for (let i = initial; i < total; i++) alive.add(i);
    extraJoins = { count: options.extraJoins, phases: minus(sumPhases(network), before) };
    await settle(network, timeline, options, alive, progress);
  }
  if (options.check) checkNow(network, alive, violations);
  await hooks.onConverged?.(network);
  network.changeLinks();
  const ground: Ground = { options, network, timeline, alive, random, progress };
  const happened = await letHappen(ground, start, checkers);
  if (happened.isDisturbed) {
    // With and without checks: a check must not change what happens.
    await settle(network, timeline, options, alive, progress);
    if (options.check) checkNow(network, alive, violations);
  }
  return {
    options,
    ...countsOf(network),
    joins: { count: from === undefined ? initial - 1 : 0, phases },
    extraJoins,
    convergedMs,
    ...happened.results,
    merging: mergeReport(network.nets),
    joining: happened.joining(),
    outsidePrefix: checkers.reduce((sum, checker) => sum + checker.outsidePrefix, 0),
    pointersMean: pointersMean(network, alive.numbers()),
    pointersPerHost: pointersPerHost(network, options),
    violations,
  };
}

/** What a run stands on when faults, lookups and churn begin. */
interface Ground {
  readonly options: SimRunOptions;
  readonly network: SimNetwork;
  readonly timeline: Timeline;
  readonly alive: LiveNodes;
  readonly random: Random;
  readonly progress: Progress;
}

/** Faults, lookups and churn. */
async function letHappen(
  ground: Ground,
  start: ChurnStart | undefined,
  checkers: readonly RouteChecker[],
): Promise<{
  readonly results: Pick<SimRun, "lookups" | "physical" | "faults" | "churn">;
  readonly isDisturbed: boolean;
  joining(): number;
}> {
  const { options, network, timeline, alive, random, progress } = ground;
  const { churn } = options;
  const entrance = new Entrance(network, timeline, random.fork("entrance"), () => alive.numbers());
  const parts = { network, timeline, alive, entrance, random: random.fork("faults") };
  const faults = new FaultInjector(options.faults, parts);
  for (const checker of checkers) checker.isSeparated = faults.separates;
  await faults.begin();
  const physical = observePhysical(network, checkers);
  const lookups =
    options.lookups > 0
      ? await runLookups(
          network,
          timeline,
          options.lookups,
          options.delivery,
          drawLookups(network, alive.numbers(), options.locality, random.fork("lookups")),
          progress,
        )
      : undefined;
  const came =
    churn === undefined || start === undefined
      ? undefined
      : await runChurn({ ...ground, entrance, random: random.fork("churn"), churn, start });
  if (options.faults.length > 0) await faults.end();
  return {
    results: { lookups, physical: physical(), faults: faults.records, churn: came },
    isDisturbed: options.faults.length > 0 || churn !== undefined,
    joining: () => entrance.open,
  };
}

/** What the network counted until now. */
function countsOf(
  network: SimNetwork,
): Pick<
  SimRun,
  | "virtualMs"
  | "events"
  | "messages"
  | "bytes"
  | "eventHash"
  | "checkpoints"
  | "detectors"
  | "packets"
> {
  const { simulation, stats } = network;
  const { everyEvents, checkpoints: hashes } = simulation.events;
  return {
    virtualMs: simulation.nowUs / 1000,
    events: simulation.eventCount,
    messages: stats.messagesSent,
    bytes: stats.bytesSent,
    eventHash: simulation.eventHash,
    checkpoints: { everyEvents, hashes },
    detectors: network.detectors(),
    packets: packetsOf(network),
  };
}

function sumPhases(network: SimNetwork): JoinPhases {
  const sum: JoinPhases = { start: 0, climb: 0, descend: 0, link: 0, notify: 0, leaf: 0 };
  for (const net of network.nets) {
    for (const key of Object.keys(sum) as (keyof JoinPhases)[]) sum[key] += net.joinPhases[key];
  }
  return sum;
}

function minus(a: JoinPhases, b: JoinPhases): JoinPhases {
  return {
    start: a.start - b.start,
    climb: a.climb - b.climb,
    descend: a.descend - b.descend,
    link: a.link - b.link,
    notify: a.notify - b.notify,
    leaf: a.leaf - b.leaf,
  };
}

/**
 * Lets the background repair work for a fixed time, so that a run is the same with and without
 * checks. With them, says when the tables first agreed with the oracle.
 */
async function settle(
  network: SimNetwork,
  timeline: Timeline,
  options: SimRunOptions,
  alive: LiveNodes,
  progress: Progress,
): Promise<number | undefined> {
  const { simulation } = network;
  const beganUs = simulation.nowUs;
  const periodUs = (network.nets[0]?.context.options.repairPeriodMs ?? 0) * 1000;
  let convergedMs: number | undefined;
  for (let period = 1; period <= SETTLE_PERIODS; period++) {
    await timeline.runUntil(simulation.nowUs + periodUs, () =>
      progress("settle", period, SETTLE_PERIODS),
    );
    if (options.check && convergedMs === undefined && isConverged(network, alive)) {
      convergedMs = (simulation.nowUs - beganUs) / 1000;
    }
  }
  return convergedMs;
}

function isConverged(network: SimNetwork, alive: LiveNodes): boolean {
  const violations = new Violations();
  checkNow(network, alive, violations);
  return violations.count === 0;
}

function checkNow(network: SimNetwork, alive: LiveNodes, violations: Violations): void {
  const numbers = network.byName.filter((number) => alive.has(number));
  const at = (place: number): HostedMember => {
    const { net, member } = network.node(numbers[place] as number);
    return { net: net.context, member };
  };
  checkTables({ length: numbers.length, at }, violations);
}
