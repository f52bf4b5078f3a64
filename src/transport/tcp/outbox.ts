import {
  DELIVERED,
  type Peer,
  type RefusedReason,
  refused,
  type SendResult,
  type Token,
  type UnknownReason,
  unknown,
  type Verdict,
} from "../transport.ts";
import { type Decline, MESSAGE_OVERHEAD_BYTES, writeMessageId } from "./frames.ts";
import type { TcpOptions } from "./options.ts";
import { WINDOW } from "./receive-window.ts";

/** A message that was taken and has no verdict yet. */
export interface OutMessage {
  readonly to: Peer;
  /** Which life of the peer it is for; 0: whichever is there. */
  readonly incarnation: number;
  readonly token: Token;
  readonly typeName: string;
  readonly frame: Buffer;
  readonly sentUs: number;
  readonly deadlineUs: number;
  /** 0 until it is first transmitted. */
  id: number;
  transmissions: number;
  settled: boolean;
}

export type OutboxLimits = Pick<TcpOptions, "queueBytes" | "queueMessages">;

/** Hears what became of each message, once. */
export type OnSettled = (message: OutMessage, verdict: Verdict) => void;

const NOT_SENT: Verdict = refused("neverSent");

/**
 * What is on its way to one peer: first those transmitted and not settled, by ascending id, then
 * those waiting. No socket, no clock. Every message leaves it with exactly one verdict.
 *
 * Its loops tolerate a listener that calls back into it.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #onSettled: OnSettled;
  /** Transmitted, oldest first; those settled out of turn are dropped when they come to the front. */
  readonly #sent: OutMessage[] = [];
  #sentHead = 0;
  /** Index in `#sent` of the next to transmit again after a reconnect. */
  #resend = 0;
  readonly #waiting: OutMessage[] = [];
  #waitingHead = 0;
  #nextId = 1;
  #count = 0;
  #bytes = 0;
  #inFlight = 0;
  /** Peers that were told `slow` or `full`. BOUNDED: the peers of one link. */
  #wantDrain = new Set<Peer>();

  constructor(limits: OutboxLimits, onSettled: OnSettled) {
    this.#limits = limits;
    this.#onSettled = onSettled;
  }

  /** Messages without a verdict. */
  get count(): number {
    return this.#count;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get inFlight(): number {
    return this.#inFlight;
  }
  get queued(): number {
    return this.#count - this.#inFlight;
  }

  offer(message: OutMessage): SendResult {
    const { queueBytes, queueMessages } = this.#limits;
    const bytes = this.#bytes + message.frame.length;
    if (this.#count >= queueMessages || (bytes > queueBytes && this.#count > 0)) {
      this.#wantDrain.add(message.to);
      return "full";
    }
    this.#waiting.push(message);
    this.#count++;
    this.#bytes = bytes;
    if (this.#count <= queueMessages / 2 && bytes <= queueBytes / 2) return "sent";
    this.#wantDrain.add(message.to);
    return "slow";
  }

  /** Peers that may go on, each named once for all its `slow` and `full` answers. */
  takeDrained(): Iterable<Peer> {
    const { queueBytes, queueMessages } = this.#limits;
    if (this.#wantDrain.size === 0) return this.#wantDrain;
    if (this.#count > queueMessages / 4 || this.#bytes > queueBytes / 4) return [];
    const drained = this.#wantDrain;
    this.#wantDrain = new Set();
    return drained;
  }

  /**
   * The next message for the connection to this life of the peer, its id written; undefined when
   * there is none, the window is full, or the next one is for another life.
   */
  next(incarnation: number): OutMessage | undefined {
    while (this.#resend < this.#sent.length) {
      const again = this.#sent[this.#resend++] as OutMessage;
      if (again.settled) continue;
      again.transmissions++;
      return again;
    }
    const message = this.#firstWaiting();
    if (message === undefined) return undefined;
    if (message.incarnation !== 0 && message.incarnation !== incarnation) return undefined;
    const oldest = this.#firstSent();
    if (oldest !== undefined && this.#nextId - oldest.id >= WINDOW) return undefined;
    this.#waitingHead++;
    this.#trim();
    message.id = this.#nextId++;
    message.transmissions = 1;
    writeMessageId(message.frame, message.id);
    this.#sent.push(message);
    this.#resend = this.#sent.length;
    this.#inFlight++;
    return message;
  }

  /** A new connection: what was transmitted and not settled is transmitted again. */
  rewind(): void {
    this.#resend = this.#sentHead;
  }

  /** Everything up to this id arrived and was accepted. */
  acknowledge(id: number): void {
    for (;;) {
      const first = this.#firstSent();
      if (first === undefined || first.id > id) return;
      this.#settle(first, DELIVERED);
    }
  }

  decline(id: number, reason: Decline): void {
    const first = this.#firstSent();
    if (first === undefined) return;
    // Ids are consecutive.
    const message = this.#sent[this.#sentHead + id - first.id];
    if (message !== undefined && !message.settled) this.#settle(message, refused(reason));
  }

  /** All that was transmitted: it may or may not have been acted upon. */
  failSent(reason: UnknownReason): void {
    for (let m = this.#firstSent(); m !== undefined; m = this.#firstSent()) {
      this.#settle(m, unknown(reason));
    }
  }

  /** The peer's process left in order: what it got once and did not acknowledge it did not act upon. */
  failLeft(): void {
    for (let m = this.#firstSent(); m !== undefined; m = this.#firstSent()) {
      this.#settle(m, m.transmissions === 1 ? refused("closed") : unknown("closed"));
    }
  }

  /** All that never left this process and matches. */
  failWaiting(reason: RefusedReason, matches: (message: OutMessage) => boolean = () => true): void {
    const verdict = reason === "neverSent" ? NOT_SENT : refused(reason);
    const end = this.#waiting.length;
    for (const message of this.#waiting.slice(this.#waitingHead, end)) {
      if (!message.settled && matches(message)) this.#settle(message, verdict);
    }
    this.#firstWaiting();
  }

  /** Settles what is due and says when the next one is; `Infinity` if nothing is left. */
  expire(nowUs: number, reason: UnknownReason): number {
    return this.#sweep(
      (message) => message.deadlineUs <= nowUs,
      reason,
      (message) => message.deadlineUs,
    );
  }

  /** Settles those that match and were not delivered, as they stand now. */
  giveUp(matches: (message: OutMessage) => boolean, reason: UnknownReason): void {
    this.#sweep(matches, reason, () => 0);
  }

  #sweep(
    matches: (message: OutMessage) => boolean,
    reason: UnknownReason,
    key: (message: OutMessage) => number,
  ): number {
    let least = Number.POSITIVE_INFINITY;
    const all = [...this.#sent.slice(this.#sentHead), ...this.#waiting.slice(this.#waitingHead)];
    for (const message of all) {
      if (message.settled) continue;
      if (matches(message)) {
        this.#settle(message, message.transmissions === 0 ? NOT_SENT : unknown(reason));
      } else least = Math.min(least, key(message));
    }
    this.#firstSent();
    this.#firstWaiting();
    return least;
  }

  #settle(message: OutMessage, verdict: Verdict): void {
    message.settled = true;
    this.#count--;
    this.#bytes -= message.frame.length;
    if (message.transmissions > 0) this.#inFlight--;
    this.#onSettled(message, verdict);
  }

  #firstSent(): OutMessage | undefined {
    while (this.#sentHead < this.#sent.length) {
      const first = this.#sent[this.#sentHead] as OutMessage;
      if (!first.settled) return first;
      this.#sentHead++;
      this.#trim();
    }
    return undefined;
  }

  #firstWaiting(): OutMessage | undefined {
    while (this.#waitingHead < this.#waiting.length) {
      const first = this.#waiting[this.#waitingHead] as OutMessage;
      if (!first.settled) return first;
      this.#waitingHead++;
      this.#trim();
    }
    return undefined;
  }

  /** Drops the parts of the arrays that have been passed. */
  #trim(): void {
    if (this.#sentHead > 256 && this.#sentHead * 2 > this.#sent.length) {
      this.#sent.splice(0, this.#sentHead);
      this.#resend = Math.max(0, this.#resend - this.#sentHead);
      this.#sentHead = 0;
    }
    if (this.#waitingHead > 256 && this.#waitingHead * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#waitingHead);
      this.#waitingHead = 0;
    }
  }
}

/** Bytes of the encoded message inside an `OutMessage`. */
export function encodedBytes(message: OutMessage): number {
  return message.frame.length - MESSAGE_OVERHEAD_BYTES;
}
