import { ContactTable } from "../../../../src/core/contacts.ts";
import { constantLatency, type LatencyModel } from "../../../../src/transport/sim/latency.ts";
import {
  type LinkConditions,
  networkConditions,
} from "../../../../src/transport/sim/packet/conditions.ts";
import { PacketSimulation } from "../../../../src/transport/sim/packet/packet-simulation.ts";
import {
  NO_TOKEN,
  type Peer,
  type Port,
  type PortHandler,
  type Token,
  type Transport,
  type Verdict,
} from "../../../../src/transport/transport.ts";
import { createCodec } from "../../../../src/wire/codec.ts";
import { bytes, u32 } from "../../../../src/wire/fields.ts";
import { defineMessage, type Message } from "../../../../src/wire/message.ts";
import { createRegistry } from "../../../../src/wire/registry.ts";

export const Parcel = defineMessage({
  tag: 100,
  name: "test.parcel",
  doc: "Bytes with a number.",
  fields: { id: u32("which"), body: bytes("anything", 1 << 20) },
});

/** A node that remembers what it was told, and when. */
export class Station implements PortHandler {
  readonly transport: Transport;
  readonly port: Port;
  readonly got: { readonly id: number; readonly from: Peer; readonly atUs: number }[] = [];
  readonly verdicts = new Map<number, Verdict>();
  readonly states: string[] = [];
  onRoom: (() => void) | undefined;
  onParcel: ((id: number, from: Peer) => void) | undefined;
  readonly #simulation: PacketSimulation;

  constructor(simulation: PacketSimulation, number: number) {
    this.#simulation = simulation;
    const { transport } = simulation.udpInstance();
    this.transport = transport;
    this.port = transport.openNow(simulation.address(number), this);
  }

  peer(other: Station): Peer {
    return this.transport.peer(other.transport.localEndpoint(other.port));
  }

  send(to: Station | Peer, id: number, size = 64, token = id) {
    const peer = typeof to === "number" ? to : this.peer(to);
    const message = Parcel.make({ id, body: new Uint8Array(size) });
    return this.transport.send(this.port, peer, message, (token || NO_TOKEN) as Token);
  }

  get ids(): number[] {
    return this.got.map(({ id }) => id);
  }

  /** `outcome` of every token so far, each once. */
  get outcomes(): string[] {
    return [...new Set([...this.verdicts.values()].map(({ outcome }) => outcome))].sort();
  }

  onMessage(_port: Port, from: Peer, message: Message): void {
    if (!Parcel.is(message)) return;
    this.got.push({ id: message.id, from, atUs: this.#simulation.nowUs });
    this.onParcel?.(message.id, from);
  }

  onVerdict(_port: Port, token: Token, verdict: Verdict): void {
    this.verdicts.set(token, verdict);
  }

  onReturn(): void {}
  onPeer(_port: Port, _peer: Peer, state: string, reason: string): void {
    this.states.push(`${state} ${reason}`);
  }
  onDrain(): void {
    this.onRoom?.();
  }
}

export interface SceneOptions {
  readonly seed?: string;
  readonly transport?: string;
  readonly latency?: LatencyModel;
  readonly up?: Partial<LinkConditions>;
  readonly down?: Partial<LinkConditions>;
  readonly path?: Partial<LinkConditions>;
}

/** A packet-level simulation with a codec for parcels. */
export function packetScene(options: SceneOptions = {}): PacketSimulation {
  const contacts = new ContactTable();
  const codec = createCodec({
    registry: createRegistry([Parcel]),
    contacts,
    compression: "off",
  });
  return new PacketSimulation({
    seed: options.seed ?? "scene",
    codec,
    transport: options.transport ?? "packet-udp:wan",
    latency: options.latency ?? constantLatency(10_000),
    conditions: networkConditions(options),
  });
}

export const advance = (simulation: PacketSimulation, ms: number): Promise<void> =>
  simulation.run({ untilUs: simulation.nowUs + Math.round(ms * 1_000) });
