import type { Random } from "../../../core/random.ts";
import type { BurstState } from "./burst-loss.ts";
import type { LinkConditions } from "./conditions.ts";
import type { DropCause } from "./counters.ts";

/**
 * What happens to one packet on its way: conditions are applied to it one after the other. One object
 * serves all packets, one at a time.
 */
export class Passage {
  /** When it is where it has got to; fractions count. */
  atUs = 0;
  /** Copies that the network made of it. */
  copies = 0;
  /** Bits that were flipped. */
  flips = 0;
  /** It was held back on purpose, and so overtaken. */
  heldBack = false;
  readonly #losses: Random;
  readonly #order: Random;
  readonly #changes: Random;

  constructor(random: (name: string) => Random) {
    this.#losses = random("packet.loss");
    this.#order = random("packet.order");
    this.#changes = random("packet.changes");
  }

  begin(nowUs: number): void {
    this.atUs = nowUs;
    this.copies = 0;
    this.flips = 0;
    this.heldBack = false;
  }

  /** Before the queue: what a link does not take at all. */
  refusal({ outage, mtuBytes }: LinkConditions, bytes: number): DropCause | undefined {
    if (outage) return "outage";
    return bytes > mtuBytes ? "tooBig" : undefined;
  }

  /** Behind the queue: losses, delays and changes; no harm to one that is `spared`. */
  meet(
    conditions: LinkConditions,
    burst: BurstState | undefined,
    spared = false,
  ): DropCause | undefined {
    const { loss, delayUs, jitterUs, reorder, reorderUs, duplicate, corrupt } = conditions;
    if (!spared) {
      if (loss > 0 && this.#losses.chance(loss)) return "loss";
      if (burst?.isLost(this.atUs, this.#losses) === true) return "burst";
    }
    this.atUs += delayUs;
    if (jitterUs > 0) this.atUs += this.#order.float() * jitterUs;
    if (reorder > 0 && this.#order.chance(reorder)) {
      this.atUs += reorderUs;
      this.heldBack = true;
    }
    if (duplicate > 0 && this.#changes.chance(duplicate)) this.copies++;
    if (!spared && corrupt > 0 && this.#changes.chance(corrupt)) this.flips++;
    return undefined;
  }

  /** The packet with its bits flipped, if it is bytes; `undefined`: its receiver's kernel will notice. */
  damaged(packet: unknown): unknown {
    if (!(packet instanceof Uint8Array) || packet.length === 0) return undefined;
    const copy = packet.slice();
    for (let i = 0; i < this.flips; i++) {
      const bit = this.#changes.below(copy.length * 8);
      copy[bit >>> 3] = (copy[bit >>> 3] as number) ^ (1 << (bit & 7));
    }
    return copy;
  }
}
