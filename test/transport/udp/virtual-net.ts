import type { Endpoint, Incarnation } from "../../../src/core/address.ts";
import { parseAddress } from "../../../src/core/address.ts";
import { SkipnetError } from "../../../src/core/errors.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import { NO_TOKEN, type Peer, type Token } from "../../../src/transport/transport.ts";
import type { ProtocolEvent } from "../../../src/transport/udp/events.ts";
import { type UdpOptions, udpOptions } from "../../../src/transport/udp/options.ts";
import { KIND_RESET } from "../../../src/transport/udp/packet/packet.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PeerDirectory } from "../../../src/transport/udp/peer-directory.ts";
import { UdpProtocol } from "../../../src/transport/udp/protocol.ts";
import type { MessageCodec } from "../../../src/wire/codec.ts";
import { bytes as bytesField } from "../../../src/wire/fields.ts";
import { defineMessage } from "../../../src/wire/message.ts";

export const Note = defineMessage({
  tag: 1,
  name: "test.note",
  doc: "Bytes.",
  fields: { body: bytesField("anything", 1 << 20) },
});

/** The first byte of a body that the stand-in codec refuses to decode. */
export const UNDECODABLE = 0xff;

/** A codec that is nothing but the body. */
export const noteCodec: MessageCodec = {
  messageBytesMax: 1 << 20,
  encode(message) {
    if (!Note.is(message)) throw new Error("not a note");
    if (message.body.length > 1 << 20) throw new SkipnetError("E_TOO_LARGE", "over 1 MiB");
    return message.body.slice();
  },
  decode(bytes) {
    if (bytes[0] === UNDECODABLE) throw new SkipnetError("E_MALFORMED", "not a note");
    return Note.make({ body: bytes.slice() });
  },
  sizeOf: (message) => (Note.is(message) ? message.body.length : 0),
};

export const note = (text: string) => Note.make({ body: new TextEncoder().encode(text) });
export const textOf = (body: Uint8Array) => new TextDecoder().decode(body);

export interface NodeSetup {
  readonly incarnation?: number;
  readonly options?: Partial<UdpOptions>;
  readonly firstNumber?: number;
  readonly seed?: string;
}

/** One process in virtual time. */
export class VirtualNode {
  readonly directory = new PeerDirectory();
  readonly protocol: UdpProtocol;
  readonly incarnation: Incarnation;
  /** Everything that happened, oldest first. */
  readonly events: ProtocolEvent[] = [];
  /** Neither receives nor is polled: a stopped process. */
  paused = false;
  /** Whether the program takes what the protocol has for it. */
  reads = true;
  onEvent: ((event: ProtocolEvent) => void) | undefined;
  readonly net: VirtualNet;
  readonly port: number;

  constructor(net: VirtualNet, port: number, setup: NodeSetup) {
    this.net = net;
    this.port = port;
    this.incarnation = (setup.incarnation ?? 1000 + port) as Incarnation;
    this.protocol = new UdpProtocol({
      options: udpOptions({ preset: "lan", ...setup.options }),
      codec: noteCodec,
      incarnation: this.incarnation,
      directory: this.directory,
      random: seededRandom(`${setup.seed ?? ""}${port}/${this.incarnation}`),
      firstNumber: setup.firstNumber,
    });
  }

  get endpoint(): Endpoint {
    return {
      address: parseAddress(`udp://${this.net.host}:${this.port}`),
      incarnation: this.incarnation,
    };
  }

  peer(node: VirtualNode, incarnation: Incarnation = node.incarnation): Peer {
    return this.directory.claim({ address: node.endpoint.address, incarnation });
  }

  send(to: Peer, body: string | Uint8Array, token = NO_TOKEN) {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return this.protocol.send(to, Note.make({ body: bytes }), token, this.net.nowUs);
  }

  drain(): void {
    while (this.reads) {
      const event = this.protocol.events.take();
      if (event === undefined) return;
      this.events.push(event);
      this.onEvent?.(event);
    }
  }

  /** Bodies received, as text. */
  get received(): string[] {
    return this.events.flatMap((e) =>
      e.kind === "message" && Note.is(e.message) ? [textOf(e.message.body)] : [],
    );
  }

  /** `token outcome reason`, in the order in which they came. */
  get verdicts(): string[] {
    return this.events.flatMap((e) => {
      if (e.kind !== "verdict") return [];
      const reason = "reason" in e.verdict ? ` ${e.verdict.reason}` : "";
      return [`${e.token} ${e.verdict.outcome}${reason}`];
    });
  }

  get peerStates(): string[] {
    return this.events.flatMap((e) => (e.kind === "peer" ? [`${e.state} ${e.reason}`] : []));
  }
}

export interface Flight {
  readonly atUs: number;
  readonly order: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** What happens to one datagram: the delays of its copies; none: lost. */
export type Fate = (from: number, to: number, bytes: Uint8Array) => readonly number[];

export class VirtualNet {
  nowUs = 1_000_000;
  readonly nodes = new Map<number, VirtualNode>();
  readonly conversation: string[] = [];
  /** Writes every datagram into the conversation. */
  recording = false;
  fate: Fate;
  #flights: Flight[] = [];
  #order = 0;
  readonly #reader = new PacketReader();

  /** The host that everybody is on. */
  readonly host: string;

  constructor(fate: Fate = () => [500], host = "10.0.0.1") {
    this.fate = fate;
    this.host = host;
  }

  node(port: number, setup: NodeSetup = {}): VirtualNode {
    const node = new VirtualNode(this, port, setup);
    this.nodes.set(port, node);
    return node;
  }

