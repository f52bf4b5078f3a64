import type { ContactTable, Ref } from "../core/contacts.ts";

/** A way round the ring: clockwise is towards greater names. */
export type Direction = 0 | 1;
export const CLOCKWISE: Direction = 0;
export const COUNTER_CLOCKWISE: Direction = 1;
export const opposite = (direction: Direction): Direction => (direction === 0 ? 1 : 0);

/** The wrapping order of names on every ring. */
export class RingOrder {
  readonly #contacts: ContactTable;

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  /** Whether walking from `a` one meets `b` no later than `c`; never for `b` = `a` by name. */
  liesBetween(a: Ref, b: Ref, c: Ref, direction: Direction): boolean {
    const contacts = this.#contacts;
    const sign = direction === CLOCKWISE ? 1 : -1;
    const ab = contacts.compareNames(a, b) * sign;
    if (ab === 0) return false;
    const bc = contacts.compareNames(b, c) * sign;
    if (ab < 0 && bc <= 0) return true;
    const ca = contacts.compareNames(c, a) * sign;
    // From a round the end of the name space to c; c = a means the whole ring.
    return ca <= 0 && (ab < 0 || bc <= 0);
  }

  /** Whether `b` stands strictly between `a` and `c`, walking from `a`. */
  isInside(a: Ref, b: Ref, c: Ref, direction: Direction): boolean {
    return this.#contacts.compareNames(b, c) !== 0 && this.liesBetween(a, b, c, direction);
  }

  sameName(a: Ref, b: Ref): boolean {
    return this.#contacts.compareNames(a, b) === 0;
  }
}
