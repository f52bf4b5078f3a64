import type { EventQueue } from "../events.ts";
import type { UdpOptions } from "../options.ts";
import { MESSAGE_WINDOW_MAX } from "../packet/packet.ts";
import type { Session } from "../session/session.ts";
import { freeBytes } from "./reassembly.ts";

/** With room for so many messages, or bytes, peers are told rarely; with less in every acknowledgement. */
const AMPLE_MESSAGES = 4_096;
const AMPLE_BYTES = 2 << 20;
const U32 = 0xffff_ffff;

/**
 * How much each peer may send before the program has read what arrived: half of the room that is left, so
 * that two who use all of it at once still fit. Whoever was told of little room is told when the program
 * has read most of it.
 */
export class CreditOffers {
  readonly #options: UdpOptions;
  readonly #events: EventQueue;
  /** Told of little room. BOUNDED: a session stands in it once. */
  readonly #short = new Set<Session>();

  constructor(options: UdpOptions, events: EventQueue) {
    this.#options = options;
    this.#events = events;
    events.onTaken = () => this.#taken();
  }

  /** Bytes that a peer may have on the way. */
  bytesFor(session: Session): number {
    const free = (this.#options.inboxBytes - this.#events.messageBytes) / 2;
    const { options, reassembly } = session.context;
    const peerBytes = session.reassembly?.freeBytes ?? freeBytes(options, reassembly, 0);
    return Math.max(0, Math.min(U32, Math.floor(free), peerBytes));
  }

  /** Messages that a peer may send beyond those that arrived. */
  messages(): number {
    const free = Math.ceil((this.#options.inboxMessages - this.#events.messages) / 2);
    return Math.max(0, Math.min(MESSAGE_WINDOW_MAX, free));
  }

  /** Whether the next packet to this peer says how much it may send. */
  isDue(session: Session): boolean {
    if (session.path.creditDue || session.path.limitTold < 0) return true;
    const messages = this.messages();
    if (messages < AMPLE_MESSAGES || this.bytesFor(session) < AMPLE_BYTES) return true;
    return session.path.limitTold - session.duplicates.end < messages / 2;
  }

  /** The number from which on the peer must wait. It is being told. */
  tell(session: Session): number {
    const messages = this.messages();
    const isShort = messages < AMPLE_MESSAGES || this.bytesFor(session) < AMPLE_BYTES;
    if (isShort) this.#short.add(session);
    else this.#short.delete(session);
    session.path.creditDue = false;
    session.path.limitTold = session.duplicates.end + messages;
    return session.path.limitTold;
  }

  forget(session: Session): void {
    this.#short.delete(session);
  }

  /** The program took a message: once three quarters of the inbox are free, those who wait hear of it. */
  #taken(): void {
    if (this.#short.size === 0) return;
    const { messages, messageBytes } = this.#events;
    const { inboxMessages, inboxBytes } = this.#options;
    if (messages * 4 > inboxMessages || messageBytes * 4 > inboxBytes) return;
    for (const session of this.#short) {
      session.path.creditDue = true;
      session.context.touch(session);
    }
    this.#short.clear();
  }
}
