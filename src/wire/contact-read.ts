import type { Address, Incarnation } from "../core/address.ts";
import type { ContactTable, Ref } from "../core/contacts.ts";
import { assertNodeName } from "../core/names.ts";
import { hashName, type NumericId, numericIdFromBytes } from "../core/numeric-id.ts";
import {
  addressBodyBytes,
  CODE_SAME_ADDRESS,
  CODE_SAME_HOST,
  readAddress,
} from "./address-form.ts";
import {
  HEADER_NUMERIC,
  HEADER_SHARED_NAME,
  hasHost,
  incarnationBytes,
  NUMERIC_BYTES,
  readIncarnation,
  SEEN_MAX,
  SHARED_MIN,
  sameHost,
  sharedPrefix,
} from "./contact-coding.ts";
import { malformed } from "./malformed.ts";
import { readUtf8 } from "./text.ts";

/** A shortcut for most names, seven times faster than the whole check. */
const PLAIN_NAME = /^(?=.{1,255}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/;

/**
 * Reads the contact records of one message, in the order they stand there. Throws `E_MALFORMED`,
 * `E_NAME` or `E_ADDRESS`.
 */
export class ContactReader {
  readonly #contacts: ContactTable;
  readonly #bytes: Uint8Array;
  #at = 0;
  #end = 0;
  // The contact before.
  #name = "";
  #address = "" as Address;
  #code = -1;
  #incarnation = 0;
  /** BOUNDED: `SEEN_MAX`. */
  readonly #seen: Ref[] = [];

  constructor(contacts: ContactTable, bytes: Uint8Array) {
    this.#contacts = contacts;
    this.#bytes = bytes;
  }

  /** A single contact that was there before, by its number. */
  seen(index: number): Ref {
    const ref = this.#seen[index];
    if (ref === undefined) throw malformed("a message refers to a contact that it does not hold");
    return ref;
  }

  /** The contact whose record is `bytes[start..end)`. */
  single(start: number, end: number): Ref {
    this.#at = start;
    this.#end = end;
    const ref = this.#record(true);
    if (this.#seen.includes(ref)) throw malformed("a contact travels twice");
    if (this.#seen.length < SEEN_MAX) this.#seen.push(ref);
    return ref;
  }

  /** The contacts whose records are `bytes[start..end)`, at most `max`. */
  list(start: number, end: number, max: number): readonly Ref[] {
    this.#at = start;
    this.#end = end;
    const out: Ref[] = [];
    while (this.#at < end) {
      if (out.length === max) throw malformed("a list has too many contacts");
      out.push(this.#record(false));
    }
    return out;
  }

  #record(isSingle: boolean): Ref {
    const header = this.#bytes[this.#take(1)] as number;
    const code = (header >> 4) & 7;
    const address = this.#readAddress(code);
    const ownCode = code < CODE_SAME_HOST ? code : this.#code;
    const numericAt = (header & HEADER_NUMERIC) === 0 ? -1 : this.#take(NUMERIC_BYTES);
    const count = header & 7;
    const incarnation = readIncarnation(this.#incarnation, count, this.#bytes, this.#take(count));
    if (
      incarnation > Number.MAX_SAFE_INTEGER ||
      incarnationBytes(incarnation, this.#incarnation) !== count
    ) {
      throw malformed("a contact's incarnation is out of range or not the shortest");
    }
    const isShared = (header & HEADER_SHARED_NAME) !== 0;
    if (isShared && !isSingle) throw malformed("a contact's header is unknown");
    const name = isSingle ? this.#singleName(isShared) : this.#listName();
    if (!PLAIN_NAME.test(name)) assertNodeName(name);
    const numericId = this.#numeric(numericAt, name);
    this.#name = name;
    this.#address = address;
    this.#code = ownCode;
    this.#incarnation = incarnation;
    return this.#contacts.intern({
      name,
      address,
      incarnation: incarnation as Incarnation,
      numericId,
    });
  }

  #singleName(isShared: boolean): string {
    const claimed = isShared ? (this.#bytes[this.#take(1)] as number) : 0;
    const name = this.#name.slice(0, claimed) + this.#text(this.#end - this.#at);
    const shared = sharedPrefix(this.#name, name);
    if (isShared ? claimed !== shared : shared >= SHARED_MIN) throw notFrontCoded();
    if (isShared && claimed < SHARED_MIN) throw notFrontCoded();
    return name;
  }

  #listName(): string {
    const at = this.#take(2);
    const shared = this.#bytes[at] as number;
    const name = this.#name.slice(0, shared) + this.#text(this.#bytes[at + 1] as number);
    if (sharedPrefix(this.#name, name) !== shared) throw notFrontCoded();
    return name;
  }

  #text(length: number): string {
    const at = this.#take(length);
    return readUtf8(this.#bytes, at, at + length);
  }

  #numeric(at: number, name: string): NumericId | undefined {
    if (at < 0) return undefined;
    const id = numericIdFromBytes(this.#bytes.subarray(at, at + NUMERIC_BYTES));
    if (id === hashName(name)) throw malformed("a numeric ID travels needlessly");
    return id;
  }

  #readAddress(code: number): Address {
    if (code === CODE_SAME_ADDRESS && this.#code >= 0) return this.#address;
    let address: Address;
    if (code === CODE_SAME_HOST && hasHost(this.#code)) {
      const at = this.#take(2);
      const port = ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number);
      address = `${this.#address.slice(0, this.#address.lastIndexOf(":"))}:${port}` as Address;
    } else {
      const length = addressBodyBytes(code, this.#bytes, this.#at, this.#end);
      address = readAddress(code, this.#bytes, this.#take(length));
      if (code === this.#code && hasHost(code) && sameHost(address, this.#address)) {
        throw malformed("a host travels needlessly");
      }
    }
    if (address === this.#address) throw malformed("an address travels needlessly");
    return address;
  }

  /** Where the next `count` bytes begin, which are thereby used up. */
  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw malformed("a contact is cut short");
    this.#at = at + count;
    return at;
  }
}

const notFrontCoded = () => malformed("a name is not front-coded");
