import type { Address, Endpoint } from "../core/address.ts";
import type { Message } from "../wire/message.ts";
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
} from "./transport.ts";

/** Another transport, unchanged: what watches or changes one extends this and overrides what it is about. */
export class ForwardingTransport implements Transport {
  protected readonly inner: Transport;
  readonly oneWayUs?: (from: Port, to: Peer) => number;
  readonly assistedBy?: (helpers: FindHelpers) => void;

  constructor(inner: Transport) {
    this.inner = inner;
    // What the other cannot do, this one has not.
    if (inner.oneWayUs !== undefined) this.oneWayUs = inner.oneWayUs.bind(inner);
    if (inner.assistedBy !== undefined) this.assistedBy = inner.assistedBy.bind(inner);
  }

  get name(): string {
    return this.inner.name;
  }
  get capabilities(): TransportCapabilities {
    return this.inner.capabilities;
  }
  get messageBytesMax(): number {
    return this.inner.messageBytesMax;
  }

  open(local: Address, handler: PortHandler): Promise<Port> {
    return this.inner.open(local, handler);
  }
  send(from: Port, to: Peer, message: Message, token?: Token): SendResult {
    return this.inner.send(from, to, message, token);
  }
  watch(from: Port, to: Peer): void {
    this.inner.watch(from, to);
  }
  unwatch(from: Port, to: Peer): void {
    this.inner.unwatch(from, to);
  }
  release(peer: Peer): void {
    this.inner.release(peer);
  }
  localEndpoint(port: Port): Endpoint {
    return this.inner.localEndpoint(port);
  }
  peer(endpoint: Endpoint): Peer {
    return this.inner.peer(endpoint);
  }
  endpointOf(peer: Peer): Endpoint {
    return this.inner.endpointOf(peer);
  }
  health(from: Port, to: Peer): PeerHealth | undefined {
    return this.inner.health(from, to);
  }
  bounds(): TransportBounds {
    return this.inner.bounds();
  }
  stats(): TransportStats {
    return this.inner.stats();
  }
  close(): Promise<void> {
    return this.inner.close();
  }
}
