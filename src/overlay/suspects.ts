import type { Ref } from "../core/contacts.ts";
import type { Member } from "./overlay.ts";

const MEMBER_FACTOR = 2 ** 31;
/** Pairs of member and suspect remembered at once; the oldest are forgotten first. */
export const SUSPECTS_MAX = 1 << 20;

/**
 * Which nodes each member suspects: routes go round them at once, while the transport still finds
 * out. An entry leaves with the transport's next word on the node, or after a while.
 */
export class Suspects {
  readonly #nowUs: () => number;
  readonly #expiryUs: number;
  /** Until when. BOUNDED: `SUSPECTS_MAX`. */
  readonly #untilUs = new Map<number, number>();

  constructor(nowUs: () => number, expiryUs: number) {
    this.#nowUs = nowUs;
    this.#expiryUs = expiryUs;
  }

  add(member: Member, ref: Ref): void {
    const pair = member * MEMBER_FACTOR + ref;
    this.#untilUs.delete(pair);
    if (this.#untilUs.size >= SUSPECTS_MAX) {
      for (const oldest of this.#untilUs.keys()) {
        this.#untilUs.delete(oldest);
        break;
      }
    }
    this.#untilUs.set(pair, this.#nowUs() + this.#expiryUs);
  }

  forget(member: Member, ref: Ref): void {
    if (this.#untilUs.size > 0) this.#untilUs.delete(member * MEMBER_FACTOR + ref);
  }

  has(member: Member, ref: Ref): boolean {
    if (this.#untilUs.size === 0) return false;
    const pair = member * MEMBER_FACTOR + ref;
    const untilUs = this.#untilUs.get(pair);
    if (untilUs === undefined) return false;
    if (untilUs > this.#nowUs()) return true;
    this.#untilUs.delete(pair);
    return false;
  }
}
