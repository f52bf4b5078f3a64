import {
  type NumericId,
  numericIdFromWords,
  writeNumericWords,
} from "../../src/core/numeric-id.ts";

/** A numeric ID as four words, most significant first: what IDs are compared by. */
export type IdWords = Uint32Array;

const WORDS = 4;
const SPACE = 1n << 128n;

/** The words of an ID. */
export function idWords(id: NumericId): IdWords {
  const words = new Uint32Array(WORDS);
  writeNumericWords(id, words, 0);
  return words;
}

/** The ID so far clockwise from another: 2^`exponent`, round the ring. */
export function clockwiseOf(id: IdWords, exponent: number): IdWords {
  const out = Uint32Array.from(id);
  let word = WORDS - 1 - (exponent >>> 5);
  let carry = 2 ** (exponent & 31);
  while (word >= 0 && carry > 0) {
    const sum = (out[word] as number) + carry;
    out[word] = sum % 2 ** 32;
    carry = sum >= 2 ** 32 ? 1 : 0;
    word--;
  }
  return out;
}

/**
 * The nodes of a static overlay on the ring of 2^128 numeric IDs. A *place* is a node's rank by ID;
 * places are what the tables hold. Throws `RangeError` for less than two nodes, or two with one ID.
 */
export class IdRing {
  readonly count: number;
  readonly #words: Uint32Array;
  readonly #nodeAt: Int32Array;
  readonly #placeOf: Int32Array;

  /** `ids`: by node number. */
  constructor(ids: readonly NumericId[]) {
    this.count = ids.length;
    if (ids.length < 2) throw new RangeError("a ring has two nodes at least");
    // Hexadecimal digits of one length: their order is the order of the numbers.
    const order = ids.map((_, node) => node);
    order.sort((a, b) => ((ids[a] as NumericId) < (ids[b] as NumericId) ? -1 : 1));
    this.#nodeAt = Int32Array.from(order);
    this.#placeOf = new Int32Array(ids.length);
    this.#words = new Uint32Array(ids.length * WORDS);
    order.forEach((node, place) => {
      if (place > 0 && ids[node] === ids[order[place - 1] as number]) {
        throw new RangeError(`two nodes have the ID ${ids[node]}`);
      }
      this.#placeOf[node] = place;
      writeNumericWords(ids[node] as NumericId, this.#words, place * WORDS);
    });
  }

  nodeAt(place: number): number {
    return this.#nodeAt[place] as number;
  }

  placeOf(node: number): number {
    return this.#placeOf[node] as number;
  }

  /** The place so many steps clockwise; negative: counter-clockwise. */
  step(place: number, steps: number): number {
    const { count } = this;
    return (((place + steps) % count) + count) % count;
  }

  /** Negative, zero or positive: whether the ID at a place is below the key, the key, or above it. */
  compare(place: number, key: IdWords): number {
    for (let i = 0; i < WORDS; i++) {
      const difference = (this.#words[place * WORDS + i] as number) - (key[i] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Whether the key lies clockwise between two places: not at the first, perhaps at the second. */
  isBetween(from: number, key: IdWords, to: number): boolean {
    const isAfter = this.compare(from, key) < 0;
    const isUpTo = this.compare(to, key) >= 0;
    return from < to ? isAfter && isUpTo : isAfter || isUpTo;
  }

  /** The first place at the key or clockwise of it. */
  successor(key: IdWords): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low % this.count;
  }

  /** The ID at a place. */
  words(place: number): IdWords {
    return this.#words.subarray(place * WORDS, (place + 1) * WORDS);
  }

  /** Leading bits that the ID at a place shares with the key. */
  commonBits(place: number, key: IdWords): number {
    for (let i = 0; i < WORDS; i++) {
      const differing = (this.#words[place * WORDS + i] as number) ^ (key[i] as number);
      if (differing !== 0) return 32 * i + Math.clz32(differing);
    }
    return 32 * WORDS;
  }

  /** The shorter way round the ring from a place to the key. */
  distance(place: number, key: IdWords): bigint {
    const a = BigInt(`0x${numericIdFromWords(this.#words, place * WORDS)}`);
    const b = BigInt(`0x${numericIdFromWords(key, 0)}`);
    const clockwise = (((a - b) % SPACE) + SPACE) % SPACE;
    return clockwise < SPACE - clockwise ? clockwise : SPACE - clockwise;
  }

  /** Whether the first place is nearer to the key than the second; of two as near the one clockwise of it. */
  isNearer(a: number, b: number, key: IdWords): boolean {
    const [x, y] = [this.distance(a, key), this.distance(b, key)];
    return x === y ? a === this.successor(key) : x < y;
  }
}
