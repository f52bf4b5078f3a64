import type { Peer, Token } from "../../transport.ts";
import type { UdpOptions } from "../options.ts";
import { OVERHEAD_BYTES_MAX } from "../packet/packet.ts";
import { DEADLINE_CHECK_US, type SessionNumbers } from "../session/numbers.ts";
import { RetryBudget } from "../session/retry-budget.ts";
import { SlidingWindow } from "../session/sliding-window.ts";
import { type Chunk, OutboxLane, type OutMessage } from "./outbox-lane.ts";
import { PeerCredit } from "./peer-credit.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Of messages of which nothing was cut off yet. */
const NO_CHUNKS: Chunk[] = [];
/** Small messages go first until they have taken so many datagrams' bytes; then large ones get one. */
const SMALL_RUN_DATAGRAMS = 4;

/**
 * Messages to one peer: those waiting, those on the network, and chunks to be sent again. Messages
 * that fit a datagram overtake those that do not: they would wait long, and cost little. A message
 * gets its number when its first byte leaves, and no number lies `messageWindow` or more above the
 * oldest unsettled one.
 */
export class Outbox {
  readonly #options: UdpOptions;
  readonly #chunkBytes: number;
  /** Nothing while nothing is unsettled: most sessions are idle. */
  #small: OutboxLane | undefined;
  #large: OutboxLane | undefined;
  /** Bytes of small messages that left since a large one had its turn. */
  #smallBytes = 0;
  /** BOUNDED: `messageWindow`. */
  #window: SlidingWindow<OutMessage>;
  /** There once something was sent again, until as much was earned again. */
  #budget: RetryBudget | undefined;
  /** What the peer takes. */
  credit: PeerCredit;
  /** Bytes of unsettled messages of which something was on the network. */
  #sentBytes = 0;
  #messages = 0;
  #bytes = 0;
  readonly #numbers: SessionNumbers;

  constructor(options: UdpOptions, firstNumber: number, numbers: SessionNumbers) {
    this.#options = options;
    this.#numbers = numbers;
    this.#chunkBytes = options.datagramBytes - OVERHEAD_BYTES_MAX;
    this.#window = new SlidingWindow(firstNumber);
    this.credit = new PeerCredit(firstNumber, this.#numbers);
  }

  /** No deadline of a message lies before this. */
  get deadlineCheckUs(): number {
    return this.#numbers[DEADLINE_CHECK_US] as number;
  }
  set #deadlineCheckUs(us: number) {
    this.#numbers[DEADLINE_CHECK_US] = us;
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
      chunks: NO_CHUNKS,
      chunkCount: Math.max(1, Math.ceil(bytes.length / this.#chunkBytes)),
      acknowledged: 0,
    };
    this.#laneOf(message).push(message);
    this.#messages++;
    this.#bytes += bytes.length;
    this.#deadlineCheckUs = Math.min(this.deadlineCheckUs, nowUs + messageDeadlineUs);
  }

  /** Whether anything waits to be sent, the window permitting. */
  get hasWork(): boolean {
    return this.peek() !== undefined;
  }

  /** So many bytes were acknowledged. */
  earned(bytes: number): void {
    if (this.#budget?.earn(bytes) === true) this.#budget = undefined;
  }

  /** So many bytes are sent again. */
  spent(bytes: number): void {
    const { retryShare, windowInitialBytes } = this.#options;
    this.#budget ??= new RetryBudget(retryShare, windowInitialBytes);
    this.#budget.spend(bytes);
  }

  /** Nothing is on the way. */
  relax(): void {
    this.#budget?.relax();
  }

  /** What to send next, lost chunks first, as far as the budget goes. It stays first until it is taken. */
  peek(): Chunk | undefined {
    if (this.#messages === 0) return undefined;
    const mayRepeat = this.#budget?.open ?? true;
    const beginBytesMax = this.#beginBytesMax();
    const largeFirst = this.#smallBytes >= SMALL_RUN_DATAGRAMS * this.#options.datagramBytes;
    const first = largeFirst ? this.#large : this.#small;
    const second = largeFirst ? this.#small : this.#large;
    return first?.peek(mayRepeat, beginBytesMax) ?? second?.peek(mayRepeat, beginBytesMax);
  }

  /** Takes what `peek` gave. A message's number is assigned here. */
  take(chunk: Chunk): void {
    const { message } = chunk;
    if (message.number < 0) {
      message.number = this.#window.push(message);
      this.#sentBytes += message.bytes.length;
    }
    this.#smallBytes = message.chunkCount === 1 ? this.#smallBytes + chunk.bytes.length : 0;
    this.#laneOf(message).take(chunk);
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
    this.#laneOf(chunk.message).repeat(chunk);
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
    if (message.number >= 0) {
      this.#window.remove(message.number);
      this.#sentBytes -= message.bytes.length;
    }
    if (this.#messages > 0) return;
    this.#deadlineCheckUs = NEVER;
    this.#small = undefined;
    this.#large = undefined;
  }

  /** All unsettled messages: those on the network, then the small and then the large ones that wait. */
  unsettled(): OutMessage[] {
    const all: OutMessage[] = [];
    for (let n = this.#window.first; n < this.#window.next; n++) {
      const message = this.#window.get(n);
      if (message !== undefined) all.push(message);
    }
    if (this.#small !== undefined) all.push(...this.#small.unsent());
    if (this.#large !== undefined) all.push(...this.#large.unsent());
    return all;
  }

  /** Messages whose time is up; sets when to look again. */
  overdue(nowUs: number): OutMessage[] {
    const late: OutMessage[] = [];
    this.#deadlineCheckUs = NEVER;
    for (const message of this.unsettled()) {
      if (message.deadlineUs <= nowUs) late.push(message);
      else this.#deadlineCheckUs = Math.min(this.deadlineCheckUs, message.deadlineUs);
    }
    return late;
  }

  /** A new session: numbers start again. Only messages never sent may be left. */
  restart(firstNumber: number): void {
    this.#window = new SlidingWindow(firstNumber);
    this.#small?.restart();
    this.#large?.restart();
    this.credit = new PeerCredit(firstNumber, this.#numbers);
  }

  /** Whether something waits for the peer's credit. */
  get isStarved(): boolean {
    if (this.#messages === 0 || this.#window.span >= this.#options.messageWindow) return false;
    const most = this.#beginBytesMax();
    return this.#small?.waitsFor(most) === true || this.#large?.waitsFor(most) === true;
  }

  /** Bytes that the next message to be begun may have; negative: none may begin. */
  #beginBytesMax(): number {
    if (this.#window.span >= this.#options.messageWindow) return -1;
    return this.credit.bytesFor(this.#window.next, this.#sentBytes);
  }

  #laneOf(message: OutMessage): OutboxLane {
    // In order: one queue for all.
    if (message.chunkCount === 1 && this.#options.order !== "peer") {
      this.#small ??= new OutboxLane(this.#chunkBytes);
      return this.#small;
    }
    this.#large ??= new OutboxLane(this.#chunkBytes);
    return this.#large;
  }
}
