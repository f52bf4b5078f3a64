import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { utf8Bytes } from "../core/names.ts";
import { hashName } from "../core/numeric-id.ts";
import { type AddressForm, addressForm, CODE_SIM } from "./address-form.ts";
import { domainLength, hasHost, incarnationBytes, NUMERIC_BYTES } from "./contact-coding.ts";
import { binBytes } from "./msgpack-size.ts";

/** No `Ref` is this: nothing is known of the row. */
const NEVER = -2;
const TWO_32 = 0x1_0000_0000;
/** Domains and hosts known by number, at least; twice the contacts if that is more. */
const INTERNED_MAX = 65_536;

/** Words of a row: one cache line for two. */
const STRIDE = 8;
const REF = 0;
const RECORD_AND_ADDRESS = 1;
const NAME_AND_REST = 2;
const DOMAIN = 3;
const INCARNATION_HIGH = 4;
const INCARNATION_LOW = 5;
const HOST = 6;
const PORT_CODE_HASHED = 7;
const HASHED = 1 << 24;
const PORT_AND_CODE = HASHED - 1;

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

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  get isFull(): boolean {
    const { size } = this.#interned;
    return size >= INTERNED_MAX && size >= 2 * this.#contacts.stats.rows;
  }

  /** Only between messages: a number must keep its meaning while one is measured. */
  makeRoom(): void {
    this.#interned.clear();
    this.#words.fill(NEVER);
  }

  /** Bytes of a `ref` field that is the first of its message. */
  recordBytes(ref: Ref): number {
    return this.#word(ref, RECORD_AND_ADDRESS) >>> 16;
  }

  addressBytes(ref: Ref): number {
    return this.#word(ref, RECORD_AND_ADDRESS) & 0xffff;
  }

  nameBytes(ref: Ref): number {
    return this.#word(ref, NAME_AND_REST) >>> 16;
  }

  /** Of the name without its domain. */
  restBytes(ref: Ref): number {
    return this.#word(ref, NAME_AND_REST) & 0xffff;
  }

  /** Whether the numeric ID is the hash of the name, so that it need not travel. */
  isHashed(ref: Ref): boolean {
    return (this.#word(ref, PORT_CODE_HASHED) & HASHED) !== 0;
  }

  isSameDomain(ref: Ref, before: Ref): boolean {
    const domain = this.#word(ref, DOMAIN);
    return domain !== 0 && domain === this.#word(before, DOMAIN);
  }

  isSameAddress(ref: Ref, before: Ref): boolean {
    const a = this.#at(ref);
    const b = this.#at(before);
    const words = this.#words;
    const ports = (words[a + PORT_CODE_HASHED] as number) ^ (words[b + PORT_CODE_HASHED] as number);
    return words[a + HOST] === words[b + HOST] && (ports & PORT_AND_CODE) === 0;
  }

  isSameHost(ref: Ref, before: Ref): boolean {
    const a = this.#at(ref);
    const b = this.#at(before);
    const words = this.#words;
    const code = ((words[a + PORT_CODE_HASHED] as number) & PORT_AND_CODE) >>> 16;
    return (
      hasHost(code) &&
      code === ((words[b + PORT_CODE_HASHED] as number) & PORT_AND_CODE) >>> 16 &&
      words[a + HOST] === words[b + HOST]
    );
  }

  /** `before` may be `NO_REF`. */
  incarnationBytes(ref: Ref, before: Ref): number {
    const a = this.#at(ref);
    const b = before === NO_REF ? -1 : this.#at(before);
    const words = this.#words;
    const highBefore = b < 0 ? 0 : (words[b + INCARNATION_HIGH] as number);
    const high = (words[a + INCARNATION_HIGH] as number) ^ highBefore;
    if (high !== 0) return high < 0x100 ? 5 : high < 0x1_0000 ? 6 : 7;
    const lowBefore = b < 0 ? 0 : (words[b + INCARNATION_LOW] as number);
    const low = ((words[a + INCARNATION_LOW] as number) ^ lowBefore) >>> 0;
    if (low < 0x1_0000) return low < 0x100 ? (low === 0 ? 0 : 1) : 2;
    return low < 0x100_0000 ? 3 : 4;
  }

  #word(ref: Ref, column: number): number {
    // First: it may replace the words by a larger array.
    const at = this.#at(ref);
    return this.#words[at + column] as number;
  }

  #at(ref: Ref): number {
    const at = this.#contacts.row(ref) * STRIDE;
    if (this.#words[at + REF] !== ref) this.#fill(ref, at);
    return at;
  }

  #fill(ref: Ref, at: number): void {
    if (!this.#contacts.isNode(ref)) throw new SkipnetError("E_LIMIT", "a contact has no address");
    if (at >= this.#words.length) this.#grow(at + STRIDE);
    const { name, numericId, address, incarnation } = this.#contacts.contact(ref);
    const form = addressForm(address);
    const hashed = numericId === hashName(name);
    const domain = domainLength(name);
    const nameBytes = utf8Bytes(name);
    const restBytes = utf8Bytes(name.slice(domain));
    const record = binBytes(
      1 +
        form.body.length +
        (hashed ? 0 : NUMERIC_BYTES) +
        incarnationBytes(incarnation, 0) +
        nameBytes,
    );
    const domainId = domain === 0 ? 0 : this.#intern(name.slice(0, domain));
    const [host, port] = this.#hostAndPort(address, form);
    const words = this.#words;
    words[at + REF] = ref;
    words[at + RECORD_AND_ADDRESS] = (record << 16) | form.body.length;
    words[at + NAME_AND_REST] = (nameBytes << 16) | restBytes;
    words[at + DOMAIN] = domainId;
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
    const id = this.#interned.size + 1;
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
