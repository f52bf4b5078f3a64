import type { Address, Endpoint, Incarnation } from "./address.ts";
import type { Brand } from "./brand.ts";
import { SkipnetError } from "./errors.ts";
import { compareName } from "./names.ts";
import { hashName, type NumericId, numericIdFromWords, writeNumericWords } from "./numeric-id.ts";
import { RecencyList } from "./recency-list.ts";

/**
 * A node that somebody has heard of, as a small integer: index and generation of a row of the
 * contact table. It names one incarnation, never changes its meaning, and a stale one is detected.
 */
export type Ref = Brand<number, "Ref">;

/** No node. Stored in tables as an empty slot. */
export const NO_REF = -1 as Ref;

/** What there is to know of a node: who it is, where, and in which life. */
export interface Contact {
  readonly name: string;
  /** Left out: the hash of the name. */
  readonly numericId?: NumericId | undefined;
  readonly address: Address;
  readonly incarnation: Incarnation;
}

const INDEX_BITS = 21;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const GENERATIONS = 1 << (31 - INDEX_BITS);

/** Most rows of one table, kept and passing together. */
export const CONTACTS_MAX = 1 << INDEX_BITS;
/** An unkept contact stays readable until this many others have been heard of since it last was. */
export const PASSING_CONTACTS = 4_096;

/** Words of a row: what is asked of a contact most often stands together in memory. */
const STRIDE = 8;
const GENERATION = 0;
const KIND = 1;
const HOLDS = 2;
const RANK = 3;
const NUMERIC = 4;

const PINNED = -1;
const KIND_FULL = 1;
const KIND_NAME = 2;
const KIND_NUMERIC = 3;

/** Limits of a `ContactTable`. */
export interface ContactTableOptions {
  /** Contacts that may be kept at once; more is `E_LIMIT`. */
  readonly keptMax?: number;
}

/**
 * All contacts of a process, stored once. Tables, messages and pending operations hold `Ref`s.
 *
 * A contact that was only heard of *passes*: it is forgotten after `PASSING_CONTACTS` others. Who
 * wants it longer calls `keep`, and `release` when done. So strangers can fill nothing but the
 * passing part. The simulator pins the contacts of all its nodes.
 */
export class ContactTable {
  readonly #keptMax: number;
  readonly #names: string[] = [];
  readonly #addresses: Address[] = [];
  #incarnations = new Float64Array(64);
  #words = new Int32Array(64 * STRIDE);
  /** The same words, for the numeric IDs. */
  #unsigned = new Uint32Array(this.#words.buffer);
  #rows = 0;
  #kept = 0;
  /** Rows that nobody keeps. BOUNDED: `PASSING_CONTACTS` and one, unless more were released. */
  readonly #passing = new RecencyList();
  /** BOUNDED: one entry a full contact, removed when its row is reused. */
  readonly #byKey = new Map<string, number>();

  constructor(options: ContactTableOptions = {}) {
    this.#keptMax = options.keptMax ?? CONTACTS_MAX - 2 * PASSING_CONTACTS;
  }

