import {
  type Address,
  type Endpoint,
  type Incarnation,
  newIncarnation,
  socketAddress,
} from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import { unguessableBytes } from "../../core/platform.ts";
import type { World } from "../../core/world.ts";
import type { MessageCodec } from "../../wire/codec.ts";
import type { Message } from "../../wire/message.ts";
import { type Advertised, contactAddress, isAllAddresses } from "../advertised.ts";
import { parseTransportSpec, type TransportSpec } from "../options.ts";
import type {
  FindHelpers,
  Peer,
  PeerHealth,
  Port,
  PortHandler,
  SendResult,
  Token,
  Transport,
  TransportBounds,
  TransportCapabilities,
  TransportStats,
} from "../transport.ts";
import { NO_TOKEN } from "../transport.ts";
import { udpBounds } from "./bounds.ts";
import { sumStats } from "./counters.ts";
import { tellHandler } from "./dispatch.ts";
import { LiveProtocol } from "./live-socket.ts";
import { type UdpOptions, udpOptionsFrom } from "./options.ts";
import { PeerDirectory } from "./peer-directory.ts";
import { presetFor } from "./presets.ts";
import { UdpProtocol } from "./protocol.ts";
import { newPacketScratch } from "./protocol-setup.ts";

/** What a UDP transport is made of. */
export interface UdpTransportSetup {
  readonly world: World;
  readonly codec: MessageCodec;
  /** As written on the command line. Where it names no preset, a port on 127.0.0.1 gets `loopback`, others `lan`. */
  readonly spec?: TransportSpec | undefined;
  /** In place of a description. */
  readonly options?: UdpOptions | undefined;
  /** Left out: as described. */
  readonly name?: string | undefined;
  /** Which life of this process; left out: a new one. */
  readonly incarnation?: Incarnation | undefined;
  /** Where others reach its ports, if not where they listen. Needed by one that listens on all addresses. */
  readonly advertised?: Advertised | undefined;
}

/** Messages over our own reliable UDP. Each `open` binds a socket. Throws `E_OPTIONS`. */
export function openUdpTransport(setup: UdpTransportSetup): Transport {
  return new UdpTransport(setup);
}

interface OpenPort {
  readonly protocol: UdpProtocol;
  readonly live: LiveProtocol;
  readonly endpoint: Endpoint;
  readonly options: UdpOptions;
}

class UdpTransport implements Transport {
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly messageBytesMax: number;
  readonly #world: World;
  readonly #codec: MessageCodec;
  readonly #optionsFor: (host: string) => UdpOptions;
  readonly #incarnation: Incarnation;
  readonly #advertised: Advertised | undefined;
  readonly #directory = new PeerDirectory();
  /** By port number less one. Grows with the program's calls of `open`. */
  readonly #ports: OpenPort[] = [];
  #helpers: FindHelpers | undefined;
  #closing: Promise<void> | undefined;

  constructor(setup: UdpTransportSetup) {
    const { world, codec, options, incarnation } = setup;
    const spec = setup.spec ?? parseTransportSpec("udp");
    this.#world = world;
    this.#codec = codec;
    this.#optionsFor = (host) => options ?? udpOptionsFrom(spec, presetFor(host));
    this.name = setup.name ?? spec.text;
    this.messageBytesMax = codec.messageBytesMax;
    const ordered = this.#optionsFor("").order === "peer";
    this.capabilities = { ordered, detectsHang: true, virtualTime: false };
    this.#incarnation =
      incarnation ?? newIncarnation(world.wallMs(), world.random("udp.incarnation").below(16));
    this.#advertised = setup.advertised;
    if (this.#optionsFor("").queueBytes < codec.messageBytesMax) {
      throw new SkipnetError("E_OPTIONS", "udp: queueBytes is below the largest message");
    }
    if (this.#optionsFor("").inboxBytes < 4 * codec.messageBytesMax) {
      throw new SkipnetError("E_OPTIONS", "udp: inboxBytes is below four of the largest messages");
    }
  }

  async open(local: Address, handler: PortHandler): Promise<Port> {
    if (this.#closing !== undefined) throw new SkipnetError("E_CLOSED", "the transport is closed");
    const { host, port, scheme } = socketAddress(local);
    if (scheme !== "udp") throw new SkipnetError("E_ADDRESS", `"${local}" is not a udp address`);
    if (isAllAddresses(host) && this.#advertised === undefined) {
      throw new SkipnetError("E_OPTIONS", `listening on ${host} needs an advertised host`);
    }
    const options = this.#optionsFor(host);
    const number = (this.#ports.length + 1) as Port;
    const scratch = newPacketScratch();
    const protocol = new UdpProtocol({
      options,
      scratch,
      codec: this.#codec,
      incarnation: this.#incarnation,
      directory: this.#directory,
      // Not the same session ids in every life, even where the world's seed is.
      random: this.#world.random(`udp.sessions.${this.#incarnation}.${number}`),
      log: this.#world.log,
      newSecret: () => unguessableBytes(32),
    });
    const placed: { port: Port } = { port: number };
    protocol.assistedBy((peer) => this.#helpers?.(placed.port, peer) ?? []);
    const live = await LiveProtocol.open({
      world: this.#world,
      protocol,
      scratch,
      options,
      host,
      port,
      onEvent: (event) => tellHandler(handler, placed.port, this.#codec, event),
    });
    const bound = { scheme: "udp", host: live.host, port: live.port };
    const address = contactAddress(bound, this.#advertised);
    const endpoint = { address, incarnation: this.#incarnation };
    placed.port = this.#ports.push({ protocol, live, endpoint, options }) as Port;
    if (this.#closing !== undefined) {
      await live.close();
      throw new SkipnetError("E_CLOSED", "the transport was closed meanwhile");
    }
    return placed.port;
  }

  localEndpoint(port: Port): Endpoint {
    return this.#port(port).endpoint;
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
    for (const { protocol } of this.#ports) protocol.released(peer);
  }

  send(from: Port, to: Peer, message: Message, token: Token = NO_TOKEN): SendResult {
    const { protocol, live } = this.#port(from);
    const result = protocol.send(to, message, token, this.#world.nowUs());
    live.touch();
    return result;
  }

  watch(from: Port, to: Peer): void {
    const { protocol, live } = this.#port(from);
    protocol.watch(to, this.#world.nowUs());
    live.touch();
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
    return udpBounds(this.#ports[0]?.options ?? this.#optionsFor(""));
  }

  stats(): TransportStats {
    const stats = sumStats(this.#ports.map(({ protocol }) => protocol.counters));
    const error = this.#ports[0]?.protocol.coordinate.error;
    return error === undefined ? stats : { ...stats, coordinateError: error };
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#ports.map(({ live }) => live.close())).then(() => {});
    return this.#closing;
  }

  #port(port: Port): OpenPort {
    const open = this.#ports[port - 1];
    if (open === undefined) throw new SkipnetError("E_INTERNAL", `no port ${port} is open`);
    return open;
  }
}
