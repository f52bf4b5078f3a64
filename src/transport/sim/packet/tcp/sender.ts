import { type CongestionControl, INITIAL_WINDOW } from "./congestion.ts";
import { RetransmissionTimer } from "./rto.ts";
import { MSS_BYTES, type Range } from "./segment.ts";
import { SendBuffer } from "./send-buffer.ts";

/** So many later transmissions must have arrived before one counts as lost. Source: RFC 5681, RFC 6675. */
const DUPLICATE_THRESHOLD = 3;

/** A piece of the stream that is on the network. */
export interface Flight {
  readonly seq: number;
  readonly payload: Uint8Array;
  readonly fin: boolean;
  readonly end: number;
  /** Which transmission it was, counted over all; a repetition is a later one. */
  transmission: number;
  sacked: boolean;
  lost: boolean;
}

/**
 * The sending half: slow start, congestion avoidance, fast retransmit and recovery with selective
 * acknowledgements, retransmission timeout. Sources: RFC 5681, 6298, 6582, 6675. No tail-loss probe.
 */
export class StreamSender {
  readonly buffer = new SendBuffer();
  readonly timer = new RetransmissionTimer();
  readonly #congestion: CongestionControl;
  /** Sent and not acknowledged, ascending. */
  #flights: Flight[] = [];
  cwnd = INITIAL_WINDOW;
  #ssthresh = Number.POSITIVE_INFINITY;
  /** Next byte never sent. */
  next = 1;
  acknowledged = 1;
  /** How far the peer's buffer reaches. */
  windowEnd = 1;
  finQueued = false;
  #finSent = false;
  /** Recovery ends when this is acknowledged; 0: none. */
  #recoverTo = 0;
  /** In it the window stands still; after a timeout it grows while it recovers. */
  #isFastRecovery = false;
  /** Pieces on the network, neither acknowledged nor given up; and those given up. */
  #pipe = 0;
  #lost = 0;
  #transmissions = 0;
  /** The latest transmissions known to have arrived, ascending; as many as the threshold. */
  readonly #arrived: number[] = new Array(DUPLICATE_THRESHOLD).fill(0);
  #isLimited = false;
  retransmits = 0;
  timeouts = 0;

  constructor(congestion: CongestionControl) {
    this.#congestion = congestion;
  }

  /** Written and not acknowledged. */
  get unsettled(): number {
    return this.buffer.bytes + (this.next - this.acknowledged);
  }

  get inFlight(): number {
    return this.#flights.length;
  }

  /** Everything, the FIN included, is acknowledged. */
  get isDone(): boolean {
    return this.#finSent && this.#flights.length === 0;
  }

  /** There is something to send, but the peer's window is shut and nothing will open it by itself. */
  get isStarved(): boolean {
    return this.buffer.bytes > 0 && this.#flights.length === 0 && this.windowEnd <= this.next;
  }

  /** The next piece to transmit, if congestion and the peer's window allow one. */
  transmit(roomBytes: number): Flight | undefined {
    if (this.#pipe >= Math.floor(this.cwnd)) {
      this.#isLimited = true;
      return undefined;
    }
    const lost = this.#lost > 0 ? this.#flights.find((flight) => flight.lost) : undefined;
    if (lost !== undefined) {
      lost.lost = false;
      this.#lost--;
      this.#pipe++;
      lost.transmission = ++this.#transmissions;
      this.retransmits++;
      return lost;
    }
    return this.#cut(roomBytes);
  }

  /** An acknowledgement came; `echoUs` is the stamp it answers. True if it was of anything new. */
  answered(ack: number, sacks: readonly Range[], nowUs: number, echoUs: number): boolean {
    const advanced = ack > this.acknowledged && ack <= this.next;
    let arrivals = 0;
    if (advanced) {
      arrivals += this.#advance(ack);
      if (echoUs > 0) this.timer.sample(nowUs - echoUs);
      this.timer.backoffs = 0;
    }
    for (const range of sacks) arrivals += this.#sack(range);
    if (this.#recoverTo > 0 && ack >= this.#recoverTo) {
      this.#recoverTo = 0;
      this.#isFastRecovery = false;
    }
    this.#markLost();
    if (arrivals > 0 && !this.#isFastRecovery && this.#isLimited) this.#grow(arrivals, nowUs);
    return advanced || arrivals > 0;
  }

  /** Everything below is acknowledged. Returns how many pieces that tells of. */
  #advance(ack: number): number {
    this.acknowledged = ack;
    let arrivals = 0;
    let gone = 0;
    for (const flight of this.#flights) {
      if (flight.end > ack) break;
      gone++;
      if (!flight.sacked) arrivals += this.#noteArrival(flight);
    }
    if (gone > 0) this.#flights.splice(0, gone);
    return arrivals;
  }

