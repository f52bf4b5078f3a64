import type { Random } from "../../../core/random.ts";
import { BurstState } from "./burst-loss.ts";
import { type LinkConditions, PLAIN_LINK } from "./conditions.ts";
import { DepartureQueue } from "./departure-queue.ts";

/** The packet does not pass. */
export const DROPPED = -1;

/**
 * One direction of a host's link: a first-in-first-out queue in front of a line of fixed rate. Since
 * nothing overtakes in it, the time at which a packet is through is known when it comes.
 */
export class Link {
  /** Nothing to compute: the usual case, skipped by the network. */
  isPlain = true;
  conditions: LinkConditions = PLAIN_LINK;
  burst: BurstState | undefined;
  /** Packets since the numbered ones were told. */
  #number = 0;
  /** The last so many packets were lost or damaged. */
  #harmed = 0;
  /** When the line has sent what it has taken; fractions count. */
  #freeUs = 0;
  #queue: DepartureQueue | undefined;

  /** From now on; what is already in the queue leaves as it was to. */
  set(conditions: LinkConditions, burstRandom: () => Random, nowUs: number): void {
    if (conditions.burst !== this.conditions.burst) {
      this.burst =
        conditions.burst === undefined
          ? undefined
          : new BurstState(conditions.burst, burstRandom(), nowUs);
    }
    if (conditions.numbered !== this.conditions.numbered) this.#number = 0;
    this.conditions = conditions;
    this.isPlain = conditions === PLAIN_LINK;
    if (Number.isFinite(conditions.rateBitsPerSecond)) this.#queue ??= new DepartureQueue();
  }

  /** When a packet that comes now is through, or `DROPPED`: the queue is full. */
  pass(nowUs: number, bytes: number): number {
    const { rateBitsPerSecond, queuePackets, queueBytes } = this.conditions;
    if (this.#queue === undefined || rateBitsPerSecond === Number.POSITIVE_INFINITY) return nowUs;
    this.#queue.leave(nowUs);
    if (this.#queue.packets >= queuePackets || this.#queue.bytes + bytes > queueBytes) {
      return DROPPED;
    }
    this.#freeUs = Math.max(this.#freeUs, nowUs) + (bytes * 8e6) / rateBitsPerSecond;
    this.#queue.push(this.#freeUs, bytes);
    return this.#freeUs;
  }

  /** For how long the next packet is held because of its number; `DROPPED`: it is lost. */
  numberedUs(): number {
    const { numbered } = this.conditions;
    if (numbered === undefined) return 0;
    this.#number++;
    if (this.#number < numbered.from || this.#number > numbered.to) return 0;
    return numbered.heldUs ?? DROPPED;
  }

  /** Enough packets in a row were harmed: the next one is not. */
  get spares(): boolean {
    return this.#harmed >= this.conditions.inARowMax;
  }

  /** What became of a packet. */
  met(harm: boolean): void {
    this.#harmed = harm ? this.#harmed + 1 : 0;
  }

  /** Packets that wait or are being sent. */
  queued(nowUs: number): number {
    this.#queue?.leave(nowUs);
    return this.#queue?.packets ?? 0;
  }
}
