import {
  type Address,
  type Endpoint,
  type Incarnation,
  socketAddress,
} from "../../core/address.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { Deferred, World } from "../../core/world.ts";
import { type Advertised, contactAddress } from "../advertised.ts";
import type { Port, PortHandler } from "../transport.ts";
import { dialFrom, Visitor } from "./acceptor.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { TcpCounters } from "./counters.ts";
import type { Hello } from "./hello.ts";
import type { Link } from "./link.ts";
import { STRANGERS_MAX, type TcpOptions } from "./options.ts";
import { PortState } from "./port.ts";
import type { StreamOwner, StreamSocket, StreamSockets } from "./socket.ts";

/** Hears of visitors that have said where they listen. */
export interface DoorEvents {
  onVisitor(port: PortState, visitor: Connection, hello: Hello, address: Address): void;
  /** One that only asked whether this process is there. */
  onEnquiry(port: PortState, hello: Hello, address: Address): void;
}

/** What the doors need of their transport. */
export interface DoorHost {
  readonly world: World;
  readonly counters: TcpCounters;
  readonly options: Pick<TcpOptions, "connectionsMax">;
  /** Where others reach its ports, if not where they listen. */
  readonly advertised?: Advertised | undefined;
}

/** Everything that holds a socket open: listeners and connections. */
export class Doors {
  readonly ports = new Map<Port, PortState>();
  readonly #world: World;
  readonly #counters: TcpCounters;
  readonly #sockets: StreamSockets;
  readonly #connectionsMax: number;
  readonly #advertised: Advertised | undefined;
  readonly #events: DoorEvents;
  /** BOUNDED: `connectionsMax` and those that are ending. */
  readonly #connections = new Set<Connection>();
  /** BOUNDED: `STRANGERS_MAX`. */
  readonly #strangers = new Set<Visitor>();
  #nextPort = 1;
  #empty: Deferred<void> | undefined;

  constructor(host: DoorHost, sockets: StreamSockets, events: DoorEvents) {
    this.#world = host.world;
    this.#counters = host.counters;
    this.#connectionsMax = host.options.connectionsMax;
    this.#advertised = host.advertised;
    this.#sockets = sockets;
    this.#events = events;
  }

  async open(local: Address, incarnation: Incarnation, handler: PortHandler): Promise<PortState> {
    const { scheme, host, port } = socketAddress(local);
    if (scheme !== "tcp") throw new SkipnetError("E_ADDRESS", `${local} is not a tcp address`);
    const number = this.#nextPort++ as Port;
    const listener = await this.#sockets.listen(host, port, (socket) =>
      this.#accept(number, socket),
    );
    const bound = { scheme, host: listener.host, port: listener.port };
    const address = contactAddress(bound, this.#advertised);
    const self: Endpoint = { address, incarnation };
    const state = new PortState(number, self, listener.host, handler, listener);
    this.ports.set(number, state);
    return state;
  }

  /** Undefined: too many connections, all needed. */
  dial(port: PortState, to: Address, owner: ConnectionOwner): Connection | undefined {
    if (!this.#makeRoom()) return undefined;
    const connection = this.#connection("dialling", owner);
    const { host, port: remotePort } = socketAddress(to);
    const target = { host, port: remotePort, localHost: dialFrom(port.host, host) };
    connection.use(this.#sockets.dial(target, connection));
    return connection;
  }

  /** Accepts nobody any more; resolves when every connection is gone, which its owner ends. */
  async close(): Promise<void> {
    for (const connection of this.#connections) {
      if (connection.owner instanceof Visitor) connection.destroy();
    }
    const listeners = [...this.ports.values()].map(({ listener }) => listener.close());
    if (this.#connections.size > 0) {
      this.#empty = this.#world.deferred<void>();
      await this.#empty.promise;
    }
    await Promise.all(listeners);
  }

  /** Closes the spare connection that was idle longest if there are too many. */
  #makeRoom(): boolean {
    if (this.#empty !== undefined) return false;
    if (this.#connections.size <= this.#connectionsMax) return true;
    let oldest: Link | undefined;
    let oldestUs = Number.POSITIVE_INFINITY;
    for (const { links } of this.ports.values()) {
      for (const link of links.values()) {
        const heardUs = link.connection?.lastHeardUs ?? 0;
        if (!link.spare || heardUs >= oldestUs) continue;
        oldest = link;
        oldestUs = heardUs;
      }
    }
    oldest?.dropConnection();
    return oldest !== undefined;
  }

  #connection(state: "dialling" | "greeting", owner: ConnectionOwner): Connection {
    const connection = new Connection(this.#world, this.#counters, state, owner, (gone) => {
      this.#connections.delete(gone);
      if (this.#connections.size === 0) this.#empty?.resolve();
    });
    this.#connections.add(connection);
    return connection;
  }

  #accept(number: Port, socket: StreamSocket): StreamOwner | undefined {
    const port = this.ports.get(number);
    if (port === undefined || this.#strangers.size >= STRANGERS_MAX) return undefined;
    const visitor: Visitor = new Visitor(
      this.#world,
      port.self,
      {
        onVisitor: (connection, hello, address) => {
          if (this.#makeRoom()) this.#events.onVisitor(port, connection, hello, address);
          else connection.bye("busy");
        },
        onEnquiry: (hello, address) => this.#events.onEnquiry(port, hello, address),
        onGone: (gone) => this.#strangers.delete(gone),
      },
      () => connection,
    );
    this.#strangers.add(visitor);
    const connection = this.#connection("greeting", visitor);
    connection.use(socket);
    return connection;
  }
}