  /** Puts a datagram on the way as if `from` had sent it. */
  inject(from: number, to: number, bytes: Uint8Array, delayUs = 0): void {
    this.#flights.push({ atUs: this.nowUs + delayUs, order: this.#order++, from, to, bytes });
    this.#flights.sort((a, b) => a.atUs - b.atUs || a.order - b.order);
  }

  /** Lets so much time pass. */
  advance(us: number): void {
    const endUs = this.nowUs + us;
    let standing = 0;
    this.#pollAll();
    for (;;) {
      const wakeUs = Math.max(this.nowUs, this.#nextUs());
      if (wakeUs > endUs) break;
      standing = wakeUs > this.nowUs ? 0 : standing + 1;
      if (standing > 10_000) throw new Error(`time stands still at ${this.nowUs}`);
      this.nowUs = wakeUs;
      while ((this.#flights[0]?.atUs ?? Number.POSITIVE_INFINITY) <= this.nowUs) {
        this.#arrive(this.#flights.shift() as Flight);
      }
      this.#pollAll();
    }
    this.nowUs = endUs;
  }

  #nextUs(): number {
    let nextUs = this.#flights[0]?.atUs ?? Number.POSITIVE_INFINITY;
    for (const node of this.nodes.values()) {
      if (!node.paused) nextUs = Math.min(nextUs, node.protocol.nextDeadlineUs);
    }
    return nextUs;
  }

  #arrive(flight: Flight): void {
    const node = this.nodes.get(flight.to);
    if (node === undefined) return;
    if (node.paused) {
      // It stays in the kernel's buffer until the process runs again.
      this.#flights.push({ ...flight, atUs: Number.POSITIVE_INFINITY });
      return;
    }
    node.protocol.input(flight.bytes, this.host, flight.from, this.nowUs);
    node.drain();
  }

  /** Continues a stopped process; what waited for it arrives first, then its timers run, told of the stall. */
  resume(node: VirtualNode, stalledUs: number): void {
    node.paused = false;
    const waiting = this.#flights.filter((f) => f.to === node.port && f.atUs > 1e15);
    this.#flights = this.#flights.filter((f) => !waiting.includes(f));
    for (const flight of waiting) this.#arrive(flight);
    node.protocol.stalled(stalledUs, this.nowUs);
  }

  #pollAll(): void {
    for (const node of this.nodes.values()) this.flush(node);
  }

  flush(node: VirtualNode): void {
    if (node.paused) return;
    node.protocol.poll(this.nowUs, (bytes, _host, port) => this.#depart(node.port, port, bytes));
    node.drain();
  }

  close(node: VirtualNode): void {
    node.protocol.close(this.nowUs, (bytes, _host, port) => this.#depart(node.port, port, bytes));
    node.drain();
  }

  #depart(from: number, to: number, bytes: Uint8Array): void {
    const delays = this.fate(from, to, bytes);
    if (this.recording) {
      const ms = ((this.nowUs - 1_000_000) / 1000).toFixed(1).padStart(7);
      const fate = delays.length === 0 ? "  LOST" : delays.length > 1 ? "  TWICE" : "";
      this.conversation.push(`${ms} ${from} > ${to} ${describe(this.#reader, bytes)}${fate}`);
    }
    for (const delayUs of delays) this.inject(from, to, bytes.slice(), delayUs);
  }
}

/** One line about a datagram, as a person would note it. */
export function describe(reader: PacketReader, bytes: Uint8Array): string {
  const fault = reader.parse(bytes);
  if (fault !== undefined) return `(${fault})`;
  if (reader.kind === KIND_RESET) {
    return `reset ${["", "unknown session", "other incarnation", "given up"][reader.resetReason]} by ${reader.resetIncarnation}`;
  }
  const parts = [`#${reader.packetLow}`];
  if (reader.hasHello) {
    parts.push(`hello(${reader.helloIncarnation} to ${reader.helloPeerIncarnation})`);
  }
  if (reader.hasAck) {
    const bits = reader.ackBitsLow.toString(2);
    parts.push(`ack(${reader.ackLargestLow}${reader.ackBitsLow === 0 ? "" : ` ${bits}`})`);
  }
  for (const frame of reader.frames.slice(0, reader.frameCount)) {
    const number = (reader.floorLow + frame.message) % 2 ** 32;
    const size = frame.end - frame.start;
    if (frame.kind === 1) parts.push(`message ${number}:${size}B`);
    else if (frame.kind === 2) {
      parts.push(`fragment ${number}:${frame.index + 1}/${frame.count}:${size}B`);
    } else if (frame.kind === 3) parts.push("ping");
    else if (frame.kind === 4)
      parts.push(`refuse(#${frame.packet} message ${frame.message} reason ${frame.reason})`);
    else if (frame.kind === 5) parts.push("close");
  }
  const { hasAsk, ask, hasVouch, vouch } = reader.help;
  if (hasAsk)
    parts.push(`ask(${ask.question} about ${ask.incarnation} at ${ask.host}:${ask.port})`);
  if (hasVouch) parts.push(`vouch(${vouch.question})`);
  if (reader.immediate) parts.push("!");
  return parts.join(" ");
}

export const token = (n: number) => n as Token;

/** Loss, duplicates, reordering and damage, all at random. */
export function chaos(
  random: Random,
  { loss = 0, twice = 0, damage = 0, minUs = 500, jitterUs = 0 }: ChaosOptions,
): Fate {
  const delay = () => minUs + random.below(jitterUs + 1);
  return (_from, _to, bytes) => {
    if (random.chance(damage)) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 + random.below(255));
    }
    if (random.chance(loss)) return [];
    return random.chance(twice) ? [delay(), delay()] : [delay()];
  };
}

export interface ChaosOptions {
  readonly loss?: number;
  readonly twice?: number;
  readonly damage?: number;
  readonly minUs?: number;
  readonly jitterUs?: number;
}
