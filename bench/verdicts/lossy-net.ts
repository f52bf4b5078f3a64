import { type Incarnation, parseAddress } from "../../src/core/address.ts";
import { type Random, seededRandom } from "../../src/core/random.ts";
import { Deadlines, type Sleeper } from "../../src/transport/detector/deadlines.ts";
import { NO_TOKEN, type Peer, type Token } from "../../src/transport/transport.ts";
import type { ProtocolEvent } from "../../src/transport/udp/events.ts";
import { Fifo } from "../../src/transport/udp/messages/fifo.ts";
import type { UdpOptions } from "../../src/transport/udp/options.ts";
import { PeerDirectory } from "../../src/transport/udp/peer-directory.ts";
import { UdpProtocol } from "../../src/transport/udp/protocol.ts";
import { newPacketScratch } from "../../src/transport/udp/protocol-setup.ts";
import type { MessageCodec } from "../../src/wire/codec.ts";
import { bytes } from "../../src/wire/fields.ts";
import { defineMessage } from "../../src/wire/message.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** IP and UDP headers of a datagram. */
const NETWORK_HEADER_BYTES = 28;
const HOST = "10.0.0.1";

const Ball = defineMessage({
  tag: 1,
  name: "bench.ball",
  doc: "Thrown from one end to the other.",
  fields: { body: bytes("anything", 1_024) },
});

const BALL = Ball.make({ body: new Uint8Array(64) });

const codec: MessageCodec = {
  messageBytesMax: 1 << 10,
  encode: () => BALL.body.slice(),
  decode: () => BALL,
  sizeOf: () => BALL.body.length,
};

/** Losses that come in bursts: a bad state of `badMs` on average, in which `badLoss` is lost. */
export interface Bursts {
  readonly goodMs: number;
  readonly badMs: number;
  readonly badLoss: number;
}

export interface Conditions {
  /** Both ways together. */
  readonly rttUs: number;
  /** Share of datagrams lost, each way. */
  readonly loss: number;
  readonly bursts?: Bursts | undefined;
}

/** Whether a datagram of one direction is lost (Gilbert-Elliott; the states last in time). */
class Loss {
  readonly #random: Random;
  readonly #conditions: Conditions;
  #bad = true;
  #untilUs = 0;

  constructor(random: Random, conditions: Conditions) {
    this.#random = random;
    this.#conditions = conditions;
  }

  takesShare(share: number): boolean {
    return this.#random.chance(share);
  }

  takes(nowUs: number): boolean {
    const { loss, bursts } = this.#conditions;
    if (bursts === undefined) return this.#random.chance(loss);
    while (this.#untilUs <= nowUs) {
      this.#bad = !this.#bad;
      const meanMs = this.#bad ? bursts.badMs : bursts.goodMs;
      this.#untilUs += this.#random.exponential(meanMs * 1_000);
    }
    return this.#random.chance(this.#bad ? bursts.badLoss : loss);
  }
}

/** One process. */
export class VerdictNode implements Sleeper {
  heapPlace = -1;
  dueUs = NEVER;
  readonly net: LossyNet;
  readonly number: number;
  readonly protocol: UdpProtocol;
  /** Neither hears nor speaks: a black hole to others. */
  silent = false;
  /** Held up until then: what arrives waits in the kernel. */
  stalledUntilUs = 0;
  readonly #directory = new PeerDirectory();
  readonly #waiting: { from: number; bytes: Uint8Array }[] = [];
  onEvent: ((event: ProtocolEvent) => void) | undefined;
  readonly #lateUs: number;

  constructor(net: LossyNet, number: number, options: UdpOptions) {
    this.net = net;
    this.number = number;
    this.#lateUs = options.lateUs;
    this.protocol = new UdpProtocol({
      options,
      codec,
      incarnation: (1_000 + number) as Incarnation,
      directory: this.#directory,
      random: seededRandom(`${net.seed}/node/${number}`),
      scratch: net.scratch,
    });
  }

  peer(other: VerdictNode): Peer {
    const address = parseAddress(`udp://${HOST}:${other.number}`);
    return this.#directory.claim({ address, incarnation: (1_000 + other.number) as Incarnation });
  }

  /** May ask all of these, but for the one in question, about a peer that it suspects. */
  assistedBy(others: readonly VerdictNode[]): void {
    const peers = others.map((other) => this.peer(other));
    this.protocol.assistedBy((about) => peers.filter((peer) => peer !== about));
  }

