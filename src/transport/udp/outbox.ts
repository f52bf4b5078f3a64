import type { Peer, Token } from "../transport.ts";
import { Fifo } from "./fifo.ts";
import type { UdpOptions } from "./options.ts";
import { OVERHEAD_BYTES_MAX } from "./packet.ts";
import { RetryBudget } from "./retry-budget.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** A message on its way out, until it has its verdict. */
export interface OutMessage {
  readonly bytes: Uint8Array;
  readonly token: Token;
  /** As the sender named the peer. */
  readonly to: Peer;
  readonly queuedUs: number;
  readonly deadlineUs: number;
  /** Its number in the session; -1 while nothing of it was on the network. */
  number: number;
  settled: boolean;
  /** What was cut off so far, in order; one chunk for a message that fits a datagram. */
  readonly chunks: Chunk[];
  readonly chunkCount: number;
  acknowledged: number;
}

/** A message or a fragment of one: what is sent, acknowledged and sent again as a whole. */
export interface Chunk {
  readonly message: OutMessage;
  readonly index: number;
  readonly bytes: Uint8Array;
  acknowledged: boolean;
  /** The newest packet that carried it; -1: none yet. */
  carrier: number;
  /** Stands in the queue of lost chunks. */
  waiting: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Messages to one peer: those waiting, those on the network, and chunks to be sent again. A message
 * gets its number when its first byte leaves, and no number lies `messageWindow` or more above the
 * oldest unsettled one.
 */
export class Outbox {
  readonly #options: UdpOptions;
  readonly #chunkBytes: number;
  /** BOUNDED: `queueMessages`, `queueBytes`. */
  readonly #queue = new Fifo<OutMessage>();
  /** BOUNDED: `messageWindow`. */
  #window: SlidingWindow<OutMessage>;
  /** BOUNDED: each chunk in flight stands in it at most once. */
  #lost = new Fifo<Chunk>();
  #upcoming: Chunk | undefined;
  readonly budget: RetryBudget;
  #messages = 0;
  #bytes = 0;
  /** No deadline of a message lies before this. */
  deadlineCheckUs = NEVER;

  constructor(options: UdpOptions, firstNumber: number) {
    this.#options = options;
    this.#chunkBytes = options.datagramBytes - OVERHEAD_BYTES_MAX;
    this.#window = new SlidingWindow(firstNumber);
    this.budget = new RetryBudget(options.retryShare, options.windowInitialBytes);
  }

