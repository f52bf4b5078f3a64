import type { Connection, ConnectionOwner } from "./connection.ts";
import type { Hello } from "./hello.ts";
import type { SocketEnd } from "./socket.ts";

/** Connections on which one silent peer is asked at once; for one more, the oldest is given up. */
export const ENQUIRIES_MAX = 8;

/** What enquiries ask and tell. */
export interface EnquiryEvents {
  /** Starts a connection for it; undefined if there is no room for another one now. */
  dial(owner: ConnectionOwner): Connection | undefined;
  /** What it says to the peer. */
  hello(): Hello;
  nowUs(): number;
  /** The program there answered, so long after the dial. */
  onAnswer(hello: Hello, tookUs: number): void;
  /** The peer's host says that nobody listens there. */
  onRefused(): void;
}

/** What became of the questions to the kernel there, which answers whatever its programs do. */
export interface EnquiryTally {
  readonly answered: number;
  readonly unanswered: number;
}

interface Pending {
  readonly dialledUs: number;
  connected: boolean;
}

/**
 * Asks a silent peer's program on connections of their own whether it runs: it greets and is greeted.
 * Each is a try of its own, and says more than whether it succeeds: a kernel that accepts for a program
 * that says nothing shows that the path is well and the program late, or stopped.
 */
export class Enquiries implements ConnectionOwner {
  readonly #events: EnquiryEvents;
  /** Oldest first. BOUNDED: `ENQUIRIES_MAX`. */
  readonly #pending = new Map<Connection, Pending>();

  constructor(events: EnquiryEvents) {
    this.#events = events;
  }

  ask(): void {
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size < ENQUIRIES_MAX) break;
      this.#drop(oldest);
    }
    const connection = this.#events.dial(this);
    if (connection === undefined) return;
    this.#pending.set(connection, { dialledUs: this.#events.nowUs(), connected: false });
  }

  /** Ends them all. Those dialled within the last `youngUs` are not counted: their answer may be on its way. */
  end(youngUs: number): EnquiryTally {
    const nowUs = this.#events.nowUs();
    const tally = { answered: 0, unanswered: 0 };
    for (const [connection, { connected, dialledUs }] of [...this.#pending]) {
      if (connected) tally.answered++;
      else if (nowUs - dialledUs > youngUs) tally.unanswered++;
      this.#drop(connection);
    }
    return tally;
  }

  onConnected(connection: Connection): void {
    const pending = this.#pending.get(connection);
    if (pending === undefined) return;
    pending.connected = true;
    connection.sayHello(this.#events.hello());
  }

  onHello(connection: Connection, hello: Hello): void {
    const pending = this.#pending.get(connection);
    if (pending !== undefined) {
      this.#events.onAnswer(hello, this.#events.nowUs() - pending.dialledUs);
    }
    this.#drop(connection);
  }

  onClosed(connection: Connection, end: SocketEnd): void {
    if (this.#pending.delete(connection) && end === "refused") this.#events.onRefused();
  }

  onFrame(connection: Connection): void {
    this.#drop(connection);
  }
  onHeard(): void {}
  onDirty(): void {}

  #drop(connection: Connection): void {
    this.#pending.delete(connection);
    connection.destroy();
  }
}
