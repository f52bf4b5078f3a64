import { seededRandom } from "../../src/core/random.ts";
import { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import type { TransportStats } from "../../src/transport/transport.ts";
import { LoadGenerator, type LoadOptions } from "../load/generator.ts";
import { type ClientWorkload, makeWorkload } from "../load/make-workload.ts";
import { namingClient } from "../load/naming-adapter.ts";
import { type ReadBackReport, readBack } from "../load/read-back.ts";
import type { LoadReport } from "../load/recorder.ts";
import { warmUp } from "../load/warm-up.ts";
import { victimsOf } from "../node-names.ts";
import { assemble, type ProcessRecord } from "../outcome/assemble.ts";
import type { InjectedFault } from "../outcome/detection.ts";
import type { CounterSpan, Counters } from "../outcome/wire.ts";
import type { FaultKind, PacketsResult, TransportResult } from "../results.ts";
import type { RunContext } from "../scenario.ts";
import { endName } from "../trace/events.ts";
import { Follower } from "../trace/follower.ts";
import { sumSizes } from "../trace/message-sizes.ts";
import { SimCluster, type SimProcess } from "./sim-cluster.ts";

/** As in a live run, but in virtual time. */
const SETTLE_US = 1_000_000;
const GRACE_MS = 500;
const READ_BACK_MS = 10_000;

interface SimClient {
  readonly process: SimProcess;
  readonly follower: Follower;
  readonly client: ClientWorkload;
  readonly load: LoadOptions;
  readonly generator: LoadGenerator;
}

/** Runs the scenario on the simulator, in this process and in virtual time. */
export async function runSim(context: RunContext): Promise<TransportResult> {
  const { scenario, signal, progress } = context;
  const cpuBegan = process.cpuUsage();
  const cluster = new SimCluster(context);
  const { simulation } = cluster;
  const breathe = (phase: string) => (): void => progress(phase, 0);
  await cluster.start(scenario.clients, breathe("start"));
  const joinedUs = simulation.nowUs;
  await cluster.until(joinedUs + SETTLE_US, breathe("settle"));
  const clients = cluster.clients.map((p, i) => simClient(p, i, cluster, context));
  const deadlineUs = scenario.deadlineMs * 1_000;
  const prepared = Promise.all(clients.map(({ client }) => client.prepare(deadlineUs)));
  await cluster.drive(prepared, breathe("prepare"));
  const warm = clients.map((client) =>
    warmUp(client.load, scenario.warmUpMs, () => simulation.nowUs),
  );
  await cluster.drive(Promise.all(warm), breathe("warm up"));
  const countersFrom = counters(cluster);
  const loadBeganUs = simulation.nowUs;
  const packetsFrom = cluster.packets();
  cluster.loadBegins();
  const { loads, faults } = await load(cluster, clients, context);
  cluster.loadEnds();
  const packets = packetsBetween(packetsFrom, cluster.packets());
  const countersTo = counters(cluster);
  const readBacks = signal.aborted ? [] : await readAll(cluster, clients, context);
  const { user, system } = process.cpuUsage(cpuBegan);
  return assemble({
    kind: "simulated",
    network: cluster.network,
    nodes: scenario.nodes,
    durationMs: scenario.durationMs,
    processes: cluster.processes.map((process, i): ProcessRecord => {
      const index = clients.findIndex((client) => client.process === process);
      return {
        end: endName(process.contact),
        name: process.name,
        trace: process.observed.take(),
        counters: counterSpan(cluster, i, countersFrom, countersTo),
        spans: clients[index]?.follower.take() ?? [],
        load: loads[index],
      };
    }),
    faults: [...faults, ...cluster.scriptedCrashes()],
    disturbed: cluster.disturbed(),
    packets,
    eventHash: simulation.eventHash,
    loadBeganUs,
    observedUntilUs: simulation.nowUs,
    startMs: joinedUs / 1_000,
    readBacks,
    cpuMs: (user + system) / 1_000,
    interrupted: signal.aborted,
    causes: [],
  });
}

function simClient(
  process: SimProcess,
  number: number,
  cluster: SimCluster,
  { scenario }: RunContext,
): SimClient {
  const { overlay, member, name, naming } = process;
  const random = seededRandom(`${scenario.seed}/client${number}`);
  const client = makeWorkload({
    workload: scenario.workload,
    overlay,
    member,
    naming: namingClient(naming, member),
    random,
    files: scenario.names.files,
    nodes: cluster.nodes.map(({ contact }) => contact),
    client: number,
    clients: scenario.clients,
    valueSizeBytes: scenario.valueSizeBytes,
  });
  const follower = new Follower(name, () => cluster.simulation.nowUs);
  const load: LoadOptions = {
    world: overlay.world,
    member,
    workload: client.workload,
    random,
    ratePerSecond: scenario.rate / scenario.clients,
    durationMs: scenario.durationMs,
    deadlineMs: scenario.deadlineMs,
  };
  const generator = new LoadGenerator({
    ...load,
    follow: (lateUs, run) => follower.follow(lateUs, run),
  });
  return { process, follower, client, load, generator };
}

async function load(
  cluster: SimCluster,
  clients: readonly SimClient[],
  { scenario, signal, progress }: RunContext,
): Promise<{ loads: readonly LoadReport[]; faults: readonly InjectedFault[] }> {
  const { simulation } = cluster;
  const beganUs = simulation.nowUs;
  const durationUs = scenario.durationMs * 1_000;
  const onBreath = (): void => {
    progress("load", Math.min(1, (simulation.nowUs - beganUs) / durationUs));
    if (signal.aborted) for (const { generator } of clients) generator.stop();
  };
  const loaded = Promise.all(clients.map(({ generator }) => generator.run(GRACE_MS)));
  const faults: InjectedFault[] = [];
  const victims = victimsOf(scenario.nodes, scenario.faults, scenario.seed);
  const atUs = (kind: FaultKind): number => beganUs + scenario.faultsAt[kind] * durationUs;
  for (const kind of [...scenario.faults].sort((a, b) => atUs(a) - atUs(b))) {
    await cluster.until(atUs(kind), onBreath);
    const victim = cluster.nodes[victims.get(kind) ?? -1];
    if (signal.aborted || victim === undefined) break;
    faults.push({ kind, victim: endName(victim.contact), atUs: simulation.nowUs });
    if (kind === "crash") simulation.crash(victim.host);
    else simulation.hang(victim.host);
  }
  return { loads: await cluster.drive(loaded, onBreath), faults };
}

async function readAll(
  cluster: SimCluster,
  clients: readonly SimClient[],
  { scenario, progress }: RunContext,
): Promise<readonly ReadBackReport[]> {
  const expectations = clients.flatMap(({ client }) => client.expectations());
  if (expectations.length === 0) return [];
  const reading = clients.map(({ process: { overlay, naming, member } }, i) =>
    readBack({
      world: overlay.world,
      naming: namingClient(naming, member),
      expectations: expectations.filter(({ writer }) => (writer + 1) % clients.length === i),
      deadlineMs: scenario.deadlineMs,
      budgetMs: READ_BACK_MS,
    }),
  );
  return await cluster.drive(Promise.all(reading), () => progress("read back", 0));
}

function packetsBetween(
  from: PacketsResult | undefined,
  to: PacketsResult | undefined,
): PacketsResult | undefined {
  if (from === undefined || to === undefined) return undefined;
  return {
    sent: to.sent - from.sent,
    bytes: to.bytes - from.bytes,
    delivered: to.delivered - from.delivered,
    duplicated: to.duplicated - from.duplicated,
    reordered: to.reordered - from.reordered,
    corrupted: to.corrupted - from.corrupted,
    dropped: Object.fromEntries(
      Object.entries(to.dropped).flatMap(([cause, count]) => {
        const dropped = count - (from.dropped[cause] ?? 0);
        return dropped > 0 ? [[cause, dropped]] : [];
      }),
    ),
  };
}

/** What every process has counted so far. */
function counters(cluster: SimCluster): Counters[] {
  const { processes, countsOnce, simulation } = cluster;
  // What TCP repeats, its kernel repeats.
  const segments = (process: number): number =>
    simulation instanceof PacketSimulation ? simulation.segmentsSentAgain(process) : 0;
  const ofAll = countsOnce
    ? sumSizes(processes.flatMap(({ observed }) => observed.sizes ?? []))
    : undefined;
  return processes.map(({ observed, host }) => ({
    transport: withRetransmits(observed.stats(), segments(host)),
    compression: undefined,
    sizes: ofAll ?? observed.sizes,
    cpuMs: 0,
  }));
}

const withRetransmits = (stats: TransportStats, more: number): TransportStats =>
  more === 0 ? stats : { ...stats, retransmits: stats.retransmits + more };

function counterSpan(
  { countsOnce }: SimCluster,
  process: number,
  from: readonly Counters[],
  to: readonly Counters[],
): CounterSpan | undefined {
  const [first, last] = [from[process], to[process]];
  const isNew = process === 0 || !countsOnce;
  return isNew && first !== undefined && last !== undefined ? { from: first, to: last } : undefined;
}
