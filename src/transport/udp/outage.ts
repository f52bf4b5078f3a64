import type { Counters } from "./counters.ts";
import type { UdpOptions } from "./options.ts";
import type { Session } from "./session.ts";

/** Fewer silent peers than these may well have died together. */
const SILENT_LEAST = 4;
/** Others asked whether they are there, when one is suspected. */
const WITNESSES_MAX = 16;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * Everybody seems to have died at once: more likely it is us, or our network. Verdicts of silence are
 * held for a while then; when peers answer again, those that still do not are given time anew.
 *
 * Judged by those of whom there is news: peers heard since the silence in question began, against
 * peers that do not answer. Lest that be few, a suspicion has others asked.
 */
export class Outage {
  readonly #options: UdpOptions;
  readonly #counters: Counters;
  readonly #sessions: () => Iterable<Session>;
  /** When the hold began; `Infinity`: there is none. */
  #heldSinceUs = NEVER;

  constructor(options: UdpOptions, counters: Counters, sessions: () => Iterable<Session>) {
    this.#options = options;
    this.#counters = counters;
    this.#sessions = sessions;
  }

  /** A peer is suspected: is it us? */
  suspected({ accrual, context }: Session, nowUs: number): void {
    const sinceUs = nowUs - accrual.silenceUs(nowUs);
    let asked = 0;
    for (const session of this.#sessions()) {
      if (asked === WITNESSES_MAX) return;
      if (session.state !== "up" || !session.watch.isWatched) continue;
      if (session.ledger.inFlight > 0 || (session.lastHeardUs ?? nowUs) >= sinceUs) continue;
      session.wantsPing = true;
      context.touch(session);
      asked++;
    }
  }

  /** Until when this peer is not down for its silence; asked when a verdict is due. */
  heldUntilUs({ accrual }: Session, nowUs: number): number {
    if (this.#heldSinceUs !== NEVER) {
      this.recovered(nowUs);
      // Its silence counts anew: judge it again by that.
      if (this.#heldSinceUs === NEVER) return nowUs + 1;
    } else if (this.#isLikely(nowUs - accrual.silenceUs(nowUs))) {
      this.#heldSinceUs = nowUs;
      this.#counters.localOutages++;
    }
    return this.#heldSinceUs === NEVER ? nowUs : this.#heldSinceUs + this.#options.outageHoldUs;
  }

  /** A suspect peer answered, perhaps the one after which fewer are silent than not. */
  recovered(nowUs: number): void {
    if (this.#heldSinceUs === NEVER || this.#isLikely(this.#heldSinceUs)) return;
    this.#heldSinceUs = NEVER;
    for (const session of this.#sessions()) {
      if (session.state === "suspect") session.accrual.pardon(nowUs);
    }
  }

  #isLikely(sinceUs: number): boolean {
    let silent = 0;
    let heard = 0;
    for (const session of this.#sessions()) {
      if (session.isDown || session.lastHeardUs === undefined) continue;
      if (session.accrual.rounds > 0) silent++;
      else if (session.lastHeardUs >= sinceUs) heard++;
    }
    return silent >= SILENT_LEAST && silent > heard;
  }
}
