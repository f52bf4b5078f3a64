import type { Address, Endpoint, Incarnation } from "./address.ts";
import type { Brand } from "./brand.ts";
import { ContactIndex, hashKey } from "./contact-index.ts";
import { ContactRows, GENERATIONS, ID_WORDS } from "./contact-rows.ts";
import { SkipnetError } from "./errors.ts";
import { compareName } from "./names.ts";
import { hashName, type NumericId, numericIdFromWords, writeNumericWords } from "./numeric-id.ts";
import { RecencyList } from "./recency-list.ts";
import { sortByName } from "./sort-names.ts";

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

/** Most rows of one table, kept and passing together. */
export const CONTACTS_MAX = 1 << INDEX_BITS;
/** An unkept contact stays readable until this many others have been heard of since it last was. */
export const PASSING_CONTACTS = 4_096;

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
  readonly #rows = new ContactRows();
  readonly #index = new ContactIndex(this.#rows);
  #kept = 0;
  /**
   * So many rows from the first are pinned in their first generation. Their `Ref`s are these numbers,
   * never stale and not counted: known by one comparison.
   */
  #pinned = 0;
  /** Rows that nobody keeps. BOUNDED: `PASSING_CONTACTS` and one, unless more were released. */
  readonly #passing = new RecencyList();

  constructor(options: ContactTableOptions = {}) {
    this.#keptMax = options.keptMax ?? CONTACTS_MAX - 2 * PASSING_CONTACTS;
  }

  /**
   * The contact's `Ref`; the same contact gives the same one as long as it is remembered. Name, address
   * and incarnation tell contacts apart. A numeric ID does not: one node must not stand in the tables
   * twice because somebody lies about its ID, so the ID heard first counts until the row is reused.
   */
  intern(contact: Contact): Ref {
    const row = this.#find(contact);
    if (this.#rows.holds[row] === 0) this.#passing.touch(row);
    return this.#refOf(row);
  }

  /** Interns and never forgets: for the nodes of a simulation. */
  pin(contact: Contact): Ref {
    const row = this.#find(contact);
    const { holds } = this.#rows;
    if (holds[row] === 0) this.#beginKeeping(row);
    holds[row] = PINNED;
    while (holds[this.#pinned] === PINNED && this.#rows.generation(this.#pinned) === 0) {
      this.#pinned++;
    }
    return this.#refOf(row);
  }

  /** A passing name that is not a node: the target of a route. */
  nameOnly(name: string): Ref {
    const row = this.#take(KIND_NAME);
    this.#rows.names[row] = name;
    this.#passing.touch(row);
    return this.#refOf(row);
  }

  /** A passing numeric ID that is not a node: the target of a numeric route. */
  numericOnly(id: NumericId): Ref {
    const row = this.#take(KIND_NUMERIC);
    this.#rows.names[row] = "";
    writeNumericWords(id, this.#rows.ids, row * ID_WORDS);
    this.#passing.touch(row);
    return this.#refOf(row);
  }

  keep(ref: Ref): void {
    if (this.isPinned(ref)) return;
    const row = this.#row(ref);
    const { holds } = this.#rows;
    const count = holds[row] as number;
    if (count === PINNED) return;
    if (count === 0) this.#beginKeeping(row);
    holds[row] = count + 1;
  }

  release(ref: Ref): void {
    if (this.isPinned(ref)) return;
    const row = this.#row(ref);
    const { holds } = this.#rows;
    const count = holds[row] as number;
    if (count === PINNED) return;
    if (count === 0) throw new SkipnetError("E_INTERNAL", "contact released more often than kept");
    holds[row] = count - 1;
    if (count === 1) {
      this.#kept--;
      this.#passing.touch(row);
    }
  }

  /** Whether `keep` and `release` do nothing, as far as that is quickly known. */
  isPinned(ref: Ref): boolean {
    return ref >= 0 && ref < this.#pinned;
  }

  /** Whether the contact is still remembered. */
  isKnown(ref: Ref): boolean {
    const row = ref & INDEX_MASK;
    return ref >= 0 && row < this.#rows.count && this.#rows.generation(row) === ref >>> INDEX_BITS;
  }

  isNode(ref: Ref): boolean {
    return this.#rows.kind(this.#row(ref)) === KIND_FULL;
  }

  name(ref: Ref): string {
    return this.#rows.names[this.#row(ref)] as string;
  }

  address(ref: Ref): Address {
    return this.#rows.address(this.#row(ref));
  }

  incarnation(ref: Ref): Incarnation {
    return this.#rows.incarnation(this.#row(ref));
  }

  endpoint(ref: Ref): Endpoint {
    return { address: this.address(ref), incarnation: this.incarnation(ref) };
  }

  contact(ref: Ref): Contact {
    return { name: this.name(ref), numericId: this.numericId(ref), ...this.endpoint(ref) };
  }

  /** What is worth keeping of a contact that may be forgotten before it is wanted: `recall` makes a `Ref` of it again. */
  remember(ref: Ref): Ref | Contact {
    return this.isPinned(ref) ? ref : this.contact(ref);
  }

  recall(remembered: Ref | Contact): Ref {
    return typeof remembered === "number" ? remembered : this.intern(remembered);
  }

  numericId(ref: Ref): NumericId {
    return numericIdFromWords(this.#rows.ids, this.#row(ref) * ID_WORDS);
  }

  /** Word 0 (most significant) to 3 of the numeric ID. */
  numericWord(ref: Ref, word: number): number {
    return this.#rows.ids[(ref & INDEX_MASK) * ID_WORDS + word] as number;
  }

  /** Leading bits that two numeric IDs share. */
  commonBits(a: Ref, b: Ref): number {
    return this.#rows.commonBits(a & INDEX_MASK, b & INDEX_MASK);
  }

  /** The row of a `Ref`: an index for columns that others keep beside this table. Below `CONTACTS_MAX`. */
  row(ref: Ref): number {
    return ref & INDEX_MASK;
  }

  /** Name order of two contacts: negative, zero (same name) or positive. */
  compareNames(a: Ref, b: Ref): number {
    const { ranks } = this.#rows;
    const x = ranks[a & INDEX_MASK] as number;
    const y = ranks[b & INDEX_MASK] as number;
    if (x !== 0 && y !== 0) return x - y;
    return a === b ? 0 : compareName(this.name(a), this.name(b));
  }

  /**
   * Ranks all present contacts by name, so that comparing two of them compares two integers.
   * Contacts added later are compared by their text. Returns their rows in that order.
   */
  rankNames(): Int32Array {
    const { names, ranks, count } = this.#rows;
    const rows = new Int32Array(count);
    let nodes = 0;
    for (let row = 0; row < count; row++) {
      if (this.#rows.kind(row) === KIND_FULL) rows[nodes++] = row;
    }
    const order = rows.subarray(0, nodes);
    sortByName(order, names);
    let rank = 0;
    let previous: string | undefined;
    for (const row of order) {
      if (names[row] !== previous) rank++;
      previous = names[row];
      ranks[row] = rank;
    }
    return order;
  }

  get stats(): { readonly rows: number; readonly kept: number } {
    return { rows: this.#rows.count, kept: this.#kept };
  }

  #refOf(row: number): Ref {
    return ((this.#rows.generation(row) << INDEX_BITS) | row) as Ref;
  }

  #row(ref: Ref): number {
    if (this.isPinned(ref)) return ref;
    if (!this.isKnown(ref)) {
      throw new SkipnetError("E_INTERNAL", `stale contact reference ${ref}`);
    }
    return ref & INDEX_MASK;
  }

  /** The contact's row; a new one is neither kept nor passing yet. */
  #find(contact: Contact): number {
    const hash = hashKey(contact);
    const known = this.#index.find(contact, hash);
    if (known >= 0) return known;
    const row = this.#take(KIND_FULL);
    const rows = this.#rows;
    rows.setKey(row, contact);
    rows.hashes[row] = hash;
    writeNumericWords(contact.numericId ?? hashName(contact.name), rows.ids, row * ID_WORDS);
    this.#index.add(row);
    return row;
  }

  #beginKeeping(row: number): void {
    if (this.#kept >= this.#keptMax) {
      this.#passing.touch(row);
      throw new SkipnetError("E_LIMIT", `more than ${this.#keptMax} contacts kept`);
    }
    this.#kept++;
    this.#passing.remove(row);
  }

  #take(kind: number): number {
    const row = this.#reuse() ?? this.#add();
    const rows = this.#rows;
    rows.setLife(row, rows.generation(row), kind);
    rows.ranks[row] = 0;
    rows.holds[row] = 0;
    return row;
  }

  /** The passing row untouched for longest, once enough younger ones stand behind it. */
  #reuse(): number | undefined {
    if (this.#passing.size <= PASSING_CONTACTS) return undefined;
    const row = this.#passing.oldest;
    const rows = this.#rows;
    this.#passing.remove(row);
    if (rows.kind(row) === KIND_FULL) this.#index.remove(row);
    rows.setLife(row, (rows.generation(row) + 1) % GENERATIONS, rows.kind(row));
    return row;
  }

  #add(): number {
    if (this.#rows.count === CONTACTS_MAX) {
      throw new SkipnetError("E_LIMIT", `more than ${CONTACTS_MAX} contacts`);
    }
    return this.#rows.add();
  }
}