  /**
   * The contact's `Ref`; the same contact gives the same one as long as it is remembered. Name, address
   * and incarnation tell contacts apart. A numeric ID does not: one node must not stand in the tables
   * twice because somebody lies about its ID, so the ID heard first counts until the row is reused.
   */
  intern(contact: Contact): Ref {
    const key = `${contact.name}\n${contact.address}\n${contact.incarnation}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (this.#get(known, HOLDS) === 0) this.#passing.touch(known);
      return this.#refOf(known);
    }
    const row = this.#take(KIND_FULL);
    this.#names[row] = contact.name;
    this.#addresses[row] = contact.address;
    this.#incarnations[row] = contact.incarnation;
    const id = contact.numericId ?? hashName(contact.name);
    writeNumericWords(id, this.#unsigned, row * STRIDE + NUMERIC);
    this.#byKey.set(key, row);
    return this.#refOf(row);
  }

  /** Interns and never forgets: for the nodes of a simulation. */
  pin(contact: Contact): Ref {
    const ref = this.intern(contact);
    this.keep(ref);
    this.#set(this.#row(ref), HOLDS, PINNED);
    return ref;
  }

  /** A passing name that is not a node: the target of a route. */
  nameOnly(name: string): Ref {
    const row = this.#take(KIND_NAME);
    this.#names[row] = name;
    return this.#refOf(row);
  }

  /** A passing numeric ID that is not a node: the target of a numeric route. */
  numericOnly(id: NumericId): Ref {
    const row = this.#take(KIND_NUMERIC);
    this.#names[row] = "";
    writeNumericWords(id, this.#unsigned, row * STRIDE + NUMERIC);
    return this.#refOf(row);
  }

  keep(ref: Ref): void {
    const row = this.#row(ref);
    const holds = this.#get(row, HOLDS);
    if (holds === PINNED) return;
    if (holds === 0) {
      if (this.#kept >= this.#keptMax) {
        throw new SkipnetError("E_LIMIT", `more than ${this.#keptMax} contacts kept`);
      }
      this.#kept++;
      this.#passing.remove(row);
    }
    this.#set(row, HOLDS, holds + 1);
  }

  release(ref: Ref): void {
    const row = this.#row(ref);
    const holds = this.#get(row, HOLDS);
    if (holds === PINNED) return;
    if (holds === 0) throw new SkipnetError("E_INTERNAL", "contact released more often than kept");
    this.#set(row, HOLDS, holds - 1);
    if (holds === 1) {
      this.#kept--;
      this.#passing.touch(row);
    }
  }

  /** Whether the contact is still remembered. */
  isKnown(ref: Ref): boolean {
    const row = ref & INDEX_MASK;
    return ref >= 0 && row < this.#rows && this.#get(row, GENERATION) === ref >>> INDEX_BITS;
  }

  isNode(ref: Ref): boolean {
    return this.#get(this.#row(ref), KIND) === KIND_FULL;
  }

  name(ref: Ref): string {
    return this.#names[this.#row(ref)] as string;
  }

  address(ref: Ref): Address {
    return this.#addresses[this.#row(ref)] as Address;
  }

  incarnation(ref: Ref): Incarnation {
    return this.#incarnations[this.#row(ref)] as Incarnation;
  }

  endpoint(ref: Ref): Endpoint {
    return { address: this.address(ref), incarnation: this.incarnation(ref) };
  }

  contact(ref: Ref): Contact {
    return { name: this.name(ref), numericId: this.numericId(ref), ...this.endpoint(ref) };
  }

  numericId(ref: Ref): NumericId {
    return numericIdFromWords(this.#unsigned, this.#row(ref) * STRIDE + NUMERIC);
  }

  /** Word 0 (most significant) to 3 of the numeric ID. */
  numericWord(ref: Ref, word: number): number {
    return this.#unsigned[(ref & INDEX_MASK) * STRIDE + NUMERIC + word] as number;
  }

  /** Leading bits that two numeric IDs share. */
  commonBits(a: Ref, b: Ref): number {
    const words = this.#words;
    const x = (a & INDEX_MASK) * STRIDE + NUMERIC;
    const y = (b & INDEX_MASK) * STRIDE + NUMERIC;
    for (let i = 0; i < 4; i++) {
      const differing = (words[x + i] as number) ^ (words[y + i] as number);
      if (differing !== 0) return 32 * i + Math.clz32(differing);
    }
    return 128;
  }

  /** The row of a `Ref`: an index for columns that others keep beside this table. Below `CONTACTS_MAX`. */
  row(ref: Ref): number {
    return ref & INDEX_MASK;
  }

  /** Name order of two contacts: negative, zero (same name) or positive. */
  compareNames(a: Ref, b: Ref): number {
    const x = this.#get(a & INDEX_MASK, RANK);
    const y = this.#get(b & INDEX_MASK, RANK);
    if (x !== 0 && y !== 0) return x - y;
    return a === b ? 0 : compareName(this.name(a), this.name(b));
  }

  /**
   * Ranks all present contacts by name, so that comparing two of them compares two integers.
   * Contacts added later are compared by their text.
   */
  rankNames(): void {
    const rows: number[] = [];
    for (let row = 0; row < this.#rows; row++) {
      if (this.#get(row, KIND) === KIND_FULL) rows.push(row);
    }
    const names = this.#names;
    rows.sort((a, b) => compareName(names[a] as string, names[b] as string));
    let rank = 0;
    let previous: string | undefined;
    for (const row of rows) {
      if (names[row] !== previous) rank++;
      previous = names[row];
      this.#set(row, RANK, rank);
    }
  }

  get stats(): { readonly rows: number; readonly kept: number } {
    return { rows: this.#rows, kept: this.#kept };
  }

  #get(row: number, column: number): number {
    return this.#words[row * STRIDE + column] as number;
  }

  #set(row: number, column: number, value: number): void {
    this.#words[row * STRIDE + column] = value;
  }

  #refOf(row: number): Ref {
    return ((this.#get(row, GENERATION) << INDEX_BITS) | row) as Ref;
  }

  #row(ref: Ref): number {
    const row = ref & INDEX_MASK;
    if (ref < 0 || row >= this.#rows || this.#get(row, GENERATION) !== ref >>> INDEX_BITS) {
      throw new SkipnetError("E_INTERNAL", `stale contact reference ${ref}`);
    }
    return row;
  }

  #take(kind: number): number {
    const row = this.#reuse() ?? this.#grow();
    this.#set(row, KIND, kind);
    this.#set(row, RANK, 0);
    this.#set(row, HOLDS, 0);
    this.#passing.touch(row);
    return row;
  }

  /** The passing row untouched for longest, once enough younger ones stand behind it. */
  #reuse(): number | undefined {
    if (this.#passing.size <= PASSING_CONTACTS) return undefined;
    const row = this.#passing.oldest;
    this.#passing.remove(row);
    if (this.#get(row, KIND) === KIND_FULL) {
      this.#byKey.delete(
        `${this.#names[row]}\n${this.#addresses[row]}\n${this.#incarnations[row]}`,
      );
    }
    this.#set(row, GENERATION, (this.#get(row, GENERATION) + 1) % GENERATIONS);
    return row;
  }

  #grow(): number {
    if (this.#rows === CONTACTS_MAX) {
      throw new SkipnetError("E_LIMIT", `more than ${CONTACTS_MAX} contacts`);
    }
    if (this.#rows === this.#incarnations.length) {
      const size = Math.min(CONTACTS_MAX, this.#rows * 2);
      const incarnations = new Float64Array(size);
      incarnations.set(this.#incarnations);
      this.#incarnations = incarnations;
      const words = new Int32Array(size * STRIDE);
      words.set(this.#words);
      this.#words = words;
      this.#unsigned = new Uint32Array(words.buffer);
    }
    return this.#rows++;
  }
}
