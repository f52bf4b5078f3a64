import type { Link } from "./link.ts";
import type { VirtualTime } from "./virtual-time.ts";

const SEGMENT_BYTES = 1_448;
/** With TCP and IPv4 headers and time stamps. */
const PACKET_BYTES = 1_500;
const ACK_BYTES = 52;
/** RFC 9438, §4. */
const C = 0.4;
const BETA = 0.7;
const DUPLICATES = 3;
const RTO_MIN_US = 200_000;

interface Segment {
  readonly number: number;
  readonly sentUs: number;
}

/**
 * A TCP flow with CUBIC (RFC 9438), selective acknowledgements and an endless supply: what we share
 * a link with. The receiver acknowledges each packet. A segment is lost once three sent later were
 * acknowledged, or when the timeout ends.
 */
export class CubicFlow {
  deliveredBytes = 0;
  readonly #time: VirtualTime;
  readonly #there: Link;
  readonly #back: Link;
  #cwnd = 10;
  #ssthresh = Number.POSITIVE_INFINITY;
  #maxCwnd = 0;
  #epochUs = -1;
  #kSeconds = 0;
  #stopped = false;
  #next = 0;
  #highest = -1;
  /** Segments sent before this were answered for by a decrease. */
  #recoverUntil = -1;
  #srttUs = 0;
  #rttVarUs = 0;
  #lastProgressUs = 0;
  readonly #onWay = new Map<number, Segment>();

  constructor(time: VirtualTime, there: Link, back: Link) {
    this.#time = time;
    this.#there = there;
    this.#back = back;
  }

  start(): void {
    this.#lastProgressUs = this.#time.nowUs;
    this.#fill();
    this.#watch();
  }

  stop(): void {
    this.#stopped = true;
  }

  #fill(): void {
    if (this.#stopped) return;
    while (this.#onWay.size < Math.floor(this.#cwnd)) {
      const segment = { number: this.#next++, sentUs: this.#time.nowUs };
      this.#onWay.set(segment.number, segment);
      this.#there.send(PACKET_BYTES, () => this.#arrived(segment));
    }
  }

  #arrived(segment: Segment): void {
    this.deliveredBytes += SEGMENT_BYTES;
    this.#back.send(ACK_BYTES, () => this.#acknowledged(segment));
  }

  #acknowledged(segment: Segment): void {
    if (!this.#onWay.delete(segment.number)) return;
    const { nowUs } = this.#time;
    this.#lastProgressUs = nowUs;
    this.#highest = Math.max(this.#highest, segment.number);
    this.#sampleRtt(nowUs - segment.sentUs);
    let lost = false;
    for (const { number } of this.#onWay.values()) {
      if (number > this.#highest - DUPLICATES) break;
      this.#onWay.delete(number);
      if (number > this.#recoverUntil) lost = true;
    }
    if (lost) this.#decrease();
    else if (this.#onWay.size + 2 >= Math.floor(this.#cwnd)) this.#grow();
    this.#fill();
  }

  #decrease(): void {
    this.#recoverUntil = this.#next - 1;
    this.#maxCwnd = this.#cwnd < this.#maxCwnd ? (this.#cwnd * (1 + BETA)) / 2 : this.#cwnd;
    this.#cwnd = Math.max(2, this.#cwnd * BETA);
    this.#ssthresh = this.#cwnd;
    this.#kSeconds = Math.cbrt((this.#maxCwnd * (1 - BETA)) / C);
    this.#epochUs = this.#time.nowUs;
  }

  #grow(): void {
    if (this.#cwnd < this.#ssthresh) {
      this.#cwnd++;
      return;
    }
    if (this.#epochUs < 0) this.#epochUs = this.#time.nowUs;
    const seconds = (this.#time.nowUs - this.#epochUs) / 1e6;
    const rttSeconds = this.#srttUs / 1e6;
    const cubic = C * (seconds + rttSeconds - this.#kSeconds) ** 3 + this.#maxCwnd;
    const reno = this.#maxCwnd * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * (seconds / rttSeconds);
    const target = Math.min(Math.max(cubic, reno), this.#cwnd * 1.5);
    this.#cwnd += target > this.#cwnd ? (target - this.#cwnd) / this.#cwnd : 0.01 / this.#cwnd;
  }

  #sampleRtt(rttUs: number): void {
    if (this.#srttUs === 0) {
      this.#srttUs = rttUs;
      this.#rttVarUs = rttUs / 2;
      return;
    }
    this.#rttVarUs += (Math.abs(this.#srttUs - rttUs) - this.#rttVarUs) / 4;
    this.#srttUs += (rttUs - this.#srttUs) / 8;
  }

  /** The retransmission timeout: everything on the way is lost, and slow start begins again. */
  #watch(): void {
    const rtoUs = Math.max(RTO_MIN_US, this.#srttUs + 4 * this.#rttVarUs);
    const dueUs = this.#lastProgressUs + rtoUs;
    if (this.#time.nowUs >= dueUs) {
      this.#onWay.clear();
      this.#ssthresh = Math.max(2, this.#cwnd * BETA);
      this.#cwnd = 1;
      this.#recoverUntil = this.#next - 1;
      this.#lastProgressUs = this.#time.nowUs;
      this.#fill();
    }
    this.#time.after(Math.max(1_000, dueUs - this.#time.nowUs), () => this.#watch());
  }
}
