import type { Random } from "../../../src/core/random.ts";
import type { IdRing, IdWords } from "../id-ring.ts";

/** Pastry's b: bits of a digit. */
export const DIGIT_BITS = 4;
const DIGITS = 1 << DIGIT_BITS;
/** No node fits. */
export const EMPTY = -1;
/**
 * Nodes that are compared for the nearest of an entry; more fit the first rows, and so many of them are
 * drawn. Joining Pastry nodes do not see all either.
 */
const CANDIDATES = 32;

/** A digit of an ID, 0 the most significant. */
export function digitOf(id: IdWords, digit: number): number {
  const bit = digit * DIGIT_BITS;
  return ((id[bit >>> 5] as number) >>> (32 - DIGIT_BITS - (bit & 31))) & (DIGITS - 1);
}

/** The routing tables of all places: for each row and digit a place that shares so many digits and has that one next. */
export class PrefixTable {
  readonly #rows: number;
  readonly #entries: Int32Array;

  constructor(places: number, rows: number) {
    this.#rows = rows;
    this.#entries = new Int32Array(places * rows * DIGITS).fill(EMPTY);
  }

  entry(place: number, row: number, digit: number): number {
    if (row >= this.#rows) return EMPTY;
    return this.#entries[(place * this.#rows + row) * DIGITS + digit] as number;
  }

  set(place: number, row: number, digit: number, entry: number): void {
    this.#entries[(place * this.#rows + row) * DIGITS + digit] = entry;
  }

  /** All of a place. */
  entries(place: number): number[] {
    const width = this.#rows * DIGITS;
    const all = this.#entries.subarray(place * width, (place + 1) * width);
    return [...all.filter((entry) => entry !== EMPTY)];
  }
}

/** Fills the tables of all places. Entries are the nearest of those looked at; without a distance, any. */
export function buildPrefixTable(
  ring: IdRing,
  random: Random,
  distanceUs: ((from: number, to: number) => number) | undefined,
): PrefixTable {
  const table = new PrefixTable(ring.count, longestPrefix(ring) + 1);
  const choose = (place: number, from: number, to: number): number => {
    if (distanceUs === undefined) return from + random.below(to - from);
    const isFew = to - from <= CANDIDATES;
    let nearest = EMPTY;
    let leastUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < Math.min(CANDIDATES, to - from); i++) {
      const candidate = isFew ? from + i : from + random.below(to - from);
      const us = distanceUs(ring.nodeAt(place), ring.nodeAt(candidate));
      if (us >= leastUs) continue;
      leastUs = us;
      nearest = candidate;
    }
    return nearest;
  };
  /** The places that share `row` digits stand together: `from` to `to`. */
  const fill = (from: number, to: number, row: number): void => {
    if (to - from < 2) return;
    const begins = digitBegins(ring, from, to, row);
    for (let digit = 0; digit < DIGITS; digit++) {
      const [first, end] = [begins[digit] as number, begins[digit + 1] as number];
      if (first === end) continue;
      for (let place = from; place < to; place++) {
        if (place >= first && place < end) continue;
        table.set(place, row, digit, choose(place, first, end));
      }
      fill(first, end, row + 1);
    }
  };
  fill(0, ring.count, 0);
  return table;
}

/** Where each digit begins among places that agree up to there; the last is their end. */
function digitBegins(ring: IdRing, from: number, to: number, row: number): number[] {
  const begins = [from];
  let place = from;
  for (let digit = 0; digit < DIGITS; digit++) {
    while (place < to && digitOf(ring.words(place), row) === digit) place++;
    begins.push(place);
  }
  return begins;
}

/** Digits that two of the nodes share at most: neighbours by ID share most. */
function longestPrefix(ring: IdRing): number {
  let bits = 0;
  for (let place = 1; place < ring.count; place++) {
    bits = Math.max(bits, ring.commonBits(place - 1, ring.words(place)));
  }
  return Math.floor(bits / DIGIT_BITS);
}
