import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import { heightOf } from "./virtual.ts";

/** A digit takes four bits: k is 16 at most. */
const DIGIT_BITS = 4;
const DIGITS_A_WORD = 32 / DIGIT_BITS;

/**
 * Numeric IDs as digits of base k: digit i decides the ring at level i + 1. Kept beside the contact
 * table, made when a contact is first looked at. Source: SkipNet (USITS 2003) §3.3.
 */
export class Digits {
  readonly #contacts: ContactTable;
  readonly #k: number;
  readonly #levels: number;
  /** Words of a row: whose digits they are, then the digits, the first in the highest bits. */
  readonly #stride: number;
  #words: Int32Array;
  /** Where k is a power of two, digits are bits of the numeric ID; else 0. */
  readonly #bitsADigit: number;

  /** Whether IDs may be truncated. */
  readonly #truncated: boolean;

  constructor(contacts: ContactTable, k: number, levels: number, truncated = false) {
    this.#truncated = truncated;
    this.#contacts = contacts;
    this.#k = k;
    this.#levels = levels;
    this.#stride = 1 + Math.ceil(levels / DIGITS_A_WORD);
    this.#words = new Int32Array(64 * this.#stride).fill(NO_REF);
    const bits = Math.log2(k);
    this.#bitsADigit = Number.isInteger(bits) ? bits : 0;
  }

  /** Number of leading digits that two contacts share: they are on one ring at every level up to it. */
  commonPrefix(a: Ref, b: Ref): number {
    if (this.#truncated) return this.#commonOfTruncated(a, b);
    const bits = this.#bitsADigit;
    if (bits === 0) return this.#commonDigits(a, b);
    return Math.min(this.#levels, Math.floor(this.#contacts.commonBits(a, b) / bits));
  }

  /** The highest level on which a node may stand on a ring: the digits of its numeric ID that count. */
  height(ref: Ref): number {
    if (!this.#truncated) return this.#levels;
    return Math.min(this.#levels, heightOf(this.#contacts, ref) ?? this.#levels);
  }

  #commonOfTruncated(a: Ref, b: Ref): number {
    const bits = this.#bitsADigit;
    const common =
      bits === 0 ? this.#commonDigits(a, b) : Math.floor(this.#contacts.commonBits(a, b) / bits);
    return Math.min(common, this.height(a), this.height(b));
  }

  /** Whether two contacts are on one ring at this level. */
  shareRing(a: Ref, b: Ref, level: number): boolean {
    return this.commonPrefix(a, b) >= level;
  }

  digit(ref: Ref, i: number): number {
    const bits = this.#bitsADigit;
    if (bits > 0) return this.#bitsAt(ref, i * bits, bits);
    // The row first: looking for it may replace the column.
    const at = this.#row(ref) + 1 + Math.floor(i / DIGITS_A_WORD);
    return ((this.#words[at] as number) >>> shiftOf(i)) & (2 ** DIGIT_BITS - 1);
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

  /** So many bits of a numeric ID, which may stand in two of its words. */
  #bitsAt(ref: Ref, first: number, count: number): number {
    const word = first >>> 5;
    const offset = first & 31;
    const value = (this.#contacts.numericWord(ref, word) << offset) >>> (32 - count);
    const missing = offset + count - 32;
    if (missing <= 0) return value;
    return value | (this.#contacts.numericWord(ref, word + 1) >>> (32 - missing));
  }

  #commonDigits(a: Ref, b: Ref): number {
    const x = this.#row(a);
    // Looking for the second row may replace the column, but moves no row.
    const y = this.#row(b);
    const words = this.#words;
    for (let i = 1; i < this.#stride; i++) {
      const differing = (words[x + i] as number) ^ (words[y + i] as number);
      if (differing === 0) continue;
      return (i - 1) * DIGITS_A_WORD + Math.floor(Math.clz32(differing) / DIGIT_BITS);
    }
    return this.#levels;
  }

  #row(ref: Ref): number {
    const at = this.#contacts.row(ref) * this.#stride;
    if (this.#words[at] !== ref) this.#make(ref, at);
    return at;
  }

  #make(ref: Ref, at: number): void {
    if (at >= this.#words.length) {
      let size = this.#words.length;
      while (size <= at) size *= 2;
      const grown = new Int32Array(size).fill(NO_REF);
      grown.set(this.#words);
      this.#words = grown;
    }
    const row = this.#words.subarray(at, at + this.#stride).fill(0);
    row[0] = ref;
    const rest = [0, 1, 2, 3].map((i) => this.#contacts.numericWord(ref, i));
    // The ID as a binary fraction: multiply by k, and what passes the point is the next digit.
    for (let i = 0; i < this.#levels; i++) {
      let carry = 0;
      for (let w = 3; w >= 0; w--) {
        const product = (rest[w] as number) * this.#k + carry;
        rest[w] = product % 0x1_0000_0000;
        carry = Math.floor(product / 0x1_0000_0000);
      }
      const word = 1 + Math.floor(i / DIGITS_A_WORD);
      row[word] = (row[word] as number) | (carry << shiftOf(i));
    }
  }
}

/** Where digit `i` stands in its word. */
function shiftOf(i: number): number {
  return (DIGITS_A_WORD - 1 - (i % DIGITS_A_WORD)) * DIGIT_BITS;
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
