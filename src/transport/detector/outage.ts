import type { PeerState } from "../transport.ts";
import type { Accrual } from "./accrual.ts";
import type { DetectorOptions } from "./options.ts";

/** Fewer silent peers than these may well have died together. */
const SILENT_LEAST = 4;
/** Others asked whether they are there, when one is suspected. */
const WITNESSES_MAX = 16;
const NEVER = Number.POSITIVE_INFINITY;

/** A peer whose silence is judged. */
export interface Judged {
  readonly state: PeerState;
  readonly accrual: Accrual;
  /** When anything was last heard from it. */
  readonly lastHeardUs: number | undefined;
}

/** How peers are found and asked. */
export interface Witnesses<Peer extends Judged> {
  all(): Iterable<Peer>;
  /** Whether it is watched and owes no answer: then it says by one how things are now. */
  isAtRest(peer: Peer): boolean;
  /** Asks it whether it is there. */
  ask(peer: Peer): void;
}

/** What an outage is counted in. */
export interface OutageCounter {
  localOutages: number;
}

/**
 * Everybody seems to have died at once: more likely it is us, or our network. Verdicts of silence are
 * held for a while then; when peers answer again, those that still do not are given time anew.
 *
 * Judged by those of whom there is news: peers heard since the silence in question began, against
 * peers that do not answer. Lest that be few, a suspicion has others asked.
 */
export class Outage<Peer extends Judged> {
  readonly #options: DetectorOptions;
  readonly #counters: OutageCounter;
  readonly #witnesses: Witnesses<Peer>;
  /** When the hold began; `Infinity`: there is none. */
  #heldSinceUs = NEVER;

  constructor(options: DetectorOptions, counters: OutageCounter, witnesses: Witnesses<Peer>) {
    this.#options = options;
    this.#counters = counters;
    this.#witnesses = witnesses;
  }

  /** A peer is suspected: is it us? */
  suspected({ accrual }: Peer, nowUs: number): void {
    const sinceUs = nowUs - accrual.silenceUs(nowUs);
    let asked = 0;
    for (const peer of this.#witnesses.all()) {
      if (asked === WITNESSES_MAX) return;
      if (peer.state !== "up" || !this.#witnesses.isAtRest(peer)) continue;
      if ((peer.lastHeardUs ?? nowUs) >= sinceUs) continue;
      this.#witnesses.ask(peer);
      asked++;
    }
  }

  /** Until when this peer is not down for its silence; asked when a verdict is due. */
  heldUntilUs({ accrual }: Peer, nowUs: number): number {
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
    for (const peer of this.#witnesses.all()) {
      if (peer.state === "suspect") peer.accrual.pardon(nowUs);
    }
  }

  #isLikely(sinceUs: number): boolean {
    let silent = 0;
    let heard = 0;
    for (const peer of this.#witnesses.all()) {
      if (peer.state === "down" || peer.lastHeardUs === undefined) continue;
      if (peer.accrual.rounds > 0) silent++;
      else if (peer.lastHeardUs >= sinceUs) heard++;
    }
    return silent >= SILENT_LEAST && silent > heard;
  }
}
