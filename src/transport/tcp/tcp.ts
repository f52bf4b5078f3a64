import {
  type Address,
  type Endpoint,
  type Incarnation,
  newIncarnation,
  socketAddress,
} from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { World } from "../../core/world.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import type { Message } from "../../wire/message.ts";
import type { Advertised } from "../advertised.ts";
import type { Peer, Port, PortHandler, SendResult, Token, Verdict } from "../transport.ts";
import * as contract from "../transport.ts";
import { tcpBounds } from "./bounds.ts";
import type { Connection, ConnectionOwner } from "./connection.ts";
import { TcpCounters } from "./counters.ts";
import { Doors } from "./doors.ts";
import { Link } from "./link.ts";
import type { LinkHost } from "./link-host.ts";
import { Mail } from "./mail.ts";
import { type TcpOptions, tcpOptions } from "./options.ts";
import type { OutMessage } from "./outbox.ts";
import { type PeerRecord, PeerTable } from "./peers.ts";
import type { PortState } from "./port.ts";
import { Remote } from "./remote.ts";
import { Sending, type SendingHost } from "./sending.ts";
import { nodeSockets, type StreamSockets } from "./socket.ts";
import { Turn } from "./turn.ts";
import { Vigil } from "./vigil.ts";

/** What a TCP transport is made of. */
export interface TcpTransportSetup {
  readonly world: World;
  readonly codec: MessageCodec;
  readonly options?: Partial<TcpOptions> | undefined;
  /** As written on the command line. Default: `tcp` or `tcp:os`. */
  readonly name?: string | undefined;
  /** Which life of the process; a new one by default. */
  readonly incarnation?: Incarnation | undefined;
  /** Where others reach its ports, if not where they listen. */
  readonly advertised?: Advertised | undefined;
  /** The machine's by default. */
  readonly sockets?: StreamSockets | undefined;
}

/**
 * The transport contract over TCP: one connection a peer, used both ways, with acknowledgements of
 * its own, because the kernel's say only that bytes arrived at a kernel.
 *
 * A peer is known by the address at which it listens; dialled under another name of the same host it
 * is another peer.
 */
export function openTcpTransport(setup: TcpTransportSetup): contract.Transport {
  return new TcpTransport(setup);
}

class TcpTransport implements contract.Transport, LinkHost, SendingHost {
  readonly name: string;
  readonly capabilities: contract.TransportCapabilities;
  readonly messageBytesMax: number;
  readonly world: World;
  readonly options: TcpOptions;
  readonly advertised: Advertised | undefined;
  readonly counters = new TcpCounters();
  readonly vigil: Vigil;
  readonly #mail: Mail;
  readonly #sending: Sending;
  readonly incarnation: Incarnation;
  readonly #doors: Doors;
  readonly #turn: Turn;
  readonly #peers = new PeerTable((record) => this.#forget(record));
  #closing: Promise<void> | undefined;

