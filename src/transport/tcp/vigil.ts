import type { Random } from "../../core/random.ts";
import type { CancelTimer, World } from "../../core/world.ts";
import { Deadlines } from "../detector/deadlines.ts";
import { Lateness } from "../detector/lateness.ts";
import { Outage } from "../detector/outage.ts";
import { SilenceHistory } from "../detector/silence-history.ts";
import type { Excuses } from "../detector/silent-death.ts";
import type { TcpCounters } from "./counters.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { TcpOptions } from "./options.ts";

/** A timer this late was held up by our own process: what arrived meanwhile is read before anybody is judged. */
const LATE_US = 20_000;
/** Turns of the event loop that a late process gives to that. */
const SETTLING_TURNS = 2;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * All heartbeats of a transport: the one timer that wakes them, and what explains silence other than a
 * peer's death. A late event loop fakes failures, for the answers lie in the kernel's buffer while
 * the timer fires; so it is noticed here, and taken out of everybody's silence.
 */
export class Vigil implements Excuses<Heartbeat> {
  readonly world: World;
  readonly options: TcpOptions;
  readonly random: Random;
  readonly ownLateness: Lateness;
  readonly machineLateness: Lateness;
  readonly outage: Outage<Heartbeat>;
  /** Of all paths together. */
  readonly noSilences = new SilenceHistory(new SilenceHistory(), true);
  /** Who may be woken. BOUNDED: one for each link. */
  readonly #heartbeats = new Set<Heartbeat>();
  readonly #deadlines = new Deadlines<Heartbeat>();
  #cancelTimer: CancelTimer | undefined;
  #timerUs = NEVER;

  constructor(world: World, options: TcpOptions, counters: TcpCounters) {
    this.world = world;
    this.options = options;
    this.random = world.random("tcp.probes");
    this.ownLateness = new Lateness(options);
    this.machineLateness = new Lateness(options);
    this.outage = new Outage(options, counters, {
      all: () => this.#heartbeats,
      isAtRest: (heartbeat) => heartbeat.isAtRest,
      ask: (heartbeat) => heartbeat.ask(),
    });
  }

  /** How late this program has lately run, where that matters lest it be taken for its death; else 0. */
  get lateToTellUs(): number {
    const lateUs = this.ownLateness.at(this.world.nowUs());
    return lateUs * this.options.lateFactor > this.options.minSilenceUs ? lateUs : 0;
  }

  /** Wake it then. */
  wakeAt(heartbeat: Heartbeat, atUs: number): void {
    this.#heartbeats.add(heartbeat);
    this.#deadlines.set(heartbeat, atUs);
    this.#arm();
  }

  forget(heartbeat: Heartbeat): void {
    this.#heartbeats.delete(heartbeat);
    this.#deadlines.remove(heartbeat);
    if (this.#heartbeats.size > 0) return;
    this.#cancelTimer?.();
    this.#timerUs = NEVER;
  }

  #arm(): void {
    const dueUs = this.#deadlines.firstUs;
    if (this.#timerUs <= dueUs) return;
    this.#cancelTimer?.();
    this.#timerUs = dueUs;
    const delayUs = Math.max(0, dueUs - this.world.nowUs());
    this.#cancelTimer = this.world.after(0, delayUs, () => this.#ring());
  }

  #ring(): void {
    const lateUs = this.world.nowUs() - this.#timerUs;
    if (lateUs > LATE_US) this.#settle(lateUs, SETTLING_TURNS);
    else this.#wake();
  }

  /** Lets what the kernel holds for us be read; `#timerUs` lies in the past, so nobody arms meanwhile. */
  #settle(lateUs: number, turns: number): void {
    if (turns > 0) {
      this.#cancelTimer = this.world.after(0, 0, () => this.#settle(lateUs, turns - 1));
      return;
    }
    this.ownLateness.sample(lateUs, this.world.nowUs());
    for (const heartbeat of this.#heartbeats) heartbeat.stalled(lateUs);
    this.#wake();
  }

  #wake(): void {
    const nowUs = this.world.nowUs();
    for (;;) {
      const heartbeat = this.#deadlines.takeDue(nowUs);
      if (heartbeat === undefined) break;
      heartbeat.wake(nowUs);
    }
    this.#timerUs = NEVER;
    if (this.#deadlines.firstUs < NEVER) this.#arm();
  }
}
