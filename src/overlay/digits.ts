import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";

/**
 * Numeric IDs as digits of base k: digit i decides the ring at level i + 1. Kept beside the contact
 * table, made when a contact is first looked at. Source: SkipNet (USITS 2003) §3.3.
 */
export class Digits {
  readonly #contacts: ContactTable;
  readonly #k: number;
  readonly #levels: number;
  #digits: Uint8Array;
  /** Whose digits a row holds. */
  #owner = new Int32Array(64).fill(NO_REF);

  constructor(contacts: ContactTable, k: number, levels: number) {
    this.#contacts = contacts;
    this.#k = k;
    this.#levels = levels;
    this.#digits = new Uint8Array(64 * levels);
  }

  /** Number of leading digits that two contacts share: they are on one ring at every level up to it. */
  commonPrefix(a: Ref, b: Ref): number {
    const x = this.#row(a);
    const y = this.#row(b);
    const digits = this.#digits;
    let i = 0;
    while (i < this.#levels && digits[x + i] === digits[y + i]) i++;
    return i;
  }

  /** Whether two contacts are on one ring at this level. */
  shareRing(a: Ref, b: Ref, level: number): boolean {
    const x = this.#row(a);
    const y = this.#row(b);
    const digits = this.#digits;
    for (let i = 0; i < level; i++) if (digits[x + i] !== digits[y + i]) return false;
    return true;
  }

  digit(ref: Ref, i: number): number {
    // The row first: looking for it may replace the column.
    const at = this.#row(ref) + i;
    return this.#digits[at] as number;
  }

  /**
   * Negative if `a` comes before `b` for the target: by longest common prefix, then smaller distance,
   * then smaller ID.
   */
  compareFor(target: Ref, a: Ref, b: Ref): number {
    if (a === b) return 0;
    const prefix = this.commonPrefix(b, target) - this.commonPrefix(a, target);
    if (prefix !== 0) return prefix;
    return compareDistance(this.#contacts, target, a, b);
  }

  #row(ref: Ref): number {
    const row = this.#contacts.row(ref);
    if (this.#owner[row] !== ref) this.#make(ref, row);
    return row * this.#levels;
  }

  #make(ref: Ref, row: number): void {
    if (row >= this.#owner.length) {
      let size = this.#owner.length;
      while (size <= row) size *= 2;
      const owner = new Int32Array(size).fill(NO_REF);
      owner.set(this.#owner);
      this.#owner = owner;
      const digits = new Uint8Array(size * this.#levels);
      digits.set(this.#digits);
      this.#digits = digits;
    }
    this.#owner[row] = ref;
    const words = [0, 1, 2, 3].map((i) => this.#contacts.numericWord(ref, i));
    // The ID as a binary fraction: multiply by k, and what passes the point is the next digit.
    for (let i = 0; i < this.#levels; i++) {
      let carry = 0;
      for (let w = 3; w >= 0; w--) {
        const product = (words[w] as number) * this.#k + carry;
        words[w] = product % 0x1_0000_0000;
        carry = Math.floor(product / 0x1_0000_0000);
      }
      this.#digits[row * this.#levels + i] = carry;
    }
  }
}

/** |a - target| against |b - target| as 128-bit integers, then the smaller ID. */
function compareDistance(contacts: ContactTable, target: Ref, a: Ref, b: Ref): number {
  subtract(contacts, a, target, distanceA);
  subtract(contacts, b, target, distanceB);
  for (let i = 0; i < 4; i++) {
    const difference = (distanceA[i] as number) - (distanceB[i] as number);
    if (difference !== 0) return difference;
  }
  return compareNumeric(contacts, a, b);
}

/** Scratch: a comparison allocates nothing. */
const distanceA = new Uint32Array(4);
const distanceB = new Uint32Array(4);

function compareNumeric(contacts: ContactTable, a: Ref, b: Ref): number {
  for (let i = 0; i < 4; i++) {
    const difference = contacts.numericWord(a, i) - contacts.numericWord(b, i);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** |a - b| into four words. */
function subtract(contacts: ContactTable, a: Ref, b: Ref, out: Uint32Array): void {
  const isGreater = compareNumeric(contacts, a, b) >= 0;
  const high = isGreater ? a : b;
  const low = isGreater ? b : a;
  let borrow = 0;
  for (let i = 3; i >= 0; i--) {
    const word = contacts.numericWord(high, i) - contacts.numericWord(low, i) - borrow;
    borrow = word < 0 ? 1 : 0;
    // Unsigned words wrap as they should.
    out[i] = word;
  }
}
