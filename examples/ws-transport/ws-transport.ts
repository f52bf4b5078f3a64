/**
 * A transport that is not part of skipnet: messages over WebSockets, one connection for each
 * direction. It keeps the contract (`test/contract/ws.test.ts`) and is a column of the benchmark:
 *
 *     npx tsx src/cli/main.ts bench --transports tcp,ws --transport-module examples/ws-transport/ws-transport.ts
 *
 * A transport module exports `kind`, which names it on the command line and is the scheme of its
 * addresses, and `openTransport`, which gets the world (time, timers, randomness, log), the codec
 * and the description of the transport as it was written (`TransportModule`).
 */
import {
  type Address,
  type Endpoint,
  type Incarnation,
  type Message,
  NO_TOKEN,
  newIncarnation,
  type Peer,
  type PeerHealth,
  type Port,
  type PortHandler,
  RETURN_TO_SENDER,
  type RefusedReason,
  readTransportOptions,
  refused,
  type SendResult,
  SkipnetError,
  type Token,
  type Transport,
  type TransportBounds,
  type TransportSetup,
  type TransportStats,
  type Verdict,
} from "../../src/index.ts";
import { DOWN_LOOKS, Link, PROBE_US, SUSPECT_LOOKS, VERDICT_US } from "./link.ts";
import { type PeerRecord, Peers } from "./peers.ts";
import { listen } from "./server.ts";

export const kind = "ws";
/** Who was called down for its silence is tried again after so long. */
const RETRY_DOWN_US = 1_000_000;

export function openTransport(setup: TransportSetup): Transport {
  // It has no options: this names those that were given.
  readTransportOptions(setup.spec, {});
  return new WsTransport(setup);
}

interface OpenPort {
  readonly port: Port;
  readonly handler: PortHandler;
  readonly endpoint: Endpoint;
  readonly links: Map<PeerRecord, Link>;
  close(): Promise<void>;
}

