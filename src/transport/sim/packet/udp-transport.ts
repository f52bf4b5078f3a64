import { type Address, type Endpoint, socketAddress } from "../../../core/address.ts";
import { SkipnetError } from "../../../core/errors.ts";
import type { MessageCodec } from "../../../wire/codec.ts";
import type { Message } from "../../../wire/message.ts";
import {
  type FindHelpers,
  NO_TOKEN,
  type Peer,
  type PeerHealth,
  type Port,
  type PortHandler,
  type SendResult,
  type Token,
  type Transport,
  type TransportBounds,
  type TransportCapabilities,
  type TransportStats,
} from "../../transport.ts";
import { udpBounds } from "../../udp/bounds.ts";
import { sumStats } from "../../udp/counters.ts";
import { tellHandler } from "../../udp/dispatch.ts";
import type { ProtocolEvent } from "../../udp/events.ts";
import type { UdpOptions } from "../../udp/options.ts";
import { PeerDirectory } from "../../udp/peer-directory.ts";
import { UdpProtocol } from "../../udp/protocol.ts";
import type { PacketScratch } from "../../udp/protocol-setup.ts";
import { CLOSED, HUNG, UP } from "../hosts.ts";
import type { PortPlace } from "./port-place.ts";
import { UdpPort } from "./udp-port.ts";

/** What the transport of one instance is made of. */
export interface PacketUdpSetup {
  readonly name: string;
  readonly codec: MessageCodec;
  readonly options: UdpOptions;
  /** Shared by all ports of the simulation. */
  readonly scratch: PacketScratch;
  readonly place: PortPlace;
}

/**
 * The real UDP protocol behind the transport contract, on the simulated network: any number of
 * ports, each a process of its own with its own protocol object.
 */
export class PacketUdpTransport implements Transport {
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly messageBytesMax: number;
  readonly #setup: PacketUdpSetup;
  readonly #directory = new PeerDirectory();
  readonly #ports = new Map<Port, UdpPort>();
  /** Where a peer was told to be down. BOUNDED: peers that the program has not released. */
  readonly #downAt = new Map<Peer, Port[]>();
  #helpers: FindHelpers | undefined;
  #closed = false;

  constructor(setup: PacketUdpSetup) {
    this.#setup = setup;
    this.name = setup.name;
    this.messageBytesMax = setup.codec.messageBytesMax;
    const ordered = setup.options.order === "peer";
    this.capabilities = { ordered, detectsHang: true, virtualTime: true };
  }

  async open(local: Address, handler: PortHandler): Promise<Port> {
    return this.openNow(local, handler);
  }

  /** As `open`, at once. */
  openNow(local: Address, handler: PortHandler): Port {
    if (this.#closed) throw new SkipnetError("E_CLOSED", "the transport is closed");
    const { codec, options, scratch, place } = this.#setup;
    if (socketAddress(local).scheme !== "udp") {
      throw new SkipnetError("E_ADDRESS", `"${local}" is not a udp address`);
    }
    const { process, kernel, network, touch } = place.open(local);
    const number = process.number as Port;
    const protocol = new UdpProtocol({
      options,
      codec,
      scratch,
      incarnation: process.endpoint.incarnation,
      directory: this.#directory,
      random: kernel.random(`udp.sessions.${number}`),
    });
    protocol.assistedBy((peer) => this.#helpers?.(number, peer) ?? []);
    const onEvent = (event: ProtocolEvent): void => {
      if (event.kind === "peer" && event.state === "down") this.#noteDown(event.peer, number);
      tellHandler(handler, number, codec, event);
    };
    const port = new UdpPort({ kernel, network, process, protocol, options, touch, onEvent });
    this.#ports.set(number, port);
    return number;
  }

  localEndpoint(port: Port): Endpoint {
    return this.#setup.place.process(port).endpoint;
  }

  peer(endpoint: Endpoint): Peer {
    if (!endpoint.address.startsWith("udp://")) {
      throw new SkipnetError("E_ADDRESS", `"${endpoint.address}" is not a udp address`);
    }
    return this.#directory.claim(endpoint);
  }

  endpointOf(peer: Peer): Endpoint {
    return this.#directory.endpointOf(peer);
  }

  release(peer: Peer): void {
    this.#directory.unclaim(peer);
    // Only a dead one is forgotten for it, and who has one has said so.
    for (const port of this.#downAt.get(peer) ?? []) this.#port(port).protocol.released(peer);
    this.#downAt.delete(peer);
  }

  send(from: Port, to: Peer, message: Message, token: Token = NO_TOKEN): SendResult {
    const port = this.#port(from);
    const result = port.protocol.send(to, message, token, port.nowUs);
    port.touch();
    return result;
  }

  watch(from: Port, to: Peer): void {
    const port = this.#port(from);
    port.protocol.watch(to, port.nowUs);
    port.touch();
  }

  unwatch(from: Port, to: Peer): void {
    this.#port(from).protocol.unwatch(to);
  }

  assistedBy(helpers: FindHelpers): void {
    this.#helpers = helpers;
  }

  health(from: Port, to: Peer): PeerHealth | undefined {
    return this.#port(from).protocol.health(to);
  }

  bounds(): TransportBounds {
    return udpBounds(this.#setup.options);
  }

  stats(): TransportStats {
    return sumStats([...this.#ports.values()].map(({ protocol }) => protocol.counters));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const [number, port] of this.#ports) {
      const process = this.#setup.place.process(number);
      if (process.state !== UP && process.state !== HUNG) continue;
      process.state = CLOSED;
      port.close();
    }
  }

  #noteDown(peer: Peer, port: Port): void {
    const ports = this.#downAt.get(peer);
    if (ports === undefined) this.#downAt.set(peer, [port]);
    else ports.push(port);
  }

  #port(number: Port): UdpPort {
    const port = this.#ports.get(number);
    if (port === undefined) throw new SkipnetError("E_INTERNAL", `no port ${number} is open`);
    return port;
  }
}
