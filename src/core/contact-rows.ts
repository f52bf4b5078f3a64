import { type Address, hostAddress, hostNumber, type Incarnation } from "./address.ts";
import { grown } from "./column.ts";

const ROWS_FIRST = 64;
/** Words of a numeric ID. */
export const ID_WORDS = 4;
const GENERATION_BITS = 10;
const GENERATION_MASK = (1 << GENERATION_BITS) - 1;

/** How often a row may be reused before its generation comes round. */
export const GENERATIONS = 1 << GENERATION_BITS;

/** What tells contacts apart. */
export interface ContactKey {
  readonly name: string;
  readonly address: Address;
  readonly incarnation: Incarnation;
}

/**
 * The columns of the contact table. Each stands alone: a million rows fit no cache, and what most
 * messages ask of a contact (its rank by name) is then four bytes wide. All begin as zeros, so that
 * room that is not used yet is no memory yet.
 */
export class ContactRows {
  count = 0;
  readonly names: string[] = [];
  /** By name, from 1; 0: not ranked. */
  ranks = new Int32Array(ROWS_FIRST);
  /** How often a row is kept; -1: for ever. */
  holds = new Int32Array(ROWS_FIRST);
  /** Of `ContactKey`s, for `ContactIndex`. */
  hashes = new Int32Array(ROWS_FIRST);
  /** The words of numeric IDs, most significant first. */
  ids = new Uint32Array(ROWS_FIRST * ID_WORDS);
  /** The same words, signed. */
  #idBits = new Int32Array(this.ids.buffer);
  #incarnations = new Float64Array(ROWS_FIRST);
  /** Generation, and above it the kind of the row. */
  #lives = new Uint16Array(ROWS_FIRST);
  /** N + 1 for the address `sim://N`, of which a million need no text; 0: the text stands beside. */
  #hostNumbers = new Int32Array(ROWS_FIRST);
  /** BOUNDED: one entry a row. */
  readonly #addresses: (Address | undefined)[] = [];

  /** A row behind all others; its columns are zeros. */
  add(): number {
    const row = this.count++;
    if (row === this.ranks.length) this.#grow(row * 2);
    return row;
  }

  generation(row: number): number {
    return (this.#lives[row] as number) & GENERATION_MASK;
  }

  kind(row: number): number {
    return (this.#lives[row] as number) >>> GENERATION_BITS;
  }

  setLife(row: number, generation: number, kind: number): void {
    this.#lives[row] = generation | (kind << GENERATION_BITS);
  }

  setKey(row: number, { name, address, incarnation }: ContactKey): void {
    const number = hostNumber(address);
    this.names[row] = name;
    this.#incarnations[row] = incarnation;
    this.#hostNumbers[row] = number + 1;
    if (number < 0) this.#addresses[row] = address;
    else if (row < this.#addresses.length) this.#addresses[row] = undefined;
  }

  address(row: number): Address {
    const number = (this.#hostNumbers[row] as number) - 1;
    return number < 0 ? (this.#addresses[row] as Address) : hostAddress(number);
  }

  incarnation(row: number): Incarnation {
    return this.#incarnations[row] as Incarnation;
  }

  hasKey(row: number, { name, address, incarnation }: ContactKey): boolean {
    if (this.#incarnations[row] !== incarnation || this.names[row] !== name) return false;
    const number = (this.#hostNumbers[row] as number) - 1;
    return number < 0 ? this.#addresses[row] === address : number === hostNumber(address);
  }

  /** Leading bits that the numeric IDs of two rows share. */
  commonBits(a: number, b: number): number {
    const words = this.#idBits;
    for (let i = 0; i < ID_WORDS; i++) {
      const differing = (words[a * ID_WORDS + i] as number) ^ (words[b * ID_WORDS + i] as number);
      if (differing !== 0) return 32 * i + Math.clz32(differing);
    }
    return 32 * ID_WORDS;
  }

  #grow(rows: number): void {
    this.ranks = grown(this.ranks, rows);
    this.holds = grown(this.holds, rows);
    this.hashes = grown(this.hashes, rows);
    this.ids = grown(this.ids, rows * ID_WORDS);
    this.#idBits = new Int32Array(this.ids.buffer);
    this.#incarnations = grown(this.#incarnations, rows);
    this.#lives = grown(this.#lives, rows);
    this.#hostNumbers = grown(this.#hostNumbers, rows);
  }
}