  /** Unsettled messages. */
  get messages(): number {
    return this.#messages;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** The oldest number that still matters. */
  get floor(): number {
    return this.#window.first;
  }

  get isFull(): boolean {
    return this.#messages >= this.#options.queueMessages || this.#bytes >= this.#options.queueBytes;
  }
  get isSlow(): boolean {
    const { queueMessages, queueBytes } = this.#options;
    return this.#messages * 2 >= queueMessages || this.#bytes * 2 >= queueBytes;
  }
  get isDrained(): boolean {
    const { queueMessages, queueBytes } = this.#options;
    return this.#messages * 4 <= queueMessages && this.#bytes * 4 <= queueBytes;
  }

  push(to: Peer, bytes: Uint8Array, token: Token, nowUs: number): void {
    const { messageDeadlineUs, deadlinePerKiBUs } = this.#options;
    const beyond = Math.max(0, bytes.length - this.#chunkBytes);
    const message: OutMessage = {
      bytes,
      token,
      to,
      queuedUs: nowUs,
      deadlineUs: nowUs + messageDeadlineUs + Math.ceil(beyond / 1024) * deadlinePerKiBUs,
      number: -1,
      settled: false,
      chunks: [],
      chunkCount: Math.max(1, Math.ceil(bytes.length / this.#chunkBytes)),
      acknowledged: 0,
    };
    this.#queue.push(message);
    this.#messages++;
    this.#bytes += bytes.length;
    this.deadlineCheckUs = Math.min(this.deadlineCheckUs, nowUs + messageDeadlineUs);
  }

  /** Whether anything waits to be sent, the window permitting. */
  get hasWork(): boolean {
    return this.peek() !== undefined;
  }

  /** What to send next, lost chunks first, as far as the budget goes. It stays first until it is taken. */
  peek(): Chunk | undefined {
    for (let chunk = this.#lost.first; chunk !== undefined; chunk = this.#lost.first) {
      if (!chunk.acknowledged && !chunk.message.settled) {
        if (this.budget.open) return chunk;
        break;
      }
      this.#lost.shift();
    }
    for (let message = this.#queue.first; message !== undefined; message = this.#queue.first) {
      if (!message.settled) return this.#nextChunk(message);
      this.#queue.shift();
    }
    return undefined;
  }

  /** Takes what `peek` gave. A message's number is assigned here. */
  take(chunk: Chunk): void {
    if (this.#lost.first === chunk) {
      this.#lost.shift();
      chunk.waiting = false;
      return;
    }
    const { message } = chunk;
    if (message.number < 0) message.number = this.#window.push(message);
    message.chunks.push(chunk);
    if (message.chunks.length === message.chunkCount) this.#queue.shift();
  }

  /** The oldest chunk on the network without an answer: what a probe carries. */
  oldest(): Chunk | undefined {
    return this.#window.get(this.#window.first)?.chunks.find((chunk) => !chunk.acknowledged);
  }

  /** This packet, with this chunk, was lost. */
  lost(chunk: Chunk, packet: number): void {
    // A newer copy is on the way: a probe's.
    if (chunk.carrier > packet) return;
    if (chunk.acknowledged || chunk.waiting || chunk.message.settled) return;
    chunk.waiting = true;
    this.#lost.push(chunk);
  }

  get(number: number): OutMessage | undefined {
    return this.#window.get(number);
  }

  get nextNumber(): number {
    return this.#window.next;
  }

  settle(message: OutMessage): void {
    message.settled = true;
    this.#messages--;
    this.#bytes -= message.bytes.length;
    if (message.number >= 0) this.#window.remove(message.number);
    if (this.#messages === 0) this.deadlineCheckUs = NEVER;
  }

  /** All unsettled messages, oldest first. */
  unsettled(): OutMessage[] {
    const all: OutMessage[] = [];
    for (let n = this.#window.first; n < this.#window.next; n++) {
      const message = this.#window.get(n);
      if (message !== undefined) all.push(message);
    }
    // The first in the queue may be partly on the network, and then stands in the window too.
    for (const message of this.#queue) {
      if (!message.settled && message.number < 0) all.push(message);
    }
    return all;
  }

  /** Messages whose time is up; sets when to look again. */
  overdue(nowUs: number): OutMessage[] {
    const late: OutMessage[] = [];
    this.deadlineCheckUs = NEVER;
    for (const message of this.unsettled()) {
      if (message.deadlineUs <= nowUs) late.push(message);
      else this.deadlineCheckUs = Math.min(this.deadlineCheckUs, message.deadlineUs);
      // Deadlines follow the order of sending, but for the extra time of large messages: those behind
      // this one are due no earlier than it would be without.
      const baseUs = message.queuedUs + this.#options.messageDeadlineUs;
      if (baseUs > nowUs) {
        this.deadlineCheckUs = Math.min(this.deadlineCheckUs, baseUs);
        break;
      }
    }
    return late;
  }

  /** A new session: numbers start again. Only messages never sent may be left. */
  restart(firstNumber: number): void {
    this.#window = new SlidingWindow(firstNumber);
    this.#lost = new Fifo();
  }

  #nextChunk(message: OutMessage): Chunk | undefined {
    if (message.number < 0 && this.#window.span >= this.#options.messageWindow) return undefined;
    const index = message.chunks.length;
    if (this.#upcoming?.message === message && this.#upcoming.index === index) {
      return this.#upcoming;
    }
    const start = index * this.#chunkBytes;
    const bytes =
      message.chunkCount === 1
        ? message.bytes
        : message.bytes.subarray(start, start + this.#chunkBytes);
    this.#upcoming = { message, index, bytes, acknowledged: false, carrier: -1, waiting: false };
    return this.#upcoming;
  }
}
