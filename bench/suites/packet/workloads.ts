import { type Machine, UDP } from "../../../src/transport/sim/packet/machines.ts";
import type { PacketSimulation } from "../../../src/transport/sim/packet/packet-simulation.ts";
import type { TransportStats } from "../../../src/transport/transport.ts";
import { LatencyRecorder } from "../../histogram.ts";
import { type Lines, network, Post, pass } from "./post.ts";

const SMALL = new Uint8Array(64);
/** Numbers of parcels that are not answered begin here. */
const ONE_WAY = 0x4000_0000;

/** Keeps a peer's queue filled with parcels of this size; `received` counts what arrives. */
function stream(from: Post, to: Post, size: number): { received: number } {
  const counted = { received: 0 };
  const body = new Uint8Array(size);
  const peer = from.peer(to);
  let id = ONE_WAY;
  const before = to.onParcel;
  to.onParcel = (number, bytes, sender) => {
    if (number >= ONE_WAY) counted.received += bytes;
    else before(number, bytes, sender);
  };
  const fill = (): void => {
    while (from.send(peer, id, body) === "sent") id++;
    id++;
  };
  from.onRoom = fill;
  fill();
  return counted;
}

/** Sends a small message every `gapUs` and records how long it takes to arrive, and to be answered. */
function notes(
  simulation: PacketSimulation,
  from: Post,
  to: Post,
  gapUs: number,
): { readonly oneWay: LatencyRecorder; readonly roundTrip: LatencyRecorder; stop(): void } {
  const oneWay = new LatencyRecorder();
  const load = requests(simulation, from, to, SMALL, gapUs);
  const answer = to.onParcel;
  to.onParcel = (number, bytes, sender) => {
    const sentUs = load.open.get(number);
    if (sentUs !== undefined) oneWay.record(simulation.nowUs - sentUs);
    answer(number, bytes, sender);
  };
  return { oneWay, roundTrip: load.latency, stop: load.stop };
}

/** Sends a request every `gapUs` and records how long its answer takes. */
function requests(
  simulation: PacketSimulation,
  from: Post,
  to: Post,
  body: Uint8Array,
  gapUs: number,
): { readonly latency: LatencyRecorder; readonly open: Map<number, number>; stop(): void } {
  const latency = new LatencyRecorder();
  const open = new Map<number, number>();
  const peer = from.peer(to);
  let id = 1;
  let running = true;
  to.onParcel = (number, _bytes, sender) => void to.send(sender, number, body);
  from.onParcel = (number) => {
    const sentUs = open.get(number);
    if (sentUs === undefined) return;
    open.delete(number);
    latency.record(simulation.nowUs - sentUs);
  };
  const tick = (): void => {
    if (!running) return;
    open.set(id, simulation.nowUs);
    from.send(peer, id++, body);
    simulation.at(simulation.nowUs + gapUs, tick);
  };
  tick();
  return {
    latency,
    open,
    stop: () => {
      running = false;
    },
  };
}

export interface BulkFigures {
  /** Message bytes that arrived, bits a second. */
  readonly bitsPerSecond: number;
  readonly tcpBitsPerSecond: number;
  readonly queueDrops: number;
  /** Of the small messages beside it. */
  readonly oneWayP50Ms: number;
  readonly oneWayP99Ms: number;
  readonly roundTripP99Ms: number;
  /** Of the sender, where its transport measures it. */
  readonly heldUp: TransportStats["heldUp"];
}

/** 64 KiB parcels one way as fast as they go; beside a CUBIC flow, or small messages, if wanted. */
export async function bulk(
  lines: Lines,
  seconds: number,
  beside: { readonly cubic?: boolean; readonly notes?: boolean } = {},
): Promise<BulkFigures> {
  const simulation = network(lines);
  const [a, b] = [await Post.open(simulation, 0), await Post.open(simulation, 1)];
  const small = beside.notes === true ? notes(simulation, a, b, 20_000) : undefined;
  const flow = stream(a, b, 64 << 10);
  const tcp = beside.cubic === true ? simulation.bulkFlow(0, 1) : undefined;
  await pass(simulation, 5);
  const before = { udp: flow.received, tcp: tcp?.receivedBytes ?? 0 };
  await pass(simulation, seconds);
  small?.stop();
  const rate = (to: number, from: number): number => ((to - from) * 8) / seconds;
  return {
    bitsPerSecond: rate(flow.received, before.udp),
    tcpBitsPerSecond: rate(tcp?.receivedBytes ?? 0, before.tcp),
    queueDrops: simulation.network.counters.dropped.uplinkQueue,
    oneWayP50Ms: (small?.oneWay.percentileUs(50) ?? 0) / 1_000,
    oneWayP99Ms: (small?.oneWay.percentileUs(99) ?? 0) / 1_000,
    roundTripP99Ms: (small?.roundTrip.percentileUs(99) ?? 0) / 1_000,
    heldUp: a.transport.stats().heldUp,
  };
}

export interface RequestFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly unanswered: number;
  /** Of the side that asks, where its transport measures it. */
  readonly heldUp: TransportStats["heldUp"];
}

