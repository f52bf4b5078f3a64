import type { Address } from "../../src/core/address.ts";
import { ContactTable } from "../../src/core/contacts.ts";
import { nodeRegistry } from "../../src/node/registry.ts";
import { constantLatency } from "../../src/transport/sim/latency.ts";
import { networkConditions } from "../../src/transport/sim/packet/conditions.ts";
import { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import type { Port, PortHandler } from "../../src/transport/transport.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { BENCH_MESSAGES, BenchProbe } from "../load/probe.ts";
import type { Ablation } from "./ablation.ts";
import { newBody, slotOf, stampBody } from "./body.ts";
import { FineLatencies } from "./fine-latencies.ts";
import type { LossyPathResult } from "./results.ts";
import { quantile } from "./spread.ts";

/** The path: of many between two cities over a bad last mile. */
const ONE_WAY_US = 25_000;
const LOSS = 0.05;
/** The load: requests of 1 KiB and their echoes, evenly spaced. */
const BYTES = 1_024;
const EVERY_US = 5_000;
const REQUESTS = 4_000;
/** What is still on its way after the last request has so long. */
const DRAIN_US = 5_000_000;
/** The peer then falls silent while requests go on; each seed gives one verdict. */
const PATIENCE_US = 30_000_000;
/** In the order opened. */
const CLIENT = 0;
const SERVER = 1;
const SEEDS = ["1", "2", "3", "4", "5"] as const;

interface SeedFigures {
  readonly verdictMs: number | null;
  readonly datagrams: number;
  readonly bytes: number;
}

/** Virtual time: the real UDP protocol over simulated packets, the same in every run. */
export async function measureLossyPath(
  variant: Ablation,
  seedNames: readonly string[] = SEEDS,
): Promise<LossyPathResult> {
  const latencies = new FineLatencies();
  const seeds: SeedFigures[] = [];
  for (const seed of seedNames) seeds.push(await oneSeed(variant, seed, latencies));
  const { p50 = 0, p99 = 0, p999 = 0 } = latencies.summary() ?? {};
  const requests = seedNames.length * REQUESTS;
  const sum = (of: (one: SeedFigures) => number): number =>
    seeds.reduce((total, one) => total + of(one), 0);
  const verdicts = seeds
    .map(({ verdictMs }) => verdictMs)
    .sort((a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
  return {
    property: variant.property,
    about: variant.about,
    p50Ms: p50 / 1_000,
    p99Ms: p99 / 1_000,
    p999Ms: p999 / 1_000,
    datagramsPerRoundTrip: sum(({ datagrams }) => datagrams) / requests,
    bytesPerRoundTrip: sum(({ bytes }) => bytes) / requests,
    unanswered: requests - latencies.count,
    verdictMs: quantile(verdicts, 0.5),
  };
}

async function oneSeed(
  { transport }: Ablation,
  seed: string,
  latencies: FineLatencies,
): Promise<SeedFigures> {
  const simulation = new PacketSimulation({
    seed,
    codec: createCodec({
      registry: nodeRegistry(BENCH_MESSAGES),
      contacts: new ContactTable(),
      compression: "off",
    }),
    transport: transport.replace("udp:", "packet-udp:"),
    latency: constantLatency(ONE_WAY_US),
    conditions: networkConditions({ path: { loss: LOSS } }),
  });
  const [client, server] = [simulation.udpInstance(), simulation.udpInstance()];
  const dueUs = new Float64Array(REQUESTS);
  let downUs: number | undefined;
  const { port } = open(
    client,
    simulation.address(CLIENT),
    (_port, _from, payload) => {
      const due = dueUs[slotOf(payload)];
      // Those after the fault have no number of their own.
      if (due !== undefined && due > 0) latencies.record(simulation.nowUs - due);
      if (due !== undefined) dueUs[slotOf(payload)] = 0;
    },
    () => {
      downUs ??= simulation.nowUs;
    },
  );
  const { port: servedAt } = open(server, simulation.address(SERVER), (port, from, payload) => {
    server.transport.send(port, from, BenchProbe.make({ payload }));
  });
  const peer = client.transport.peer(server.transport.localEndpoint(servedAt));
  const send = (number: number): void => {
    const payload = newBody(BYTES, 1, "echo");
    stampBody(payload, number, 0);
    client.transport.send(port, peer, BenchProbe.make({ payload }));
  };
  for (let i = 0; i < REQUESTS; i++) {
    dueUs[i] = simulation.nowUs + 1;
    await simulation.run({ untilUs: simulation.nowUs + 1 });
    send(i);
    await simulation.run({ untilUs: simulation.nowUs + EVERY_US - 1 });
  }
  await simulation.run({ untilUs: simulation.nowUs + DRAIN_US });
  const { sent, sentBytes } = simulation.network.counters;
  const figures = { datagrams: sent, bytes: sentBytes };
  client.transport.watch(port, peer);
  for (let i = 0; i < 100; i++) {
    send(REQUESTS);
    await simulation.run({ untilUs: simulation.nowUs + EVERY_US });
  }
  simulation.hang(SERVER);
  const hungUs = simulation.nowUs;
  while (downUs === undefined && simulation.nowUs < hungUs + PATIENCE_US) {
    send(REQUESTS);
    await simulation.run({ untilUs: simulation.nowUs + EVERY_US });
  }
  await client.transport.close();
  await server.transport.close();
  return { ...figures, verdictMs: downUs === undefined ? null : (downUs - hungUs) / 1_000 };
}

function open(
  { transport }: ReturnType<PacketSimulation["udpInstance"]>,
  address: Address,
  onBody: (port: Port, from: Parameters<PortHandler["onMessage"]>[1], body: Uint8Array) => void,
  onDown: () => void = () => undefined,
): { readonly port: Port } {
  const handler: PortHandler = {
    onMessage: (port, from, message) => {
      if (BenchProbe.is(message)) onBody(port, from, message.payload);
    },
    onVerdict: () => undefined,
    onReturn: () => undefined,
    onPeer: (_port, _peer, state) => {
      if (state === "down") onDown();
    },
    onDrain: () => undefined,
  };
  return { port: transport.openNow(address, handler) };
}