  throwTo(peer: Peer, token: Token = NO_TOKEN): void {
    this.protocol.send(peer, BALL, token, this.net.nowUs);
    this.net.flush(this);
  }

  watch(peer: Peer): void {
    this.protocol.watch(peer, this.net.nowUs);
    this.net.flush(this);
  }

  arrive(from: number, bytes: Uint8Array): void {
    if (this.silent) return;
    if (this.stalledUntilUs > this.net.nowUs) {
      this.#waiting.push({ from, bytes });
      return;
    }
    this.protocol.input(bytes, HOST, from, this.net.nowUs);
    this.net.flush(this);
  }

  /** As a real process does after it was held up: reads first, notes how late it is, then judges. */
  runAgain(): void {
    const { nowUs } = this.net;
    const lateUs = nowUs - this.protocol.nextDeadlineUs;
    for (const { from, bytes } of this.#waiting.splice(0)) {
      this.protocol.input(bytes, HOST, from, nowUs);
    }
    if (lateUs > this.#lateUs) this.protocol.stalled(lateUs, nowUs);
    this.net.flush(this);
  }

  drain(): void {
    for (;;) {
      const event = this.protocol.events.take();
      if (event === undefined) return;
      this.onEvent?.(event);
    }
  }
}

interface Flight {
  readonly atUs: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** Processes on a network of one delay in virtual time. The same seed gives the same run. */
export class LossyNet {
  readonly seed: string;
  readonly scratch = newPacketScratch();
  nowUs = 1_000_000;
  datagrams = 0;
  /** With IP and UDP headers. */
  bytes = 0;
  readonly #conditions: Conditions;
  readonly #nodes: VerdictNode[] = [];
  readonly #flights = new Fifo<Flight>();
  readonly #deadlines = new Deadlines<VerdictNode>();
  readonly #losses = new Map<number, Loss>();
  /** Share of datagrams lost on some ways at some times, in place of the usual one. */
  lossOf: ((from: number, to: number) => number | undefined) | undefined;

  constructor(seed: string, conditions: Conditions) {
    this.seed = seed;
    this.#conditions = conditions;
  }

  node(options: UdpOptions): VerdictNode {
    const node = new VerdictNode(this, this.#nodes.length, options);
    this.#nodes.push(node);
    return node;
  }

  advance(us: number): void {
    const endUs = this.nowUs + us;
    for (;;) {
      const flightUs = this.#flights.first?.atUs ?? NEVER;
      const nextUs = Math.min(flightUs, this.#deadlines.firstUs);
      if (nextUs > endUs) break;
      this.nowUs = Math.max(this.nowUs, nextUs);
      if (flightUs <= this.nowUs) {
        const flight = this.#flights.shift() as Flight;
        (this.#nodes[flight.to] as VerdictNode).arrive(flight.from, flight.bytes);
        continue;
      }
      const node = this.#deadlines.takeDue(this.nowUs);
      if (node === undefined) continue;
      if (node.stalledUntilUs > this.nowUs) this.#deadlines.set(node, node.stalledUntilUs);
      else this.flush(node);
    }
    this.nowUs = endUs;
  }

  flush(node: VerdictNode): void {
    if (node.silent) return;
    do {
      node.protocol.poll(this.nowUs, (bytes, _host, port) =>
        this.#depart(node.number, port, bytes),
      );
      node.drain();
    } while (node.protocol.hasOutput);
    this.#deadlines.set(node, node.protocol.nextDeadlineUs);
  }

  #depart(from: number, to: number, bytes: Uint8Array): void {
    this.datagrams++;
    this.bytes += bytes.length + NETWORK_HEADER_BYTES;
    const direction = from * 65_536 + to;
    let loss = this.#losses.get(direction);
    if (loss === undefined) {
      const random = seededRandom(`${this.seed}/loss/${direction}`);
      loss = new Loss(random, this.#conditions);
      this.#losses.set(direction, loss);
    }
    const otherwise = this.lossOf?.(from, to);
    if (otherwise === undefined ? loss.takes(this.nowUs) : loss.takesShare(otherwise)) return;
    this.#flights.push({ atUs: this.nowUs + this.#conditions.rttUs / 2, from, to, bytes });
  }
}
