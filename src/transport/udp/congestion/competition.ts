import type { PathModel } from "./path-model.ts";

/** CUBIC's constants (RFC 9438, §4): growth in packets per second cubed, and what is left after a loss. */
const C = 0.4;
const BETA = 0.7;
const WINDOW_PACKETS_MIN = 4;
/** A loss counts if the round trip shows so much of the queue. */
const QUEUE_SHARE = 0.5;
/** How often we look whether we are alone, and how long, in round trips. */
const LOOK_EVERY_US = 5_000_000;
const LOOK_ROUNDS = 2;
/** With only so much of our share in flight, a path that we have for ourselves is empty. */
const LOOK_WINDOW = 0.5;
const ALONE_RTT = 1.06;
/** Rate above the window per round trip, so that pacing does not hold the window down. */
const PACING_GAIN = 1.2;

/**
 * The window beside others who fill the queue: as CUBIC (RFC 9438) would, so that we take neither
 * more nor less than a TCP flow; but a loss counts only while the queue shows in the round trip, for
 * others are chance. Every few seconds it holds back for two round trips: if the queue is gone then,
 * nobody else was there.
 */
export class CompetitionWindow {
  readonly #path: PathModel;
  readonly #packetBytes: number;
  #windowBytes: number;
  #maxPackets: number;
  #epochUs: number;
  #kSeconds = 0;
  #cutUs: number;
  #lookUs: number;
  /** Until when we hold back; -1: we do not. */
  #lookEndUs = -1;
  #lookMinRttUs = Number.POSITIVE_INFINITY;

  /** Begins with this window. */
  constructor(path: PathModel, packetBytes: number, bytes: number, nowUs: number) {
    this.#path = path;
    this.#packetBytes = packetBytes;
    this.#windowBytes = Math.max(bytes, WINDOW_PACKETS_MIN * this.#packetBytes);
    this.#maxPackets = this.#windowBytes / this.#packetBytes;
    this.#epochUs = nowUs;
    this.#cutUs = nowUs;
    this.#lookUs = nowUs + LOOK_EVERY_US;
  }

  get windowBytes(): number {
    if (this.#lookEndUs < 0) return this.#windowBytes;
    return Math.max(WINDOW_PACKETS_MIN * this.#packetBytes, LOOK_WINDOW * this.#path.bdpBytes);
  }

  get bytesPerSecond(): number {
    return (PACING_GAIN * this.windowBytes * 1e6) / Math.max(1, this.#path.lastRttUs);
  }

  /** So much was acknowledged with the window full. True: we are alone, after all. */
  grow(bytes: number, nowUs: number): boolean {
    if (this.#lookEndUs >= 0 || nowUs >= this.#lookUs) return this.#look(nowUs);
    const packets = this.#windowBytes / this.#packetBytes;
    const seconds = (nowUs - this.#epochUs) / 1e6;
    const rttSeconds = this.#path.lastRttUs / 1e6;
    const cubic = C * (seconds + rttSeconds - this.#kSeconds) ** 3 + this.#maxPackets;
    // What a Reno flow with the same decrease would have: CUBIC is never slower (RFC 9438, §4.3).
    const reno = this.#maxPackets * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * (seconds / rttSeconds);
    const target = Math.min(Math.max(cubic, reno), packets * 1.5);
    if (target > packets) this.#windowBytes += ((target - packets) / packets) * bytes;
    return false;
  }

  /** A packet sent at `sentUs` was lost. */
  lost(sentUs: number, nowUs: number): void {
    if (sentUs <= this.#cutUs || !this.#path.queueShows(QUEUE_SHARE)) return;
    this.#cutUs = nowUs;
    this.#epochUs = nowUs;
    const packets = this.#windowBytes / this.#packetBytes;
    // Fast convergence: a flow that is losing ground lets go of some more.
    this.#maxPackets = packets < this.#maxPackets ? (packets * (1 + BETA)) / 2 : packets;
    this.#windowBytes = Math.max(WINDOW_PACKETS_MIN * this.#packetBytes, this.#windowBytes * BETA);
    this.#kSeconds = Math.cbrt((this.#maxPackets * (1 - BETA)) / C);
  }

  #look(nowUs: number): boolean {
    const { lastRttUs, minRttUs } = this.#path;
    if (this.#lookEndUs < 0) {
      this.#lookEndUs = nowUs + (LOOK_ROUNDS + 1) * lastRttUs;
      this.#lookMinRttUs = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#lookMinRttUs = Math.min(this.#lookMinRttUs, lastRttUs);
    if (nowUs < this.#lookEndUs) return false;
    this.#lookEndUs = -1;
    this.#lookUs = nowUs + LOOK_EVERY_US;
    // The time in which we held back does not count for growth.
    this.#epochUs += (LOOK_ROUNDS + 1) * lastRttUs;
    return this.#lookMinRttUs <= ALONE_RTT * minRttUs;
  }
}
