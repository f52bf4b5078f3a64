import { describe, expect, test } from "vitest";
import { ContactTable } from "../../../../src/core/contacts.ts";
import { seededRandom } from "../../../../src/core/random.ts";
import { constantLatency, type LatencyModel } from "../../../../src/transport/sim/latency.ts";
import {
  type LinkConditions,
  networkConditions,
} from "../../../../src/transport/sim/packet/conditions.ts";
import { PacketSimulation } from "../../../../src/transport/sim/packet/packet-simulation.ts";
import { propagation } from "../../../../src/transport/sim/packet/propagation.ts";
import { Simulation } from "../../../../src/transport/sim/simulation.ts";
import type { Peer, Port, PortHandler } from "../../../../src/transport/transport.ts";
import { createCodec } from "../../../../src/wire/codec.ts";
import type { Message } from "../../../../src/wire/message.ts";
import { createRegistry } from "../../../../src/wire/registry.ts";
import { Parcel } from "./scene.ts";

const NODES = 20;
const REQUESTS = 3_000;

interface Given {
  readonly latency: LatencyModel;
  readonly up?: Partial<LinkConditions>;
  readonly perSecond: number;
  readonly bytes: number;
}

/** Round trips of requests between random nodes, sorted, in ms: the same ones at both levels. */
async function roundTrips(level: "message" | "packet", given: Given): Promise<number[]> {
  const contacts = new ContactTable();
  const codec = createCodec({ registry: createRegistry([Parcel]), contacts, compression: "off" });
  const { latency } = given;
  const seed = "fidelity";
  const packets = new PacketSimulation({
    seed,
    codec,
    latency,
    transport: "packet-udp:wan",
    conditions: networkConditions({ up: given.up }),
  });
  const messages = new Simulation({ seed, codec, contacts, latency, transport: "udp" });
  const simulation = level === "packet" ? packets : messages;
  const sentUs = new Map<number, number>();
  const latencies: number[] = [];
  const body = new Uint8Array(given.bytes);
  const nodes = Array.from({ length: NODES }, (_, number) => {
    const { transport } = level === "packet" ? packets.udpInstance() : messages.instance();
    const handler: PortHandler = {
      onMessage(port: Port, from: Peer, message: Message) {
        if (!Parcel.is(message)) return;
        if (message.id % 2 === 0) {
          transport.send(port, from, Parcel.make({ id: message.id + 1, body }));
        } else {
          latencies.push((simulation.nowUs - (sentUs.get(message.id - 1) ?? 0)) / 1_000);
        }
      },
      onVerdict() {},
      onReturn() {},
      onPeer() {},
      onDrain() {},
    };
    const address = level === "packet" ? packets.address(number) : `sim://${number}`;
    const port = transport.openNow(address as Parameters<typeof transport.openNow>[0], handler);
    return { transport, port };
  });
  const random = seededRandom("requests");
  for (let i = 0; i < REQUESTS; i++) {
    const from = random.below(NODES);
    const to = (from + 1 + random.below(NODES - 1)) % NODES;
    const [a, b] = [nodes[from], nodes[to]];
    if (a === undefined || b === undefined) continue;
    sentUs.set(2 * i, simulation.nowUs);
    const peer = a.transport.peer(b.transport.localEndpoint(b.port));
    a.transport.send(a.port, peer, Parcel.make({ id: 2 * i, body }));
    const gapUs = random.exponential(1e6 / given.perSecond);
    await simulation.run({ untilUs: simulation.nowUs + Math.round(gapUs) });
  }
  await simulation.run({ untilUs: simulation.nowUs + 60e6 });
  return latencies.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;

/** Jones and Dunagan, "Engineering realities" (2004), §2.3: when message-level simulation is enough. */
describe("the message level and the packet level", () => {
  test("agree where nothing queues: every percentile within 3 %", async () => {
    const latency = propagation("uniform", seededRandom("pairs"));
    const given = { latency, perSecond: 100, bytes: 200 };
    const [messages, packets] = [
      await roundTrips("message", given),
      await roundTrips("packet", given),
    ];
    expect(messages).toHaveLength(REQUESTS);
    expect(packets).toHaveLength(REQUESTS);
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      const off = Math.abs(at(packets, share) / at(messages, share) - 1);
      expect(off, `p${share * 100}`).toBeLessThan(0.03);
    }
  });

  test("differ where a link is congested: the message level knows of no queue", async () => {
    // 20 nodes with 100 kbit/s each, asked for more than half of that and in bursts.
    const up = { rateBitsPerSecond: 100e3, queuePackets: 30 };
    const given = { latency: constantLatency(20_000), up, perSecond: 100, bytes: 1_000 };
    const [messages, packets] = [
      await roundTrips("message", given),
      await roundTrips("packet", given),
    ];
    expect(at(messages, 0.5)).toBe(40);
    expect(at(messages, 0.99)).toBe(40);
    // Two transmissions of 1,080 bytes take 86 ms each; and at nearly full load they wait for others.
    expect(at(packets, 0.5)).toBeGreaterThan(3 * at(messages, 0.5));
    expect(at(packets, 0.99)).toBeGreaterThan(10 * at(messages, 0.99));
  });
});