  #sack({ start, end }: Range): number {
    let arrivals = 0;
    for (const flight of this.#flights) {
      if (flight.seq >= end) break;
      if (flight.sacked || flight.seq < start || flight.end > end) continue;
      arrivals += this.#noteArrival(flight);
      flight.sacked = true;
    }
    return arrivals;
  }

  /** Nothing came back in time: everything out there counts as lost. */
  timedOut(): void {
    this.timeouts++;
    this.timer.backoffs++;
    this.#ssthresh = this.#congestion.onLoss(this.cwnd);
    this.#congestion.reset();
    this.cwnd = 1;
    this.#recoverTo = this.next;
    this.#isFastRecovery = false;
    for (const flight of this.#flights) {
      if (!flight.sacked && !flight.lost) this.#lose(flight);
    }
  }

  /** After an idle time the window says nothing about the path any more (RFC 2861). */
  idle(): void {
    this.cwnd = Math.min(this.cwnd, INITIAL_WINDOW);
    this.#isLimited = false;
  }

  #cut(roomBytes: number): Flight | undefined {
    const room = Math.min(roomBytes, MSS_BYTES, this.windowEnd - this.next);
    const payload = room > 0 ? this.buffer.take(room) : NOTHING;
    const fin = this.finQueued && !this.#finSent && this.buffer.bytes === 0;
    if (payload.length === 0 && !fin) {
      if (this.buffer.bytes === 0) this.#isLimited = false;
      return undefined;
    }
    const end = this.next + payload.length + (fin ? 1 : 0);
    const transmission = ++this.#transmissions;
    const flight: Flight = {
      seq: this.next,
      payload,
      fin,
      end,
      transmission,
      sacked: false,
      lost: false,
    };
    this.next = end;
    if (fin) this.#finSent = true;
    this.#flights.push(flight);
    this.#pipe++;
    return flight;
  }

  /** A piece has arrived, whichever of its transmissions did. Returns how many that makes. */
  #noteArrival(flight: Flight): number {
    if (flight.lost) {
      flight.lost = false;
      this.#lost--;
    } else this.#pipe--;
    const arrived = this.#arrived;
    if (flight.transmission > (arrived[0] as number)) {
      arrived[0] = flight.transmission;
      arrived.sort((a, b) => a - b);
    }
    return 1;
  }

  #lose(flight: Flight): void {
    flight.lost = true;
    this.#lost++;
    this.#pipe--;
  }

  /** Lost is what so many later transmissions have overtaken; the first loss of a window halves it. */
  #markLost(): void {
    const overtaken = this.#arrived[0] as number;
    let found = false;
    for (const flight of this.#flights) {
      if (flight.sacked || flight.lost || flight.transmission >= overtaken) continue;
      this.#lose(flight);
      found = true;
    }
    if (!found || this.#recoverTo > 0) return;
    this.#isFastRecovery = true;
    this.#recoverTo = this.next;
    this.#ssthresh = this.#congestion.onLoss(this.cwnd);
    this.cwnd = this.#ssthresh;
  }

  #grow(arrivals: number, nowUs: number): void {
    if (this.cwnd < this.#ssthresh) this.cwnd = Math.min(this.cwnd + arrivals, this.#ssthresh);
    else {
      const srttUs = this.timer.srttUs ?? 0;
      this.cwnd = this.#congestion.grow(this.cwnd, arrivals, nowUs, srttUs);
    }
  }
}

const NOTHING = new Uint8Array(0);
