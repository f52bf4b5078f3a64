import type { SocketEnd } from "../../../tcp/socket.ts";
import type { CongestionControl } from "./congestion.ts";
import { StreamReceiver } from "./receiver.ts";
import { MSS_BYTES, Segment, type SegmentFields } from "./segment.ts";
import { StreamSender } from "./sender.ts";

/** Longest that an acknowledgement waits for another segment or for data to travel with. */
const ACK_DELAY_US = 40_000;
/** Segments acknowledged at once when a connection begins, as Linux does. */
const QUICK_ACKS = 16;
/** Retransmissions of a SYN, and of data, before the kernel gives up (`tcp_syn_retries`, `tcp_retries2`). */
const SYN_RETRIES = 6;
const DATA_RETRIES = 15;

const NEVER = Number.POSITIVE_INFINITY;

/** What a connection asks of its host's kernel, and tells its program. */
export interface ConnectionHost {
  nowUs(): number;
  transmit(segment: Segment): void;
  /** Runs `onTimer` at this time, or earlier ones it asked for before. */
  wakeAt(atUs: number): void;
  onEstablished(): void;
  /** Bytes in order are there to be read. */
  onReadable(): void;
  /** More of what was written was acknowledged. */
  onSent(): void;
  /** The peer will send no more. */
  onFinished(): void;
  /** Nothing comes or goes any more. */
  onGone(end: SocketEnd): void;
}

type State = "synSent" | "synReceived" | "open" | "gone";

/** One end of a TCP connection, as the kernel keeps it: handshake, both halves, timers, the end. */
export class TcpConnection {
  readonly sender: StreamSender;
  readonly receiver = new StreamReceiver();
  readonly #host: ConnectionHost;
  #state: State;
  #synTries = 0;
  /** When the oldest unanswered transmission is given up. */
  #rtoAtUs = NEVER;
  #ackAtUs = NEVER;
  #unacknowledgedBytes = 0;
  #quickAcks = QUICK_ACKS;
  /** Stamp of the last segment in order, to be echoed. */
  #stampUs = 0;
  #lastSentUs = 0;

  constructor(host: ConnectionHost, congestion: CongestionControl, passive: boolean) {
    this.#host = host;
    this.sender = new StreamSender(congestion);
    this.#state = passive ? "synReceived" : "synSent";
    this.receiver.next = passive ? 1 : 0;
    this.#synchronize();
  }

  get state(): State {
    return this.#state;
  }

