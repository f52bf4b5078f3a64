import type { Random } from "../../../core/random.ts";
import type { PathModel } from "./path-model.ts";

/** Doubles the rate each round trip: 2 / ln 2. */
const STARTUP_GAIN = 2.885;
/** The rate must grow so much in three round trips, or the pipe is full. */
const FULL_GROWTH = 1.25;
const FULL_ROUNDS = 3;
const UP_GAIN = 1.25;
const DOWN_GAIN = 0.75;
const CRUISE_ROUNDS = 6;
/** In flight at most, in bandwidth-delay products: room for acknowledgements that come in clumps. */
const CRUISE_WINDOW = 1.5;
const UP_WINDOW = 2;
const RTT_PROBE_WINDOW = 0.5;
/** A round trip that long, in the shortest, is free of queues. */
const EMPTY_RTT = 1.1;
/** How much longer a round trip may be for reasons other than queues. */
const NOISE_US = 500;
/** The queue never ran empty for so many cycles: it is somebody else's. */
const BUSY_CYCLES = 2;

type Phase = "startup" | "drain" | "cruise" | "up" | "down" | "rtt";

/**
 * Finds the bandwidth and then keeps just so much in flight: startup, drain, then a cycle of
 * cruising, a round trip a quarter faster, and one slower that drains what that added; twice a
 * minute at most a short pause that shows the path without our own queue. Source: BBR (Cardwell et al., ACM
 * Queue 2016), with smaller windows: a standing queue costs every small message its length.
 */
export class BandwidthProbe {
  readonly #path: PathModel;
  readonly #random: Random;
  #phase: Phase = "startup";
  #phaseUs = 0;
  #cruiseRounds = CRUISE_ROUNDS;
  #phaseRound = 0;
  #fullBandwidth = 0;
  #fullRounds = 0;
  #cycleMinRttUs = Number.POSITIVE_INFINITY;
  #busyCycles = 0;

  constructor(path: PathModel, random: Random) {
    this.#path = path;
    this.#random = random;
  }

  /** The bandwidth was found. */
  get isFull(): boolean {
    return this.#phase !== "startup";
  }

  get isCruising(): boolean {
    return this.#phase === "cruise" || this.#phase === "down";
  }

  /** Somebody else fills the queue that we leave empty. */
  get hasCompany(): boolean {
    return this.#busyCycles >= BUSY_CYCLES;
  }

  get pacingGain(): number {
    switch (this.#phase) {
      case "startup":
        return STARTUP_GAIN;
      case "drain":
        return 1 / STARTUP_GAIN;
      case "up":
        return UP_GAIN;
      case "down":
        return DOWN_GAIN;
      default:
        return 1;
    }
  }

  get windowGain(): number {
    switch (this.#phase) {
      case "startup":
      case "drain":
        return STARTUP_GAIN;
      case "up":
        return UP_WINDOW;
      case "rtt":
        return RTT_PROBE_WINDOW;
      default:
        return CRUISE_WINDOW;
    }
  }

  /** After each acknowledgement with a sample of the rate. */
  advance(nowUs: number, inFlightBytes: number, appLimited: boolean): void {
    const path = this.#path;
    this.#cycleMinRttUs = Math.min(this.#cycleMinRttUs, path.lastRttUs);
    if (path.isMinRttStale(nowUs)) this.#lookAtRtt(nowUs, appLimited);
    const elapsedUs = nowUs - this.#phaseUs;
    switch (this.#phase) {
      case "startup":
        if (path.roundEnded && !appLimited) this.#watchGrowth(nowUs);
        return;
      case "drain":
        if (inFlightBytes <= path.bdpBytes) this.#enter("cruise", nowUs);
        return;
      case "up":
        if (elapsedUs > path.minRttUs && inFlightBytes >= UP_GAIN * path.bdpBytes) {
          this.#enter("down", nowUs);
        } else if (elapsedUs > 3 * path.minRttUs) this.#enter("down", nowUs);
        return;
      case "down":
        if (inFlightBytes <= path.bdpBytes || elapsedUs > 2 * path.minRttUs) {
          this.#enter("cruise", nowUs);
        }
        return;
      case "rtt":
        if (elapsedUs > path.lastRttUs + path.minRttUs) {
          path.renewMinRtt(this.#cycleMinRttUs, nowUs);
          this.#enter("cruise", nowUs);
        }
        return;
      case "cruise":
        if (path.rounds - this.#phaseRound >= this.#cruiseRounds) this.#endCycle(nowUs, appLimited);
    }
  }

  /** Packets are dropped by a queue: what was being tried is too much. */
  overflowed(nowUs: number): void {
    if (this.#phase === "startup") this.#enter("drain", nowUs);
    else if (this.#phase === "up") this.#enter("down", nowUs);
  }

  /** Goes on as if the bandwidth were found just now. */
  resume(nowUs: number): void {
    this.#busyCycles = 0;
    this.#enter("cruise", nowUs);
  }

  #watchGrowth(nowUs: number): void {
    const { bandwidth } = this.#path;
    if (bandwidth >= this.#fullBandwidth * FULL_GROWTH) {
      this.#fullBandwidth = bandwidth;
      this.#fullRounds = 0;
    } else if (++this.#fullRounds >= FULL_ROUNDS) this.#enter("drain", nowUs);
  }

  #endCycle(nowUs: number, appLimited: boolean): void {
    const emptyUs = EMPTY_RTT * this.#path.minRttUs + NOISE_US;
    if (appLimited || this.#cycleMinRttUs <= emptyUs) this.#busyCycles = 0;
    else this.#busyCycles++;
    this.#cycleMinRttUs = Number.POSITIVE_INFINITY;
    this.#enter("up", nowUs);
  }

  #lookAtRtt(nowUs: number, appLimited: boolean): void {
    if (this.#phase === "rtt") return;
    // Without a queue of our own there is nothing to drain: the round trips of now are the path's.
    if (appLimited || this.#phase === "startup") {
      this.#path.renewMinRtt(Math.min(this.#cycleMinRttUs, this.#path.lastRttUs), nowUs);
      this.#cycleMinRttUs = Number.POSITIVE_INFINITY;
      return;
    }
    this.#cycleMinRttUs = Number.POSITIVE_INFINITY;
    this.#enter("rtt", nowUs);
  }

  #enter(phase: Phase, nowUs: number): void {
    this.#phase = phase;
    this.#phaseUs = nowUs;
    this.#phaseRound = this.#path.rounds;
    // Two senders on one queue must not probe in step.
    if (phase === "cruise") this.#cruiseRounds = CRUISE_ROUNDS + this.#random.below(3);
  }
}
