import type { CancelTimer, World } from "../../core/world.ts";
import type { Connection, ConnectionOwner } from "./connection.ts";
import { Enquiries, type EnquiryEvents } from "./enquiries.ts";
import type { Bye } from "./frames.ts";
import { REDIAL_FIRST_US, REDIAL_MAX_US, YIELD_WAIT_US } from "./options.ts";

/** A connection that lived this long was a good one: the next dial need not wait. */
const GOOD_LIFE_US = 1_000_000;

/** How a link dials. */
export interface ContactEvents extends Pick<EnquiryEvents, "hello" | "onAnswer" | "onRefused"> {
  /** Starts a dial; undefined if there is no room for another connection now. Its owner is the link by default. */
  dial(owner?: ConnectionOwner): Connection | undefined;
  /** Whether a connection is still wanted when the pause is over. */
  wanted(): boolean;
}

/** Getting into contact with one address: one dial at a time, pauses that grow, and since when. */
export class Contact {
  readonly #world: World;
  readonly #events: ContactEvents;
  /** Whether the program there runs, asked on connections of their own. */
  readonly enquiries: Enquiries;
  #dialling: Connection | undefined;
  #cancelPause: CancelTimer | undefined;
  #failures = 0;
  #madeUs = Number.NEGATIVE_INFINITY;
  #sinceUs: number | undefined;
  #dialledUs = 0;
  /** How often this side has dialled. */
  dials = 0;

  constructor(world: World, events: ContactEvents) {
    this.#world = world;
    this.#events = events;
    this.enquiries = new Enquiries({
      dial: (owner) => events.dial(owner),
      hello: () => events.hello(),
      nowUs: () => world.nowUs(),
      onAnswer: (hello, tookUs) => events.onAnswer(hello, tookUs),
      onRefused: () => events.onRefused(),
    });
  }

  /** The connection being made, until its hello. */
  get dialling(): Connection | undefined {
    return this.#dialling;
  }
  /** The same, where the peer's kernel has answered and its program not yet. */
  get greeting(): Connection | undefined {
    return this.#dialling?.state === "greeting" ? this.#dialling : undefined;
  }
  get trying(): boolean {
    return this.#dialling !== undefined || this.#cancelPause !== undefined;
  }
  /** Since when there has been no connection although one is wanted. */
  get triedUs(): number {
    return this.#sinceUs === undefined ? 0 : this.#world.nowUs() - this.#sinceUs;
  }
  get dialUs(): number {
    return this.#world.nowUs() - this.#dialledUs;
  }

  /** Sees to it that a connection is being made. */
  ensure(): void {
    if (!this.trying) this.#dial();
  }

  /** The peer is there, and our dial did not get through: what the kernel repeats ever later is begun anew. */
  anew(): void {
    const dialling = this.#dialling;
    if (dialling === undefined) return;
    this.#sinceUs = this.#world.nowUs();
    this.#dial();
    dialling.destroy();
  }

  /** The peer said goodbye to our dial. */
  turnedAway(reason: Bye): void {
    this.#dialling?.destroy();
    if (reason === "yield") this.yielded();
    else this.failed();
  }

  /** The connection is lost: dial at once if it was a good one. */
  lost(): void {
    this.#sinceUs ??= this.#world.nowUs();
    if (this.#dialling !== undefined) return;
    if (this.#world.nowUs() - this.#madeUs >= GOOD_LIFE_US) this.#failures = 0;
    if (this.#failures === 0) this.#dial();
    else this.#pause(this.#backoffUs());
    this.#failures++;
  }

  /** The dial failed, or the peer has no room: again after a pause. */
  failed(): void {
    this.#dialling = undefined;
    this.#failures++;
    this.#pause(this.#backoffUs());
  }

  /** The peer uses its own connection to us: wait for it. */
  yielded(): void {
    this.#dialling = undefined;
    this.#pause(YIELD_WAIT_US + this.#world.random("tcp.redial").below(YIELD_WAIT_US));
  }

  /** There is a connection: this one, dialled by whichever side. */
  made(connection: Connection): void {
    this.#madeUs = this.#world.nowUs();
    this.#cancel();
    this.#sinceUs = undefined;
    const dialling = this.#dialling;
    this.#dialling = undefined;
    if (dialling !== connection) dialling?.destroy();
  }

  /** The dial is over, one way or another. */
  dialEnded(): void {
    this.#dialling = undefined;
  }

  /** No dial and no pause any more. */
  stop(): void {
    this.#cancel();
    this.enquiries.end(0);
    this.#sinceUs = undefined;
    this.#failures = 0;
    const dialling = this.#dialling;
    this.#dialling = undefined;
    dialling?.destroy();
  }

  #cancel(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
  }

  #backoffUs(): number {
    const us = Math.min(REDIAL_MAX_US, REDIAL_FIRST_US * 2 ** Math.min(this.#failures, 20));
    return us / 2 + this.#world.random("tcp.redial").below(us);
  }

  #dial(): void {
    this.#cancel();
    this.#sinceUs ??= this.#world.nowUs();
    this.dials++;
    this.#dialledUs = this.#world.nowUs();
    this.#dialling = this.#events.dial();
    if (this.#dialling === undefined) this.#pause(REDIAL_FIRST_US);
  }

  #pause(us: number): void {
    this.#cancel();
    this.#cancelPause = this.#world.after(0, us, () => {
      this.#cancelPause = undefined;
      if (this.#dialling === undefined && this.#events.wanted()) this.#dial();
    });
  }
}