  write(bytes: Uint8Array): void {
    if (this.#state === "gone" || this.sender.finQueued) return;
    this.sender.buffer.write(bytes);
    this.#send();
  }

  /** Sends what was written, then a FIN. */
  finish(): void {
    if (this.sender.finQueued || this.#state === "gone") return;
    this.sender.finQueued = true;
    this.#send();
  }

  /** Ends at once; the peer is told by a RST. */
  abort(): void {
    if (this.#state === "gone") return;
    this.#host.transmit(this.#segment({ rst: true, seq: this.sender.next }));
    this.#end("reset");
  }

  /** The program has read: the window that was shut may be open again. */
  windowOpened(): void {
    if (this.#state === "open") this.#acknowledge();
  }

  /** A segment of this connection has come. */
  receive(segment: Segment): void {
    if (this.#state === "gone") return;
    if (segment.rst) {
      this.#end(this.#state === "synSent" ? "refused" : "reset");
      return;
    }
    if (this.#state === "synSent") {
      if (!segment.syn || segment.ack < 1) return;
      this.receiver.next = segment.end;
      this.#establish(segment);
      this.#acknowledge();
    } else if (segment.syn) {
      // The answer to its SYN was lost, or ours to the answer.
      if (this.#state === "synReceived") this.#synchronize();
      else this.#acknowledge();
      return;
    } else if (this.#state === "synReceived" && segment.ack >= 1) this.#establish(segment);
    if (this.#state !== "open") return;
    if (segment.ack >= 0) this.#answered(segment);
    this.#take(segment);
    if (this.#state === "open") this.#send();
  }

  /** A time asked for by `wakeAt` has come. */
  onTimer(): void {
    const nowUs = this.#host.nowUs();
    if (this.#state === "gone") return;
    if (nowUs >= this.#ackAtUs) this.#acknowledge();
    if (nowUs >= this.#rtoAtUs) this.#timedOut();
    this.#host.wakeAt(Math.min(this.#ackAtUs, this.#rtoAtUs));
  }

  #establish(segment: Segment): void {
    this.#state = "open";
    this.#rtoAtUs = NEVER;
    this.#stampUs = segment.stampUs;
    this.sender.windowEnd = segment.ack + segment.window;
    if (segment.echoUs > 0) this.sender.timer.sample(this.#host.nowUs() - segment.echoUs);
    this.#host.onEstablished();
  }

  #answered({ ack, window, sacks, echoUs }: Segment): void {
    const { sender } = this;
    sender.windowEnd = Math.max(sender.windowEnd, ack + window);
    const isNew = sender.answered(ack, sacks, this.#host.nowUs(), echoUs);
    if (isNew) {
      this.#rtoAtUs = sender.inFlight > 0 ? this.#host.nowUs() + sender.timer.rtoUs : NEVER;
      this.#host.onSent();
    }
    if (sender.isDone && this.receiver.finished) this.#end("ended");
  }

  #take(segment: Segment): void {
    if (segment.payload.length === 0 && !segment.fin) return;
    const before = this.receiver.next;
    const hadGap = this.receiver.hasGap;
    const isNew = this.receiver.take(segment);
    if (segment.seq <= before) this.#stampUs = segment.stampUs;
    this.#unacknowledgedBytes += segment.payload.length;
    const urgent = !isNew || hadGap || this.receiver.hasGap || segment.fin;
    if (urgent || this.#unacknowledgedBytes > MSS_BYTES || this.#quickAcks > 0) {
      if (this.#quickAcks > 0) this.#quickAcks--;
      this.#ackAtUs = this.#host.nowUs();
    } else this.#ackAtUs = Math.min(this.#ackAtUs, this.#host.nowUs() + ACK_DELAY_US);
    if (this.receiver.next > before) {
      if (this.receiver.unread > 0) this.#host.onReadable();
      if (this.receiver.finished && this.#state === "open") {
        this.#host.onFinished();
        if (this.sender.isDone && this.#state === "open") this.#end("ended");
      }
    }
  }

  /** Sends what may be sent; a due acknowledgement goes with it or alone. */
  #send(): void {
    if (this.#state !== "open") return;
    const { sender } = this;
    const nowUs = this.#host.nowUs();
    if (sender.inFlight === 0 && nowUs - this.#lastSentUs > sender.timer.rtoUs) sender.idle();
    for (;;) {
      const flight = sender.transmit(MSS_BYTES);
      if (flight === undefined) break;
      const { seq, payload, fin } = flight;
      this.#lastSentUs = nowUs;
      this.#host.transmit(this.#segment({ seq, payload, fin, sacks: this.#sacksBeside(payload) }));
      this.#acknowledged();
      if (this.#rtoAtUs === NEVER) this.#rtoAtUs = nowUs + sender.timer.rtoUs;
    }
    if (nowUs >= this.#ackAtUs) this.#acknowledge();
    if (sender.isStarved && this.#rtoAtUs === NEVER) this.#rtoAtUs = nowUs + sender.timer.rtoUs;
    this.#host.wakeAt(Math.min(this.#ackAtUs, this.#rtoAtUs));
  }

  /** Selective acknowledgements travel with data only where the packet stays within its size. */
  #sacksBeside(payload: Uint8Array) {
    return payload.length <= MSS_BYTES - 28 ? this.receiver.sacks() : [];
  }

  #acknowledge(): void {
    this.#host.transmit(this.#segment({ seq: this.sender.next, sacks: this.receiver.sacks() }));
    this.#acknowledged();
  }

  #acknowledged(): void {
    this.#ackAtUs = NEVER;
    this.#unacknowledgedBytes = 0;
  }

  #timedOut(): void {
    const { sender } = this;
    this.#rtoAtUs = NEVER;
    if (this.#state !== "open") {
      if (this.#synTries > SYN_RETRIES) this.#end("timedOut");
      else this.#synchronize();
      return;
    }
    if (sender.isStarved) {
      // Is the window still shut? One old byte asks; its answer tells (RFC 9293, §3.8.6.1).
      sender.timer.backoffs = Math.min(DATA_RETRIES, sender.timer.backoffs + 1);
      this.#host.transmit(this.#segment({ seq: sender.next - 1, payload: ONE_BYTE }));
    } else if (sender.timer.backoffs >= DATA_RETRIES) {
      this.#end("timedOut");
      return;
    } else if (sender.inFlight > 0) sender.timedOut();
    this.#send();
  }

  #synchronize(): void {
    const isAnswer = this.#state === "synReceived";
    this.#host.transmit(this.#segment({ syn: true, seq: 0, ...(isAnswer ? {} : { ack: -1 }) }));
    // The first answer to a SYN has the initial timeout, doubled each time.
    this.#rtoAtUs = this.#host.nowUs() + this.sender.timer.rtoUs * 2 ** this.#synTries++;
    this.#host.wakeAt(this.#rtoAtUs);
  }

  #segment(fields: SegmentFields): Segment {
    return new Segment({
      ack: this.receiver.next,
      window: this.receiver.window,
      stampUs: this.#host.nowUs() + 1,
      echoUs: this.#stampUs,
      ...fields,
    });
  }

  #end(end: SocketEnd): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.sender.buffer.clear();
    this.#rtoAtUs = NEVER;
    this.#ackAtUs = NEVER;
    this.#host.onGone(end);
  }
}

const ONE_BYTE = new Uint8Array(1);
