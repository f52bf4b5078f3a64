import type { SocketEnd } from "../../../tcp/socket.ts";
import type { PacketKernel } from "../kernel.ts";
import { type Machine, type PacketSocket, TCP } from "../machines.ts";
import type { PacketNetwork } from "../network.ts";
import { type CongestionName, congestionControl } from "./congestion.ts";
import { type ConnectionHost, TcpConnection } from "./connection.ts";
import { RECEIVE_BUFFER_BYTES } from "./receiver.ts";
import { Segment } from "./segment.ts";

/** What a program's end of a connection hears. */
export interface StreamEvents {
  onEstablished(): void;
  onReadable(): void;
  onSent(): void;
  onFinished(): void;
  onGone(end: SocketEnd): void;
}

/** Who takes new connections at a port: gets the connection, gives who hears of it. */
export type Accept = (connection: TcpConnection, remoteHost: string) => StreamEvents;

interface Listener {
  readonly congestion: CongestionName;
  readonly accept: Accept;
}

const EPHEMERAL_FIRST = 32_768;
const EPHEMERAL_LAST = 60_999;

/** The TCP of one host's kernel: it takes segments apart by connection and lives on when processes stop. */
export class TcpStack implements PacketSocket {
  readonly receiveBufferBytes = RECEIVE_BUFFER_BYTES;
  readonly #kernel: PacketKernel;
  readonly #network: PacketNetwork;
  readonly #machine: Machine;
  readonly #listeners = new Map<number, Listener>();
  /** By local port, remote host and port. Grows with the connections of the run. */
  readonly #connections = new Map<string, TcpConnection>();
  #nextPort = EPHEMERAL_FIRST;
  /** By connections that are gone. */
  #sentAgain = 0;

  constructor(kernel: PacketKernel, network: PacketNetwork, machine: Machine) {
    this.#kernel = kernel;
    this.#network = network;
    this.#machine = machine;
  }

  /** The stack of a host, new if it has none. */
  static of(kernel: PacketKernel, network: PacketNetwork, machine: Machine): TcpStack {
    if (!(machine.tcp instanceof TcpStack)) machine.tcp = new TcpStack(kernel, network, machine);
    return machine.tcp as TcpStack;
  }

  /** Segments that the host sent more than once. */
  get segmentsSentAgain(): number {
    let sum = this.#sentAgain;
    for (const { sender } of this.#connections.values()) sum += sender.retransmits;
    return sum;
  }

  get process(): number {
    return this.#machine.lastProcess;
  }

  /** Takes connections at a port, whose own data is sent under this congestion control. */
  listen(port: number, congestion: CongestionName, accept: Accept): void {
    this.#listeners.set(port, { congestion, accept });
  }

  unlisten(port: number): void {
    this.#listeners.delete(port);
  }

  /** Dials; `events` hears how it goes, never within this call. */
  connect(
    process: number,
    host: string,
    port: number,
    congestion: CongestionName,
    events: StreamEvents,
  ): TcpConnection {
    let local = this.#nextPort;
    while (this.#connections.has(keyOf(local, host, port))) local = next(local);
    this.#nextPort = next(local);
    return this.#open(process, local, host, port, congestion, false, () => events);
  }

  receive(packet: unknown, fromHost: string, fromPort: number, toPort: number): void {
    if (!(packet instanceof Segment)) return;
    const connection = this.#connections.get(keyOf(toPort, fromHost, fromPort));
    if (connection !== undefined) {
      connection.receive(packet);
      return;
    }
    const listener = this.#listeners.get(toPort);
    if (listener !== undefined && packet.syn && packet.ack < 0) {
      this.#accept(listener, toPort, fromHost, fromPort);
    } else if (!packet.rst) {
      const answer = new Segment({ rst: true, seq: Math.max(0, packet.ack), ack: packet.end });
      const source = { number: this.process, machine: this.#machine, port: toPort };
      this.#network.send(source, fromHost, fromPort, TCP, answer, answer.bytes);
    }
  }

  #accept({ accept, congestion }: Listener, port: number, host: string, remote: number): void {
    let events: StreamEvents | undefined;
    const { process } = this;
    const connection = this.#open(process, port, host, remote, congestion, true, () => events);
    events = accept(connection, host);
  }

  #open(
    process: number,
    local: number,
    host: string,
    port: number,
    congestion: CongestionName,
    passive: boolean,
    events: () => StreamEvents | undefined,
  ): TcpConnection {
    const key = keyOf(local, host, port);
    const from = { number: process, machine: this.#machine, port: local };
    let wakeUs = Number.POSITIVE_INFINITY;
    const self: { connection?: TcpConnection } = {};
    const tell: ConnectionHost = {
      nowUs: () => this.#kernel.nowUs,
      transmit: (segment) => this.#network.send(from, host, port, TCP, segment, segment.bytes),
      wakeAt: (atUs) => {
        if (atUs >= wakeUs) return;
        wakeUs = atUs;
        this.#kernel.at(atUs, () => {
          // A later one was replaced by an earlier one: it rings for nothing.
          if (this.#kernel.nowUs < wakeUs) return;
          wakeUs = Number.POSITIVE_INFINITY;
          self.connection?.onTimer();
        });
      },
      onEstablished: () => events()?.onEstablished(),
      onReadable: () => events()?.onReadable(),
      onSent: () => events()?.onSent(),
      onFinished: () => events()?.onFinished(),
      onGone: (end) => {
        this.#connections.delete(key);
        this.#sentAgain += self.connection?.sender.retransmits ?? 0;
        events()?.onGone(end);
      },
    };
    const connection = new TcpConnection(tell, congestionControl(congestion), passive);
    self.connection = connection;
    this.#connections.set(key, connection);
    return connection;
  }
}

const next = (port: number): number => (port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1);

const keyOf = (local: number, host: string, port: number): string => `${local}|${host}|${port}`;
