import type { ContactTable, Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { utf8Bytes } from "../core/names.ts";
import { hashName } from "../core/numeric-id.ts";
import { type AddressForm, addressForm, CODE_SIM } from "./address-form.ts";
import {
  hasHost,
  incarnationBytes,
  NUMERIC_BYTES,
  SHARED_MIN,
  sharedPrefix,
} from "./contact-coding.ts";
import { binBytes } from "./msgpack-size.ts";

/** No `Ref` is this: nothing is known of the row. */
const NEVER = -2;
const TWO_32 = 0x1_0000_0000;
/** Hosts known by number, at least; twice the contacts if that is more. */
const INTERNED_MAX = 65_536;

/** Words of a row: one cache line. */
const STRIDE = 16;
const REF = 0;
const RECORD_AND_ADDRESS = 1;
const NAME_BYTES = 2;
const INCARNATION_HIGH = 3;
const INCARNATION_LOW = 4;
const HOST = 5;
const PORT_CODE_HASHED = 6;
/** The name, four ASCII characters a word, the first in the highest bits; zero behind its end. */
const NAME = 7;
const NAME_CHARS = (STRIDE - NAME) * 4;
/** First word of a name that does not stand here. */
const NAME_ELSEWHERE = -1;
const HASHED = 1 << 24;
const PORT_AND_CODE = HASHED - 1;
/** What is below it in that word is the port. */
const CODE = 1 << 16;

const HEADER_BYTES = 1;
const PORT_BYTES = 2;

/**
 * What measuring needs to know of contacts, remembered by row of the contact table as numbers, so
 * that two contacts are compared without touching their texts. Rows are reused, so each says for
 * which `Ref` it was filled in. BOUNDED: 32 bytes a row of the table.
 */
export class ContactColumns {
  readonly #contacts: ContactTable;
  #words = new Int32Array(0);
  /** Texts known by number. BOUNDED: the owner calls `makeRoom` when `isFull`. */
  readonly #interned = new Map<string, number>();
  #internedCount = 0;

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  get isFull(): boolean {
    return (
      this.#internedCount >= INTERNED_MAX && this.#internedCount >= 2 * this.#contacts.stats.rows
    );
  }

  /** Only between messages: a number must keep its meaning while one is measured. */
  makeRoom(): void {
    this.#interned.clear();
    this.#internedCount = 0;
    this.#words.fill(NEVER);
  }

  /** Where the numbers of a contact stand, for the methods below. Stays good while one message is measured. */
  at(ref: Ref): number {
    const at = this.#contacts.row(ref) * STRIDE;
    if (this.#words[at + REF] !== ref) this.#fill(ref, at);
    return at;
  }

  /** Bytes of a `ref` field that is the first of its message. */
  recordBytes(at: number): number {
    return (this.#words[at + RECORD_AND_ADDRESS] as number) >>> 16;
  }

  /** Bytes of a `ref` field after the contact at `before`. */
  recordBytesAfter(at: number, before: number): number {
    return binBytes(this.headBytesAfter(at, before) + this.singleNameBytesAfter(at, before));
  }

  /** Whether the numeric ID is the hash of the name, so that it need not travel. */
  isHashed(at: number): boolean {
    return ((this.#words[at + PORT_CODE_HASHED] as number) & HASHED) !== 0;
  }

  /** Bytes of the name of a single contact after the one at `before`. */
  singleNameBytesAfter(at: number, before: number): number {
    const shared = this.#sharedWith(at, before);
    return shared < SHARED_MIN
      ? (this.#words[at + NAME_BYTES] as number)
      : 1 + this.#restBytes(at, shared);
  }

  /** Bytes of a name in a list but its head, after the contact at `before`; -1: none. */
  listedNameBytesAfter(at: number, before: number): number {
    return this.#restBytes(at, before < 0 ? 0 : this.#sharedWith(at, before));
  }

  /** Bytes of a record but its name, after the contact at `before`; -1: none. */
  headBytesAfter(at: number, before: number): number {
    const words = this.#words;
    const ports = words[at + PORT_CODE_HASHED] as number;
    const bytes = HEADER_BYTES + ((ports & HASHED) !== 0 ? 0 : NUMERIC_BYTES);
    const address = (words[at + RECORD_AND_ADDRESS] as number) & 0xffff;
    if (before < 0) return bytes + address + this.#incarnationBytes(at, 0, 0);
    const incarnation = this.#incarnationBytes(
      at,
      words[before + INCARNATION_HIGH] as number,
      words[before + INCARNATION_LOW] as number,
    );
    const differing = (ports ^ (words[before + PORT_CODE_HASHED] as number)) & PORT_AND_CODE;
    if (words[at + HOST] === words[before + HOST]) {
      if (differing === 0) return bytes + incarnation;
      if (differing < CODE && hasHost((ports & PORT_AND_CODE) >>> 16)) {
        return bytes + incarnation + PORT_BYTES;
      }
    }
    return bytes + incarnation + address;
  }

  /** Code units that two names share at their beginning. */
  #sharedWith(at: number, before: number): number {
    const words = this.#words;
    if (words[at + NAME] === NAME_ELSEWHERE || words[before + NAME] === NAME_ELSEWHERE) {
      const name = this.#contacts.name(words[at + REF] as Ref);
      return sharedPrefix(this.#contacts.name(words[before + REF] as Ref), name);
    }
    for (let i = 0; i < STRIDE - NAME; i++) {
      const differing = (words[at + NAME + i] as number) ^ (words[before + NAME + i] as number);
      // Where one name ends they differ, as no character is 0.
      if (differing !== 0) return i * 4 + (Math.clz32(differing) >>> 3);
    }
    return words[at + NAME_BYTES] as number;
  }

  /** Bytes of a name without so many code units at its beginning. */
  #restBytes(at: number, shared: number): number {
    if (this.#words[at + NAME] !== NAME_ELSEWHERE) {
      return (this.#words[at + NAME_BYTES] as number) - shared;
    }
    return utf8Bytes(this.#contacts.name(this.#words[at + REF] as Ref).slice(shared));
  }

  #incarnationBytes(at: number, highBefore: number, lowBefore: number): number {
    const high = (this.#words[at + INCARNATION_HIGH] as number) ^ highBefore;
    if (high !== 0) return high < 0x100 ? 5 : high < 0x1_0000 ? 6 : 7;
    const low = ((this.#words[at + INCARNATION_LOW] as number) ^ lowBefore) >>> 0;
    if (low < 0x1_0000) return low < 0x100 ? (low === 0 ? 0 : 1) : 2;
    return low < 0x100_0000 ? 3 : 4;
  }

  #fill(ref: Ref, at: number): void {
    if (!this.#contacts.isNode(ref)) throw new SkipnetError("E_LIMIT", "a contact has no address");
    if (at >= this.#words.length) this.#grow(at + STRIDE);
    const { name, numericId, address, incarnation } = this.#contacts.contact(ref);
    const form = addressForm(address);
    const hashed = numericId === hashName(name);
    const nameBytes = utf8Bytes(name);
    const record = binBytes(
      HEADER_BYTES +
        form.body.length +
        (hashed ? 0 : NUMERIC_BYTES) +
        incarnationBytes(incarnation, 0) +
        nameBytes,
    );
    const [host, port] = this.#hostAndPort(address, form);
    const words = this.#words;
    writeName(name, nameBytes, words, at + NAME);
    words[at + REF] = ref;
    words[at + RECORD_AND_ADDRESS] = (record << 16) | form.body.length;
    words[at + NAME_BYTES] = nameBytes;
    words[at + INCARNATION_HIGH] = Math.floor(incarnation / TWO_32);
    words[at + INCARNATION_LOW] = incarnation | 0;
    words[at + HOST] = host;
    words[at + PORT_CODE_HASHED] = port | (form.code << 16) | (hashed ? HASHED : 0);
  }

  /** Two numbers that tell addresses of one code apart; the first tells hosts apart. */
  #hostAndPort(address: string, { code, body, hostBytes }: AddressForm): readonly [number, number] {
    const view = new DataView(body.buffer);
    if (code === CODE_SIM) return [view.getInt32(2), view.getUint16(0)];
    if (hostBytes === 4) return [view.getInt32(0), view.getUint16(4)];
    if (hostBytes === 0) return [this.#intern(address), 0];
    return [
      this.#intern(address.slice(0, address.lastIndexOf(":"))),
      view.getUint16(body.length - 2),
    ];
  }

  #intern(text: string): number {
    const known = this.#interned.get(text);
    if (known !== undefined) return known;
    const id = ++this.#internedCount;
    this.#interned.set(text, id);
    return id;
  }

  #grow(length: number): void {
    const words = new Int32Array(Math.max(64 * STRIDE, 2 ** Math.ceil(Math.log2(length))));
    words.fill(NEVER);
    words.set(this.#words);
    this.#words = words;
  }
}

/** The name into the words of a row, if it fits and is ASCII: as many bytes as characters. */
function writeName(name: string, bytes: number, words: Int32Array, at: number): void {
  words.fill(0, at, at + NAME_CHARS / 4);
  if (bytes !== name.length || bytes > NAME_CHARS) {
    words[at] = NAME_ELSEWHERE;
    return;
  }
  for (let i = 0; i < name.length; i++) {
    const word = at + (i >>> 2);
    words[word] = (words[word] as number) | (name.charCodeAt(i) << (24 - (i & 3) * 8));
  }
}