class WsTransport implements Transport {
  readonly name: string;
  readonly capabilities = { ordered: true, detectsHang: true, virtualTime: false };
  readonly messageBytesMax: number;
  readonly #setup: TransportSetup;
  readonly #incarnation: Incarnation;
  readonly #peers = new Peers();
  readonly #ports: OpenPort[] = [];
  readonly #byType: Record<string, { count: number; bytes: number }> = {};
  #counts = {
    sent: 0,
    received: 0,
    bytesSent: 0,
    bytesReceived: 0,
    malformed: 0,
    probeBytes: 0,
    revived: 0,
  };
  #closing: Promise<void> | undefined;

  constructor(setup: TransportSetup) {
    const { world, codec, spec } = setup;
    this.#setup = setup;
    this.name = spec.text;
    this.messageBytesMax = codec.messageBytesMax;
    this.#incarnation = newIncarnation(world.wallMs(), world.random("ws").below(16));
  }

  async open(local: Address, handler: PortHandler): Promise<Port> {
    if (this.#closing !== undefined) throw new SkipnetError("E_CLOSED", "the transport is closed");
    const port = this.#ports.length as Port;
    const { endpoint, close } = await listen(local, this.#incarnation, this.messageBytesMax, {
      message: (from, encoded) => this.#receive(port, handler, from, encoded),
      received: (bytes) => {
        this.#counts.bytesReceived += bytes;
      },
      transmitted: (bytes) => {
        this.#counts.bytesSent += bytes;
      },
    });
    this.#ports[port] = { port, handler, endpoint, links: new Map(), close };
    return port;
  }

  localEndpoint(port: Port): Endpoint {
    return this.#port(port).endpoint;
  }

  peer(endpoint: Endpoint): Peer {
    return this.#peers.of(endpoint, true).peer;
  }

  endpointOf(peer: Peer): Endpoint {
    const record = this.#peers.get(peer);
    if (record === undefined) throw new SkipnetError("E_INTERNAL", `no such peer: ${peer}`);
    return record.endpoint;
  }

  release(peer: Peer): void {
    this.#peers.release(peer);
  }

  send(from: Port, to: Peer, message: Message, token: Token = NO_TOKEN): SendResult {
    if (this.#closing !== undefined) return "full";
    const port = this.#port(from);
    const encoded = this.#encode(message);
    const refuse = (reason: RefusedReason): SendResult => {
      const copy = typeof encoded === "string" ? message : this.#setup.codec.decode(encoded);
      this.#setup.world.after(0, 0, () => this.#tell(port, to, token, copy, refused(reason)));
      return "sent";
    };
    if (typeof encoded === "string") return refuse(encoded);
    const record = this.#peers.get(to);
    if (record === undefined) return refuse("neverSent");
    if (this.#isGivenUp(record)) return refuse("peerDown");
    const result = this.#link(port, record).send(token, encoded);
    if (result !== "full") this.#count(message, encoded.length);
    return result;
  }

  watch(from: Port, to: Peer): void {
    const record = this.#peers.get(to);
    if (this.#closing !== undefined || record === undefined) return;
    if (!this.#isGivenUp(record)) this.#link(this.#port(from), record).watch();
  }

  unwatch(from: Port, to: Peer): void {
    const link = this.#linkIfAny(from, to);
    if (link === undefined || link.watchers === 0) return;
    link.watchers--;
    const record = this.#peers.get(to);
    if (link.dead && link.watchers === 0 && record !== undefined) {
      this.#port(from).links.delete(record);
    }
  }

  health(from: Port, to: Peer): PeerHealth | undefined {
    return this.#linkIfAny(from, to)?.health();
  }

  bounds(): TransportBounds {
    return {
      rttUs: PROBE_US,
      verdictUs: VERDICT_US,
      verdictPerKiBUs: 0,
      suspectUs: (SUSPECT_LOOKS + 1) * PROBE_US,
      downUs: (DOWN_LOOKS + 1) * PROBE_US,
      steps: [
        { what: `${DOWN_LOOKS} looks at a silent peer`, us: DOWN_LOOKS * PROBE_US },
        { what: "a peer that lives and reads slowly", us: VERDICT_US },
      ],
    };
  }

  stats(): TransportStats {
    const { sent, received, bytesSent, bytesReceived, malformed, probeBytes, revived } =
      this.#counts;
    return {
      messagesSent: sent,
      messagesReceived: received,
      bytesSent: bytesSent + probeBytes,
      bytesReceived,
      datagramsSent: 0,
      retransmits: 0,
      duplicates: 0,
      malformed,
      revived,
      probeBytes,
      byType: structuredClone(this.#byType),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await undefined;
    for (const { links } of this.#ports) for (const link of links.values()) link.die("closed");
    await Promise.all(this.#ports.map((port) => port.close()));
  }

  #port(port: Port): OpenPort {
    const open = this.#ports[port];
    if (open === undefined) throw new SkipnetError("E_INTERNAL", `no such port: ${port}`);
    return open;
  }

  #encode(message: Message): Uint8Array | RefusedReason {
    try {
      return this.#setup.codec.encode(message);
    } catch (error) {
      if (!(error instanceof SkipnetError)) throw error;
      return error.code === "E_TOO_LARGE" ? "tooLarge" : "invalid";
    }
  }

  #receive(port: Port, handler: PortHandler, from: Endpoint, encoded: Uint8Array): boolean {
    let message: Message;
    try {
      message = this.#setup.codec.decode(encoded);
    } catch {
      this.#counts.malformed++;
      return false;
    }
    this.#counts.received++;
    handler.onMessage(port, this.#peers.of(from, false).peer, message);
    return true;
  }

  /** Down, and not so long ago that it is worth another try. Whoever was not merely silent stays down. */
  #isGivenUp({ downUs }: PeerRecord): boolean {
    return downUs !== undefined && this.#setup.world.nowUs() - downUs < RETRY_DOWN_US;
  }

  #linkIfAny(from: Port, to: Peer): Link | undefined {
    const record = this.#peers.get(to);
    return record === undefined ? undefined : this.#port(from).links.get(record);
  }

  #link(port: OpenPort, record: PeerRecord): Link {
    const known = port.links.get(record);
    if (known !== undefined && !known.dead) return known;
    const { peer } = record;
    const link: Link = new Link(this.#setup.world, port.endpoint, record.endpoint, {
      settled: ({ token, encoded }, verdict) => {
        if (token === RETURN_TO_SENDER && verdict.outcome === "delivered") return;
        const message = token === RETURN_TO_SENDER ? this.#setup.codec.decode(encoded) : undefined;
        this.#tell(port, peer, token, message, verdict);
      },
      state: (state, reason) => {
        if (state === "suspect") link.giveUp(({ token }) => token === RETURN_TO_SENDER, "silent");
        if (state === "down" && record.endpoint.incarnation !== 0) {
          const isFinal = reason !== "silent" && reason !== "refused";
          record.downUs = isFinal ? Number.POSITIVE_INFINITY : this.#setup.world.nowUs();
        }
        // A watched one is kept for the next connection to take its watchers over.
        if (state === "down" && link.watchers === 0) port.links.delete(record);
        if (link.watchers > 0 && this.#closing === undefined) {
          port.handler.onPeer(port.port, peer, state, reason);
        }
      },
      opened: () => {
        if (record.downUs === undefined) return;
        record.downUs = undefined;
        this.#counts.revived++;
        if (link.watchers > 0) port.handler.onPeer(port.port, peer, "up", "heard");
      },
      drained: () => port.handler.onDrain(port.port, peer),
      transmitted: (bytes) => {
        this.#counts.bytesSent += bytes;
      },
      received: (bytes) => {
        this.#counts.bytesReceived += bytes;
      },
      probed: (bytes) => {
        this.#counts.probeBytes += bytes;
      },
    });
    link.watchers = known?.watchers ?? 0;
    port.links.set(record, link);
    return link;
  }

  #tell(port: OpenPort, to: Peer, token: Token, message: Message | undefined, v: Verdict): void {
    if (token === RETURN_TO_SENDER) {
      if (message !== undefined) port.handler.onReturn(port.port, to, message, v);
    } else if (token !== NO_TOKEN) port.handler.onVerdict(port.port, token, v);
  }

  #count({ type }: Message, bytes: number): void {
    this.#counts.sent++;
    const counted = this.#byType[type.name] ?? { count: 0, bytes: 0 };
    this.#byType[type.name] = { count: counted.count + 1, bytes: counted.bytes + bytes };
  }
}
