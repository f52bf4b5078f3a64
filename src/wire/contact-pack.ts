import { parseAddress } from "../core/address.ts";
import type { ContactTable, Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { assertNodeName } from "../core/names.ts";
import {
  type AddressForm,
  addressForm,
  CODE_SAME_ADDRESS,
  CODE_SAME_HOST,
} from "./address-form.ts";
import {
  HEADER_NUMERIC,
  HEADER_SHARED_NAME,
  incarnationBytes,
  LIST_NAME_HEADER_BYTES,
  NUMERIC_BYTES,
  SEEN_MAX,
  SHARED_MIN,
  sharedPrefix,
  writeIncarnation,
} from "./contact-coding.ts";
import type { ContactColumns } from "./contact-columns.ts";
import { writeUtf8 } from "./text.ts";

/** Longest record: header, address text of 128 characters, numeric ID, incarnation, name. */
const RECORD_BYTES_MAX = 1 + (2 + 3 * 128) + NUMERIC_BYTES + 7 + LIST_NAME_HEADER_BYTES + 255;

interface Packable {
  readonly ref: Ref;
  readonly name: string;
  readonly incarnation: number;
  readonly address: AddressForm;
}

const NOBODY: Packable = {
  ref: -1 as Ref,
  name: "",
  incarnation: 0,
  address: { code: -1, body: new Uint8Array(0), hostBytes: 0 },
};

/**
 * Writes the contact records of one message after another; `begin` starts a message. Contacts that
 * no receiver would take throw `E_NAME` or `E_LIMIT`.
 */
export class ContactPacker {
  readonly #contacts: ContactTable;
  readonly #columns: ContactColumns;
  /** By row, checked against the `Ref`. BOUNDED: one entry a row of the table. */
  readonly #packables: (Packable | undefined)[] = [];
  #scratch = new Uint8Array(4_096);
  #before = NOBODY;
  /** BOUNDED: `SEEN_MAX`. */
  readonly #seen: Ref[] = [];

  constructor(contacts: ContactTable, columns: ContactColumns) {
    this.#contacts = contacts;
    this.#columns = columns;
  }

  begin(): void {
    this.#before = NOBODY;
    this.#seen.length = 0;
  }

  /** The record of one contact, or its number if it was there before. */
  single(ref: Ref): Uint8Array | number {
    const seen = this.#seen.indexOf(ref);
    if (seen >= 0) return seen;
    if (this.#seen.length < SEEN_MAX) this.#seen.push(ref);
    const packable = this.#packable(ref);
    const { name } = packable;
    const shared = sharedPrefix(this.#before.name, name);
    const isShared = shared >= SHARED_MIN;
    let at = this.#writeHead(packable, 0);
    if (isShared) {
      this.#scratch[0] = (this.#scratch[0] as number) | HEADER_SHARED_NAME;
      this.#scratch[at++] = shared;
    }
    this.#before = packable;
    const text = isShared ? name.slice(shared) : name;
    return this.#scratch.slice(0, writeUtf8(text, this.#scratch, at));
  }

  /** The records of a list. */
  list(refs: readonly Ref[]): Uint8Array {
    let at = 0;
    for (const ref of refs) {
      const packable = this.#packable(ref);
      this.#makeRoom(at);
      at = this.#writeHead(packable, at);
      const shared = sharedPrefix(this.#before.name, packable.name);
      const nameAt = at + LIST_NAME_HEADER_BYTES;
      const suffix = shared === 0 ? packable.name : packable.name.slice(shared);
      const end = writeUtf8(suffix, this.#scratch, nameAt);
      this.#scratch[at] = shared;
      this.#scratch[at + 1] = end - nameAt;
      at = end;
      this.#before = packable;
    }
    return this.#scratch.slice(0, at);
  }

  /** The 16 bytes of a numeric ID. */
  numeric(ref: Ref): Uint8Array {
    const out = new Uint8Array(NUMERIC_BYTES);
    if (!this.#contacts.isKnown(ref)) throw new SkipnetError("E_INTERNAL", "a stale numeric ID");
    this.#writeNumeric(ref, out, 0);
    return out;
  }

  /** Everything of a record before the name; returns where that ended. */
  #writeHead({ address, incarnation, ref }: Packable, start: number): number {
    const out = this.#scratch;
    const before = this.#before;
    const hashed = this.#columns.isHashed(this.#columns.at(ref));
    const count = incarnationBytes(incarnation, before.incarnation);
    const { code, from } = relativeTo(address, before.address);
    out[start] = count | (hashed ? 0 : HEADER_NUMERIC) | (code << 4);
    let at = start + 1;
    for (let i = from; i < address.body.length; i++) out[at++] = address.body[i] as number;
    if (!hashed) {
      this.#writeNumeric(ref, out, at);
      at += NUMERIC_BYTES;
    }
    writeIncarnation(incarnation, count, out, at);
    return at + count;
  }

  #writeNumeric(ref: Ref, out: Uint8Array, at: number): void {
    for (let word = 0; word < 4; word++) {
      const value = this.#contacts.numericWord(ref, word);
      for (let i = 0; i < 4; i++) out[at + word * 4 + i] = value >>> (24 - 8 * i);
    }
  }

  #makeRoom(at: number): void {
    if (at + RECORD_BYTES_MAX <= this.#scratch.length) return;
    const larger = new Uint8Array(2 * this.#scratch.length);
    larger.set(this.#scratch);
    this.#scratch = larger;
  }

  #packable(ref: Ref): Packable {
    const contacts = this.#contacts;
    // Throws where the reference is stale, also when the row was packed before.
    const isNode = contacts.isNode(ref);
    const row = contacts.row(ref);
    const known = this.#packables[row];
    if (known?.ref === ref) return known;
    if (!isNode) throw new SkipnetError("E_LIMIT", "a contact to be sent has no address");
    const name = contacts.name(ref);
    const incarnation = contacts.incarnation(ref);
    assertNodeName(name);
    if (!Number.isSafeInteger(incarnation) || incarnation < 0) {
      throw new SkipnetError("E_LIMIT", "a contact's incarnation is out of range");
    }
    const address = addressForm(parseAddress(contacts.address(ref)));
    const packable = { ref, name, incarnation, address };
    while (this.#packables.length < row) this.#packables.push(undefined);
    this.#packables[row] = packable;
    return packable;
  }
}

/** The code of an address after another one, and from which byte of its body it travels. */
function relativeTo(
  { code, body, hostBytes }: AddressForm,
  before: AddressForm,
): { readonly code: number; readonly from: number } {
  if (code !== before.code) return { code, from: 0 };
  let same = 0;
  while (same < body.length && body[same] === before.body[same]) same++;
  if (same === body.length && same === before.body.length) {
    return { code: CODE_SAME_ADDRESS, from: same };
  }
  return hostBytes > 0 && same >= hostBytes
    ? { code: CODE_SAME_HOST, from: hostBytes }
    : { code, from: 0 };
}
