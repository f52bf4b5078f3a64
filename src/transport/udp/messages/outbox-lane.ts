import type { Peer, Token } from "../../transport.ts";
import { Fifo } from "./fifo.ts";

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
  chunks: Chunk[];
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

/** Messages that leave in the order they came in: those waiting, and their chunks to be sent again. */
export class OutboxLane {
  readonly #chunkBytes: number;
  /** BOUNDED: `queueMessages`, `queueBytes`. */
  readonly #queue = new Fifo<OutMessage>();
  /** BOUNDED: each chunk in flight stands in it at most once. */
  #lost: Fifo<Chunk> | undefined;
  #upcoming: Chunk | undefined;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  push(message: OutMessage): void {
    this.#queue.push(message);
  }

  /**
   * What to send next, lost chunks first where they may be sent again. It stays first until it is
   * taken. No message is begun that is longer than `beginBytesMax`.
   */
  peek(mayRepeat: boolean, beginBytesMax: number): Chunk | undefined {
    const lost = this.#lost;
    for (let chunk = lost?.first; chunk !== undefined; chunk = lost?.first) {
      if (!chunk.acknowledged && !chunk.message.settled) {
        if (mayRepeat) return chunk;
        break;
      }
      lost?.shift();
    }
    for (let message = this.#queue.first; message !== undefined; message = this.#queue.first) {
      if (!message.settled) {
        const goes = message.number >= 0 || message.bytes.length <= beginBytesMax;
        return goes ? this.#cut(message) : undefined;
      }
      this.#queue.shift();
    }
    return undefined;
  }

  /** Whether the first message is longer than what may be begun. */
  waitsFor(beginBytesMax: number): boolean {
    const { first } = this.#queue;
    return (
      first !== undefined &&
      !first.settled &&
      first.number < 0 &&
      first.bytes.length > beginBytesMax
    );
  }

  /** Takes what `peek` gave. */
  take(chunk: Chunk): void {
    if (chunk.waiting) {
      this.#lost?.shift();
      chunk.waiting = false;
      return;
    }
    const { message } = chunk;
    this.#upcoming = undefined;
    if (message.chunks.length === 0) message.chunks = [chunk];
    else message.chunks.push(chunk);
    if (message.chunks.length === message.chunkCount) this.#queue.shift();
  }

  /** To be sent again. */
  repeat(chunk: Chunk): void {
    chunk.waiting = true;
    this.#lost ??= new Fifo();
    this.#lost.push(chunk);
  }

  /** Nothing is on the network any more. */
  restart(): void {
    this.#lost = undefined;
  }

  /** Those of which nothing was on the network, oldest first. */
  *unsent(): Generator<OutMessage> {
    // The first may be partly on the network.
    for (const message of this.#queue) if (!message.settled && message.number < 0) yield message;
  }

  #cut(message: OutMessage): Chunk {
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
