import type { RateSample } from "./delivery-rate.ts";

/** The bandwidth is the largest rate of so many round trips. */
const BANDWIDTH_ROUNDS = 10;
/** The shortest round trip of so long is taken for the path without queues. */
const MIN_RTT_US = 10_000_000;

/**
 * What is known of a path: its bandwidth (largest delivery rate of the last round trips) and its
 * shortest round trip, which together say how much must be in flight to fill it and no more.
 * Source: BBR (Cardwell et al., ACM Queue 2016).
 */
export class PathModel {
  /** Shortest round trip of the last 10 s; `Infinity`: none yet. */
  minRttUs: number;
  /** When it was seen last. */
  minRttAtUs = 0;
  /** The longest since the shortest was forgotten: how much the queue may add. */
  maxRttUs: number;
  lastRttUs: number;
  /** Round trips so far. */
  rounds = 0;
  /** The acknowledgement just read ended a round trip. */
  roundEnded = false;
  #roundEndsAt = 0;
  #bandwidth = 0;
  readonly #ofRounds: number[] = [0];

  /** `minRttUs`: what is known of the path before; `Infinity`: nothing. */
  constructor(minRttUs: number) {
    this.minRttUs = minRttUs;
    this.lastRttUs = minRttUs === Number.POSITIVE_INFINITY ? 0 : minRttUs;
    this.maxRttUs = this.lastRttUs;
  }

  /** Bytes per second; 0: not known. */
  get bandwidth(): number {
    return this.#bandwidth;
  }

  /** Bandwidth-delay product: bytes in flight that fill the path and no queue. */
  get bdpBytes(): number {
    return this.minRttUs === Number.POSITIVE_INFINITY ? 0 : (this.#bandwidth * this.minRttUs) / 1e6;
  }

  sampleRtt(rttUs: number, nowUs: number): void {
    this.lastRttUs = rttUs;
    if (rttUs > this.maxRttUs) this.maxRttUs = rttUs;
    if (rttUs <= this.minRttUs) {
      this.minRttUs = rttUs;
      this.minRttAtUs = nowUs;
    }
  }

  /** Whether the shortest round trip is too old to be believed. */
  isMinRttStale(nowUs: number): boolean {
    return nowUs - this.minRttAtUs > MIN_RTT_US;
  }

  /** Believes the round trips of now: `rttUs` is the shortest among them. */
  renewMinRtt(rttUs: number, nowUs: number): void {
    this.minRttUs = rttUs;
    this.minRttAtUs = nowUs;
    this.maxRttUs = Math.max(rttUs, this.lastRttUs);
  }

  sampleRate(sample: RateSample, delivered: number): void {
    this.roundEnded = sample.priorDelivered >= this.#roundEndsAt;
    const { bytesPerSecond } = sample;
    if (sample.appLimited && bytesPerSecond <= this.#bandwidth) {
      if (this.roundEnded) {
        this.#roundEndsAt = delivered;
        this.rounds++;
      }
      return;
    }
    const rounds = this.#ofRounds;
    if (this.roundEnded) {
      this.#roundEndsAt = delivered;
      this.rounds++;
      rounds.push(0);
      if (rounds.length > BANDWIDTH_ROUNDS) rounds.shift();
      this.#bandwidth = Math.max(...rounds);
    }
    const last = rounds.length - 1;
    if (bytesPerSecond <= (rounds[last] as number)) return;
    rounds[last] = bytesPerSecond;
    if (bytesPerSecond > this.#bandwidth) this.#bandwidth = bytesPerSecond;
  }

  /** Whether the round trip of now shows a queue of at least this share of what it may add. */
  queueShows(share: number): boolean {
    const rangeUs = this.maxRttUs - this.minRttUs;
    return rangeUs > this.minRttUs / 8 && this.lastRttUs >= this.minRttUs + share * rangeUs;
  }
}
