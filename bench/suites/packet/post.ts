import { ContactTable } from "../../../src/core/contacts.ts";
import { constantLatency } from "../../../src/transport/sim/latency.ts";
import {
  type LinkConditions,
  networkConditions,
} from "../../../src/transport/sim/packet/conditions.ts";
import { PacketSimulation } from "../../../src/transport/sim/packet/packet-simulation.ts";
import {
  NO_TOKEN,
  type Peer,
  type PeerState,
  type Port,
  type PortHandler,
  type SendResult,
  type Token,
  type Transport,
  type Verdict,
} from "../../../src/transport/transport.ts";
import { createCodec } from "../../../src/wire/codec.ts";
import { bytes, u32 } from "../../../src/wire/fields.ts";
import { defineMessage, type Message } from "../../../src/wire/message.ts";
import { createRegistry } from "../../../src/wire/registry.ts";

const Parcel = defineMessage({
  tag: 100,
  name: "bench.parcel",
  doc: "Bytes with a number; even ones want an answer.",
  fields: { id: u32("which"), body: bytes("anything", 1 << 20) },
});

export interface Lines {
  readonly seed: string;
  /** `packet-udp:wan`, `packet-tcp`. */
  readonly transport: string;
  readonly oneWayUs: number;
  readonly up?: Partial<LinkConditions>;
  readonly path?: Partial<LinkConditions>;
}

export function network({ seed, transport, oneWayUs, up, path }: Lines): PacketSimulation {
  const registry = createRegistry([Parcel]);
  const codec = createCodec({ registry, contacts: new ContactTable(), compression: "off" });
  const latency = constantLatency(oneWayUs);
  const conditions = networkConditions({ up, path });
  return new PacketSimulation({ seed, codec, transport, latency, conditions });
}

/** A process that sends and gets parcels, and tells who listens to it. */
export class Post implements PortHandler {
  readonly transport: Transport;
  readonly #port: { port?: Port } = {};
  onParcel: (id: number, size: number, from: Peer) => void = () => {};
  onDone: (token: number, verdict: Verdict) => void = () => {};
  onRoom: () => void = () => {};
  onState: (state: PeerState) => void = () => {};

  private constructor(transport: Transport) {
    this.transport = transport;
  }

  static async open(simulation: PacketSimulation, number: number): Promise<Post> {
    const post = new Post(simulation.instance().transport);
    post.#port.port = await post.transport.open(simulation.address(number), post);
    return post;
  }

  get port(): Port {
    return this.#port.port as Port;
  }

  peer(other: Post): Peer {
    return this.transport.peer(other.transport.localEndpoint(other.port));
  }

  send(to: Peer, id: number, body: Uint8Array, token = NO_TOKEN as number): SendResult {
    return this.transport.send(this.port, to, Parcel.make({ id, body }), token as Token);
  }

  onMessage(_port: Port, from: Peer, message: Message): void {
    if (Parcel.is(message)) this.onParcel(message.id, message.body.length, from);
  }

  onVerdict(_port: Port, token: Token, verdict: Verdict): void {
    this.onDone(token, verdict);
  }

  onReturn(): void {}
  onPeer(_port: Port, _peer: Peer, state: PeerState): void {
    this.onState(state);
  }
  onDrain(): void {
    this.onRoom();
  }
}

/** Lets so much virtual time pass. */
export const pass = (simulation: PacketSimulation, seconds: number): Promise<void> =>
  simulation.run({ untilUs: simulation.nowUs + Math.round(seconds * 1e6) });
