import type { Address, Endpoint, Incarnation } from "../../core/address.ts";
import type { World } from "../../core/world.ts";
import type { Hello } from "./hello.ts";
import { ReceiveWindow } from "./receive-window.ts";

/** Lives of one address remembered as dead, to count false alarms. */
const BURIED_MAX = 16;

/**
 * What a hello means. `resumed`: lost messages may be sent again and are not doubled. `forgot`: the
 * same life, but it no longer knows what it had accepted. `restarted`: another life. `first`: none
 * was known.
 */
export type Meeting = "first" | "resumed" | "forgot" | "restarted";

/** Who is at a remote address, and what both sides remember of each other. */
export class Remote {
  readonly address: Address;
  readonly #world: World;
  #incarnation = 0 as Incarnation;
  #session = 0;
  #dials = 0;
  #messageBytesMax = Number.POSITIVE_INFINITY;
  /** Names our memory of this peer. */
  #ownSession: number;
  #window = new ReceiveWindow();
  /** BOUNDED: `BURIED_MAX`. */
  readonly #buried = new Set<Incarnation>();

  constructor(world: World, address: Address) {
    this.#world = world;
    this.address = address;
    this.#ownSession = this.#newSession();
  }

  /** The life that was heard last; 0: none yet, or it is dead. */
  get incarnation(): Incarnation {
    return this.#incarnation;
  }
  /** Longest encoded message that the peer takes. */
  get messageBytesMax(): number {
    return this.#messageBytesMax;
  }
  get window(): ReceiveWindow {
    return this.#window;
  }

  /** How a process that listens at `self` introduces itself there. */
  hello(
    { address, incarnation }: Endpoint,
    rest: Pick<Hello, "dialled" | "dials" | "messageBytesMax">,
  ): Hello {
    return { ...rest, asks: false, incarnation, session: this.#ownSession, address };
  }

  /** Whether the dial behind this hello is older than the connection that we have from it. */
  isStale(hello: Hello): boolean {
    return (
      hello.incarnation === this.#incarnation &&
      hello.session === this.#session &&
      hello.dials <= this.#dials
    );
  }

  /** Takes what a hello says. */
  meet(hello: Hello): Meeting {
    const before = this.#incarnation;
    const sameLife = before === hello.incarnation;
    const resumed = sameLife && this.#session === hello.session;
    if (!resumed) this.#window = new ReceiveWindow();
    this.#incarnation = hello.incarnation;
    this.#session = hello.session;
    this.#dials = resumed ? Math.max(this.#dials, hello.dials) : hello.dials;
    this.#messageBytesMax = hello.messageBytesMax;
    if (before === 0) return "first";
    if (!sameLife) return "restarted";
    return resumed ? "resumed" : "forgot";
  }

  /** The life heard last is dead. Whatever it remembers of us, we begin anew. */
  bury(): void {
    if (this.#incarnation !== 0) this.#buried.add(this.#incarnation);
    for (const oldest of this.#buried) {
      if (this.#buried.size <= BURIED_MAX) break;
      this.#buried.delete(oldest);
    }
    this.#incarnation = 0 as Incarnation;
    this.#session = 0;
    this.#dials = 0;
    this.#messageBytesMax = Number.POSITIVE_INFINITY;
    this.#ownSession = this.#newSession();
    this.#window = new ReceiveWindow();
  }

  /** Whether this life was declared dead: its greeting may be older than that. */
  isBuried(incarnation: Incarnation): boolean {
    return this.#buried.has(incarnation);
  }

  /** True once for a life that was declared dead and is heard again. */
  rise(incarnation: Incarnation): boolean {
    return this.#buried.delete(incarnation);
  }

  #newSession(): number {
    return 1 + this.#world.random("tcp.session").below(0xffff_fffe);
  }
}

/** Both sides dialled at once: which connection stays. The same in the eyes of both. */
export function winsCrossing(self: Endpoint, { incarnation, address }: Hello): boolean {
  if (self.incarnation !== incarnation) return self.incarnation < incarnation;
  return self.address < address;
}
