import type { Address, Incarnation } from "../core/address.ts";
import type { Contact } from "../core/contacts.ts";
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
  hasHost,
  incarnationBytes,
  NUMERIC_BYTES,
  readIncarnation,
  sameHost,
  sharedPrefix,
} from "./contact-coding.ts";
import { malformed } from "./malformed.ts";
import { readUtf8 } from "./text.ts";

interface Before {
  name: string;
  address: Address;
  /** The address's own code; -1 before the first. */
  code: number;
  incarnation: Incarnation;
}

const nobody = (): Before => ({
  name: "",
  address: "" as Address,
  code: -1,
  incarnation: 0 as Incarnation,
});

/** The contact whose record is `bytes[start..end)`. Throws `E_MALFORMED`, `E_NAME` or `E_ADDRESS`. */
export function readContact(bytes: Uint8Array, start: number, end: number): Contact {
  const cursor = new RecordCursor(bytes, start, end);
  return cursor.head(nobody(), () => cursor.text(end - cursor.at));
}

/** The contacts whose records are `bytes[start..end)`, at most `max`. Throws as `readContact`. */
export function readContacts(
  bytes: Uint8Array,
  start: number,
  end: number,
  max: number,
): readonly Contact[] {
  const cursor = new RecordCursor(bytes, start, end);
  const before = nobody();
  const out: Contact[] = [];
  while (cursor.at < end) {
    if (out.length === max) throw malformed("a list has too many contacts");
    out.push(cursor.head(before, () => cursor.name(before.name)));
  }
  return out;
}

class RecordCursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** One record; `before` becomes the contact read. */
  head(before: Before, readName: () => string): Contact {
    const header = this.bytes[this.take(1)] as number;
    const { address, code } = this.address(header >> 4, before);
    const numericAt = (header & HEADER_NUMERIC) === 0 ? -1 : this.take(NUMERIC_BYTES);
    const count = header & 7;
    const incarnationAt = this.take(count);
    const incarnation = readIncarnation(before.incarnation, count, this.bytes, incarnationAt);
    if (
      incarnation > Number.MAX_SAFE_INTEGER ||
      incarnationBytes(incarnation, before.incarnation) !== count
    ) {
      throw malformed("a contact's incarnation is out of range or not the shortest");
    }
    const name = readName();
    assertNodeName(name);
    before.name = name;
    before.address = address;
    before.code = code;
    before.incarnation = incarnation as Incarnation;
    return {
      name,
      address,
      incarnation: before.incarnation,
      numericId: this.numeric(numericAt, name),
    };
  }

  /** The name in a list. */
  name(before: string): string {
    const at = this.take(2);
    const shared = this.bytes[at] as number;
    const suffix = this.text(this.bytes[at + 1] as number);
    const name = before.slice(0, shared) + suffix;
    if (sharedPrefix(before, name) !== shared) throw malformed("a name is not front-coded");
    return name;
  }

  text(length: number): string {
    const at = this.take(length);
    return readUtf8(this.bytes, at, at + length);
  }

  numeric(at: number, name: string): NumericId | undefined {
    if (at < 0) return undefined;
    const id = numericIdFromBytes(this.bytes.subarray(at, at + NUMERIC_BYTES));
    if (id === hashName(name)) throw malformed("a numeric ID travels needlessly");
    return id;
  }

  address(code: number, before: Before): { readonly address: Address; readonly code: number } {
    if (code === CODE_SAME_ADDRESS && before.code >= 0) {
      return { address: before.address, code: before.code };
    }
    if (code === CODE_SAME_HOST && hasHost(before.code)) {
      const at = this.take(2);
      const port = ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
      const host = before.address.slice(0, before.address.lastIndexOf(":"));
      const address = `${host}:${port}` as Address;
      if (address === before.address) throw malformed("an address travels needlessly");
      return { address, code: before.code };
    }
    const length = addressBodyBytes(code, this.bytes, this.at, this.end);
    const address = readAddress(code, this.bytes, this.take(length));
    if (code === before.code && (address === before.address || this.sharesHost(address, before))) {
      throw malformed("an address travels needlessly");
    }
    return { address, code };
  }

  sharesHost(address: Address, before: Before): boolean {
    return hasHost(before.code) && sameHost(address, before.address);
  }

  /** Where the next `count` bytes begin, which are thereby used up. */
  take(count: number): number {
    const at = this.at;
    if (count > this.end - at) throw malformed("a contact is cut short");
    this.at = at + count;
    return at;
  }
}
