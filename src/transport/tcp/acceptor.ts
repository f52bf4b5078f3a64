import {
  type Address,
  type Endpoint,
  formatSocketAddress,
  socketAddress,
} from "../../core/address.ts";
import type { CancelTimer, World } from "../../core/world.ts";
import type { Connection, ConnectionOwner } from "./connection.ts";
import type { Frame } from "./frames.ts";
import type { Hello } from "./hello.ts";
import { HELLO_TIMEOUT_US } from "./options.ts";

/** What becomes of an accepted connection. */
export interface VisitorEvents {
  /** It has introduced itself as the process that listens at `address`. */
  onVisitor(visitor: Connection, hello: Hello, address: Address): void;
  /** Somebody who listens at `address` asked whether this process is there, and was told. */
  onEnquiry(hello: Hello, address: Address): void;
  onGone(visitor: Visitor): void;
}

/** An accepted connection until it has said who it is. It has little time and little room for that. */
export class Visitor implements ConnectionOwner {
  readonly #self: Endpoint;
  readonly #events: VisitorEvents;
  readonly #cancelTimeout: CancelTimer;

  constructor(world: World, self: Endpoint, events: VisitorEvents, connection: () => Connection) {
    this.#self = self;
    this.#events = events;
    this.#cancelTimeout = world.after(0, HELLO_TIMEOUT_US, () => connection().destroy());
  }

  onHello(connection: Connection, hello: Hello): void {
    const address = visitorAddress(hello.address, connection.remoteHost);
    if (address === undefined) connection.malformed("claims another host's address");
    else if (address === this.#self.address) connection.bye("conflict");
    else if (hello.asks) {
      const { address: own, incarnation } = this.#self;
      connection.sayHello({ ...hello, dialled: false, incarnation, address: own });
      connection.bye("idle");
      this.#events.onEnquiry(hello, address);
    } else {
      this.leave();
      this.#events.onVisitor(connection, hello, address);
    }
  }

  onClosed(): void {
    this.leave();
  }

  /** It is a stranger no more, or gone. */
  leave(): void {
    this.#cancelTimeout();
    this.#events.onGone(this);
  }

  onConnected(): void {}
  onHeard(): void {}
  onDirty(): void {}
  /** A farewell without a greeting: it ends by itself. */
  onFrame(_connection: Connection, _frame: Frame): void {}
}

const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
const IP_LITERAL = /^(?:[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/;

/**
 * Where a visitor can be reached: what it says, if that is the host it comes from. A process that
 * listens on all addresses is reached at the one it comes from. Undefined: it lies.
 */
export function visitorAddress(claimed: Address, remoteHost: string): Address | undefined {
  const { scheme, host, port } = socketAddress(claimed);
  if (WILDCARDS.has(host)) return formatSocketAddress({ scheme, host: remoteHost, port });
  if (
    IP_LITERAL.test(host) &&
    host !== remoteHost &&
    !(isLoopback(host) && isLoopback(remoteHost))
  ) {
    return undefined;
  }
  return claimed;
}

export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || /^127\.[0-9.]+$/.test(host);
}

/**
 * The local address to dial from, so that the peer sees the host we listen on; undefined where that
 * cannot work: all addresses, a name, or one of the two only reachable on this machine.
 */
export function dialFrom(listenHost: string, targetHost: string): string | undefined {
  if (WILDCARDS.has(listenHost) || !IP_LITERAL.test(listenHost)) return undefined;
  if (!IP_LITERAL.test(targetHost) || isLoopback(listenHost) !== isLoopback(targetHost)) {
    return undefined;
  }
  return listenHost.includes(":") === targetHost.includes(":") ? listenHost : undefined;
}