  constructor(setup: TcpTransportSetup) {
    const { world, codec, sockets = nodeSockets } = setup;
    this.world = world;
    this.options = tcpOptions(setup.options);
    this.advertised = setup.advertised;
    this.name = setup.name ?? (this.options.policy === "os" ? "tcp:os" : "tcp");
    const detectsHang = this.options.policy === "deadline";
    this.capabilities = { ordered: true, detectsHang, virtualTime: false };
    this.messageBytesMax = codec.messageBytesMax;
    this.incarnation =
      setup.incarnation ??
      newIncarnation(world.wallMs(), world.random("tcp.incarnation").below(16));
    this.#turn = new Turn(sockets);
    this.#mail = new Mail(codec, this.#turn);
    this.vigil = new Vigil(world, this.options, this.counters);
    this.#sending = new Sending(this, this.#mail, this.#peers, this.#turn);
    this.#doors = new Doors(this, sockets, {
      onVisitor: (port, visitor, hello, address) => {
        const link = this.#link(port, address);
        visitor.owner = link;
        link.onVisitor(visitor, hello);
      },
      onEnquiry: (port, hello, address) => port.links.get(address)?.onEnquiry(hello),
    });
  }

  async open(local: Address, handler: PortHandler): Promise<Port> {
    this.#assertOpen();
    const port = await this.#doors.open(local, this.incarnation, handler);
    if (this.#closing !== undefined) await port.listener.close();
    this.#assertOpen();
    return port.port;
  }

  localEndpoint(port: Port): Endpoint {
    return this.#port(port).self;
  }

  peer(endpoint: Endpoint): Peer {
    const { scheme, port } = socketAddress(endpoint.address);
    if (scheme !== "tcp" || port === 0) {
      throw new SkipnetError("E_ADDRESS", `${endpoint.address} is not the address of a tcp peer`);
    }
    return this.#peers.hold(endpoint).peer;
  }

  endpointOf(peer: Peer): Endpoint {
    return this.#peers.need(peer).endpoint;
  }

  release(peer: Peer): void {
    this.#peers.release(peer);
  }

  send(from: Port, to: Peer, message: Message, token: Token = contract.NO_TOKEN): SendResult {
    if (this.#closing !== undefined) return "full";
    return this.#turn.during(() => this.#sending.send(this.#port(from), to, message, token));
  }

  watch(from: Port, to: Peer): void {
    if (this.#closing !== undefined) return;
    const port = this.#port(from);
    this.#turn.during(() => this.linkOf(port, this.#peers.need(to)).watch(this.#peers.need(to)));
  }

  unwatch(from: Port, to: Peer): void {
    const record = this.#peers.get(to);
    if (record === undefined || this.#closing !== undefined) return;
    this.#port(from).links.get(record.endpoint.address)?.lives.unwatch(record);
  }

  health(from: Port, to: Peer): contract.PeerHealth | undefined {
    const record = this.#peers.get(to);
    if (record === undefined) return undefined;
    return this.#port(from).links.get(record.endpoint.address)?.health(record);
  }

  bounds(): contract.TransportBounds {
    return tcpBounds(this.options);
  }

  stats(): contract.TransportStats {
    return this.counters.snapshot();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Now, and the rest when `#closing` is set: what follows calls handlers.
    await undefined;
    const closed = this.#doors.close();
    for (const { links } of this.#doors.ports.values()) {
      for (const link of links.values()) link.close();
    }
    this.#turn.settle();
    await closed;
  }

  // What links ask and report.

  dial(link: Link, owner: ConnectionOwner): Connection | undefined {
    return this.#doors.dial(this.#port(link.port), link.remote.address, owner);
  }

  markDirty(link: Link): void {
    this.#turn.dirty(link);
  }

  decode(encoded: Uint8Array): Message | undefined {
    return this.#mail.decode(encoded);
  }

  deliver(link: Link, message: Message): void {
    const { address, incarnation } = link.remote;
    const record = this.#peers.passing({ address, incarnation });
    link.lives.add(record);
    this.#port(link.port).handler.onMessage(link.port, record.peer, message);
  }

  settled(link: Link, message: OutMessage, verdict: Verdict): void {
    this.#sending.settled(this.#port(link.port), message, verdict);
  }

  peerState(
    link: Link,
    { peer }: PeerRecord,
    state: contract.PeerState,
    reason: contract.PeerReason,
  ): void {
    const { port, handler } = this.#port(link.port);
    this.#turn.say(() => handler.onPeer(port, peer, state, reason));
  }

  drained(link: Link, peer: Peer): void {
    this.#port(link.port).handler.onDrain(link.port, peer);
  }

  revived(endpoint: Endpoint): void {
    this.counters.revived++;
    this.#peers.renew(endpoint);
  }

  #port(port: Port): PortState {
    const state = this.#doors.ports.get(port);
    if (state === undefined) throw new SkipnetError("E_INTERNAL", `no such port: ${port}`);
    return state;
  }

  linkOf(port: PortState, record: PeerRecord): Link {
    const link = this.#link(port, record.endpoint.address);
    link.lives.add(record);
    return link;
  }

  #link(port: PortState, address: Address): Link {
    let link = port.links.get(address);
    if (link === undefined) {
      link = new Link(this, port.port, port.self, new Remote(this.world, address));
      port.addLink(address, link);
    }
    return link;
  }

  #forget(record: PeerRecord): void {
    for (const { links } of this.#doors.ports.values()) {
      links.get(record.endpoint.address)?.lives.forget(record);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new SkipnetError("E_CLOSED", "the transport is closed");
  }
}
