import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { utf8Bytes } from "../core/names.ts";
import { hashName } from "../core/numeric-id.ts";
import { addressForm } from "./address-form.ts";
import {
  hasHost,
  incarnationBytes,
  LIST_NAME_HEADER_BYTES,
  NUMERIC_BYTES,
  sameHost,
  sharedPrefix,
} from "./contact-coding.ts";
import { binBytes, strBytes } from "./msgpack-size.ts";

/** No `Ref` is this: never measured. */
const NEVER = -2;
const HEADER_BYTES = 1;
const PORT_BYTES = 2;

/**
 * How many bytes contacts take, remembered by row of the contact table. Rows are reused, so each
 * entry says for which `Ref` it was measured. BOUNDED: 14 bytes a row of the table.
 */
export class ContactSizes {
  readonly #contacts: ContactTable;
  #refs = new Int32Array(0);
  #records = new Uint16Array(0);
  #names = new Uint16Array(0);
  #addresses = new Uint16Array(0);
  #codes = new Uint8Array(0);
  #hashed = new Uint8Array(0);

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  /** Bytes of a `ref` field. */
  ref(ref: Ref): number {
    if (ref === NO_REF) return 1;
    const row = this.#contacts.row(ref);
    if (this.#refs[row] !== ref) this.#measure(ref, row);
    return this.#records[row] as number;
  }

  /** Bytes of a `nameRef` field. */
  name(ref: Ref): number {
    return ref === NO_REF ? 1 : strBytes(utf8Bytes(this.#contacts.name(ref)));
  }

  /** Whether the numeric ID is the hash of the name, so that it need not travel. */
  isHashed(ref: Ref): boolean {
    const row = this.#contacts.row(ref);
    if (this.#refs[row] !== ref) this.#measure(ref, row);
    return this.#hashed[row] === 1;
  }

  /** Bytes of a `refs` field. */
  list(refs: readonly Ref[]): number {
    const contacts = this.#contacts;
    let bytes = 0;
    let nameBefore = "";
    let addressBefore = "";
    let codeBefore = 0;
    let incarnationBefore = 0;
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] as Ref;
      const row = contacts.row(ref);
      if (this.#refs[row] !== ref) this.#measure(ref, row);
      const name = contacts.name(ref);
      const address = contacts.address(ref);
      const incarnation = contacts.incarnation(ref);
      const code = this.#codes[row] as number;
      const shared = sharedPrefix(nameBefore, name);
      const isAscii = this.#names[row] === name.length;
      bytes +=
        HEADER_BYTES +
        LIST_NAME_HEADER_BYTES +
        (isAscii ? name.length - shared : utf8Bytes(name.slice(shared))) +
        (this.#hashed[row] === 1 ? 0 : NUMERIC_BYTES) +
        incarnationBytes(incarnation, incarnationBefore);
      if (address !== addressBefore) {
        const atSameHost = code === codeBefore && hasHost(code) && sameHost(address, addressBefore);
        bytes += atSameHost ? PORT_BYTES : (this.#addresses[row] as number);
      }
      nameBefore = name;
      addressBefore = address;
      codeBefore = code;
      incarnationBefore = incarnation;
    }
    return binBytes(bytes);
  }

  #measure(ref: Ref, row: number): void {
    if (!this.#contacts.isNode(ref)) throw new SkipnetError("E_LIMIT", "a contact has no address");
    if (row >= this.#refs.length) this.#grow(row + 1);
    const { name, numericId, address, incarnation } = this.#contacts.contact(ref);
    const form = addressForm(address);
    const hashed = numericId === hashName(name);
    const nameBytes = utf8Bytes(name);
    this.#refs[row] = ref;
    this.#names[row] = nameBytes;
    this.#addresses[row] = form.body.length;
    this.#codes[row] = form.code;
    this.#hashed[row] = hashed ? 1 : 0;
    this.#records[row] = binBytes(
      HEADER_BYTES +
        form.body.length +
        (hashed ? 0 : NUMERIC_BYTES) +
        incarnationBytes(incarnation, 0) +
        nameBytes,
    );
  }

  #grow(rows: number): void {
    const size = Math.max(64, 2 ** Math.ceil(Math.log2(rows)));
    const grown = <T extends { set(from: T): void }>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#refs = grown(new Int32Array(size).fill(NEVER), this.#refs);
    this.#records = grown(new Uint16Array(size), this.#records);
    this.#names = grown(new Uint16Array(size), this.#names);
    this.#addresses = grown(new Uint16Array(size), this.#addresses);
    this.#codes = grown(new Uint8Array(size), this.#codes);
    this.#hashed = grown(new Uint8Array(size), this.#hashed);
  }
}