/** Requests and answers of 1 KiB at an even rate, open loop. */
export async function wideArea(
  lines: Lines,
  perSecond: number,
  seconds: number,
): Promise<RequestFigures> {
  const simulation = network(lines);
  const [a, b] = [await Post.open(simulation, 0), await Post.open(simulation, 1)];
  // A warm connection: first contact is measured elsewhere.
  a.send(a.peer(b), ONE_WAY, SMALL);
  await pass(simulation, 2);
  const body = new Uint8Array(1_024);
  const load = requests(simulation, a, b, body, 1e6 / perSecond);
  await pass(simulation, seconds);
  load.stop();
  await pass(simulation, 30);
  return {
    p50Ms: load.latency.percentileUs(50) / 1_000,
    p99Ms: load.latency.percentileUs(99) / 1_000,
    maxMs: load.latency.percentileUs(100) / 1_000,
    unanswered: load.open.size,
    heldUp: a.transport.stats().heldUp,
  };
}

export interface FanOutFigures {
  readonly delivered: number;
  readonly lost: number;
  readonly lastMs: number;
}

/** One small message to each of many peers in one turn, over a link with a queue like a socket's buffer. */
export async function fanOut(lines: Lines, peers: number): Promise<FanOutFigures> {
  const simulation = network(lines);
  const hub = await Post.open(simulation, 0);
  const rest: Post[] = [];
  for (let i = 1; i <= peers; i++) rest.push(await Post.open(simulation, i));
  const targets = rest.map((post) => hub.peer(post));
  const round = async (): Promise<FanOutFigures> => {
    const beganUs = simulation.nowUs;
    let delivered = 0;
    let lastUs = beganUs;
    hub.onDone = (_token, verdict) => {
      if (verdict.outcome !== "delivered") return;
      delivered++;
      lastUs = simulation.nowUs;
    };
    const lostBefore = simulation.network.counters.droppedTotal;
    targets.forEach((peer, i) => void hub.send(peer, ONE_WAY, SMALL, i + 1));
    await pass(simulation, 10);
    const lost = simulation.network.counters.droppedTotal - lostBefore;
    return { delivered, lost, lastMs: (lastUs - beganUs) / 1_000 };
  };
  await round();
  return await round();
}

export interface SpeedFigures {
  readonly datagrams: number;
  readonly perCpuSecond: number;
  readonly eventsPerDatagram: number;
}

/** Pairs that echo small messages at an even rate: what one simulated datagram costs. */
export async function speed(
  lines: Lines,
  pairs: number,
  perSecond: number,
  seconds: number,
): Promise<SpeedFigures> {
  const simulation = network(lines);
  const made: { readonly a: Post; readonly to: number }[] = [];
  for (let i = 0; i < pairs; i++) {
    const [a, b] = [await Post.open(simulation, 2 * i), await Post.open(simulation, 2 * i + 1)];
    b.onParcel = (id, _bytes, from) => void b.send(from, id, SMALL);
    made.push({ a, to: a.peer(b) });
  }
  let id = 0;
  const tick = (): void => {
    for (const { a, to } of made) a.send(to as Parameters<Post["send"]>[0], ++id, SMALL);
    simulation.at(simulation.nowUs + 1e6 / perSecond, tick);
  };
  tick();
  await pass(simulation, 3);
  return await costOf(simulation, seconds);
}

/** The network without any protocol: bare sockets that echo, as ns-3's UDP echo does. */
export async function bareSpeed(
  lines: Lines,
  pairs: number,
  seconds: number,
): Promise<SpeedFigures> {
  const simulation = network(lines);
  const { machines } = simulation.network;
  for (let i = 0; i < pairs; i++) {
    const ends = [
      machines.at(`10.1.${i >> 8}.${i & 255}`),
      machines.at(`10.2.${i >> 8}.${i & 255}`),
    ];
    for (const machine of ends) {
      const source = { number: -1, machine, port: 7 };
      machine.udp.set(7, {
        ownPort: 7,
        process: -1,
        receiveBufferBytes: Number.POSITIVE_INFINITY,
        receive: (packet, host, port) =>
          simulation.network.send(source, host, port, UDP, packet, 92),
      });
    }
    const [a, b] = ends as [Machine, Machine];
    simulation.network.send({ number: -1, machine: a, port: 7 }, b.host, 7, UDP, SMALL, 92);
  }
  return await costOf(simulation, seconds);
}

/** What datagrams cost from now on. */
async function costOf(simulation: PacketSimulation, seconds: number): Promise<SpeedFigures> {
  const from = { sent: simulation.network.counters.sent, events: simulation.eventCount };
  const cpu = process.cpuUsage();
  await pass(simulation, seconds);
  const { user, system } = process.cpuUsage(cpu);
  const datagrams = simulation.network.counters.sent - from.sent;
  return {
    datagrams,
    perCpuSecond: datagrams / ((user + system) / 1e6),
    eventsPerDatagram: (simulation.eventCount - from.events) / datagrams,
  };
}
