import { seededRandom } from "../../core/random.ts";
import { checkTables, type HostedMember, type Violation, Violations } from "../../overlay/check.ts";
import type { JoinPhases } from "../../overlay/context.ts";
import { distinctNeighbours } from "../../overlay/known.ts";
import { RouteChecker, RouteSteps } from "../../overlay/route-check.ts";
import type { DetectorFigures } from "./detector-log.ts";
import { joinAll, joinRange, type Progress } from "./joining.ts";
import { LiveNodes } from "./live-nodes.ts";
import { loadOverlay } from "./load.ts";
import { drawLookups, type LookupResult, runLookups } from "./lookups.ts";
import { SimNetwork } from "./network.ts";
import { runNames } from "./nodes.ts";
import type { FaultSpec, SimRunOptions } from "./options.ts";
import { observePhysical, type PhysicalFigures } from "./physical-figures.ts";

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
  readonly violations: Violations;
  readonly eventHash: string;
  /** The hash after each `everyEvents` events. */
  readonly checkpoints: { readonly everyEvents: number; readonly hashes: readonly string[] };
  /** Of a run in a network with routers. */
  readonly physical: PhysicalFigures | undefined;
  readonly detectors: DetectorFigures;
  /** Of a packet-level run. */
  readonly packets: PacketFigures | undefined;
}

/** What became of the datagrams of a run. */
export interface PacketFigures {
  readonly sent: number;
  readonly delivered: number;
  readonly bytes: number;
  readonly retransmits: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** By cause. */
  readonly dropped: Readonly<Record<string, number>>;
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
  const total = options.nodes + options.extraJoins;
  const random = seededRandom(`${options.seed}/cli`);
  const { from } = options;
  const names = from?.names ?? runNames(options, random.fork("names"));
  const network = await SimNetwork.open(options, names);
  const { simulation } = network;
  hooks.onReady?.(network);
  const violations = new Violations(hooks.onViolation);
  const steps = new RouteSteps();
  const checkers = options.check
    ? network.nets.map((net) => {
        const checker = new RouteChecker(net.context, violations, steps);
        net.observeRoutes(checker);
        return checker;
      })
    : [];
  if (from === undefined) await joinAll(network, options.nodes, options.join, progress);
  else loadOverlay(network, from);
  const phases = sumPhases(network);
  const alive = new LiveNodes(total);
  for (let i = 0; i < options.nodes; i++) alive.add(i);
  const convergedMs =
    from === undefined ? await settle(network, options, alive, progress) : undefined;
  let extraJoins: SimRun["extraJoins"];
  if (options.extraJoins > 0) {
    const before = sumPhases(network);
    await joinRange(network, options.nodes, total, 0, progress);
    for (let i = options.nodes; i < total; i++) alive.add(i);
    extraJoins = { count: options.extraJoins, phases: minus(sumPhases(network), before) };
    await settle(network, options, alive, progress);
  }
  if (options.check) checkNow(network, alive, violations);
  await hooks.onConverged?.(network);
  network.changeLinks();
  for (const fault of options.faults)
    await applyFault(network, fault, alive, random.fork("faults"));
  const physical = observePhysical(network, checkers);
  const lookups =
    options.lookups > 0
      ? await runLookups(
          network,
          options.lookups,
          options.delivery,
          drawLookups(network, alive.numbers(), options.locality, random.fork("lookups")),
          progress,
        )
      : undefined;
  if (options.faults.length > 0) {
    // With and without checks: a check must not change what happens.
    await settle(network, options, alive, progress);
    if (options.check) checkNow(network, alive, violations);
  }
  const { stats } = network;
  return {
    options,
    virtualMs: simulation.nowUs / 1000,
    events: simulation.eventCount,
    messages: stats.messagesSent,
    bytes: stats.bytesSent,
    joins: { count: from === undefined ? options.nodes - 1 : 0, phases },
    extraJoins,
    convergedMs,
    lookups,
    outsidePrefix: checkers.reduce((sum, checker) => sum + checker.outsidePrefix, 0),
    pointersMean: pointersMean(network, options.nodes),
    violations,
    eventHash: simulation.eventHash,
    checkpoints: {
      everyEvents: simulation.events.everyEvents,
      hashes: simulation.events.checkpoints,
    },
    physical: physical(),
    detectors: network.detectors(),
    packets: packetsOf(network),
  };
}

function packetsOf(network: SimNetwork): PacketFigures | undefined {
  const { packets } = network;
  if (packets === undefined) return undefined;
  const { retransmits } = network.stats;
  const { sent, delivered, sentBytes: bytes, duplicated, reordered, corrupted } = packets;
  const dropped = { ...packets.dropped };
  return { sent, delivered, bytes, retransmits, duplicated, reordered, corrupted, dropped };
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
  options: SimRunOptions,
  alive: LiveNodes,
  progress: Progress,
): Promise<number | undefined> {
  const { simulation } = network;
  const beganUs = simulation.nowUs;
  const periodUs = (network.nets[0]?.context.options.repairPeriodMs ?? 0) * 1000;
  let convergedMs: number | undefined;
  for (let period = 1; period <= SETTLE_PERIODS; period++) {
    await simulation.run({
      untilUs: simulation.nowUs + periodUs,
      onBreath: () => progress("settle", period, SETTLE_PERIODS),
    });
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

async function applyFault(
  network: SimNetwork,
  fault: FaultSpec,
  alive: LiveNodes,
  random: { shuffle<T>(items: readonly T[]): T[] },
): Promise<void> {
  const { simulation } = network;
  await simulation.run({ untilUs: simulation.nowUs + fault.atMs * 1000 });
  const victims = random.shuffle(alive.numbers()).slice(0, Math.round(alive.count * fault.share));
  const hosts = victims.map((number) => network.host(number));
  if (fault.kind === "partition") {
    simulation.faults.partition(hosts, 1);
    simulation.reachabilityChanged();
  }
  if (fault.kind !== "partition") {
    for (const number of victims) {
      network.failed(fault.kind, number);
      if (fault.kind === "crash") simulation.crash(network.host(number));
      else simulation.hang(network.host(number));
    }
  }
  if (fault.kind !== "partition") for (const number of victims) alive.delete(number);
  if (fault.forMs === undefined) return;
  await simulation.run({ untilUs: simulation.nowUs + fault.forMs * 1000 });
  if (fault.kind === "partition") {
    simulation.faults.heal();
    simulation.reachabilityChanged();
  } else {
    for (const host of hosts) simulation.resume(host);
    for (const number of victims) alive.add(number);
  }
}

/** Distinct nodes in the tables of a node, on average. */
function pointersMean(network: SimNetwork, nodes: number): number {
  let sum = 0;
  for (let i = 0; i < nodes; i++) {
    const { net, member } = network.node(i);
    sum += distinctNeighbours(net.context, member);
  }
  return sum / nodes;
}
