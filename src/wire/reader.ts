import type { ContactTable } from "../core/contacts.ts";
import { ContactReader } from "./contact-read.ts";
import { malformed } from "./malformed.ts";
import { readUtf8 } from "./text.ts";

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN8 = 0xc4;
const DOUBLE = 0xcb;
const UINT8 = 0xcc;
const INT8 = 0xd0;
const STR8 = 0xd9;
const ARRAY16 = 0xdc;
/** The least that a length of 1, 2 or 4 bytes may say: what is less has a shorter form. */
const STR_LENGTHS = [0x20, 0x100, 0x1_0000] as const;
const BIN_LENGTHS = [0, 0x100, 0x1_0000] as const;
const ARRAY_LENGTHS = [0, 0x10, 0x1_0000] as const;

/** Shorter ones are copied byte by byte: a view of them takes longer to make. */
const LOOPED_BYTES_MAX = 64;

/**
 * Reads MessagePack as far as messages use it: nil, booleans, whole numbers, doubles, texts, byte
 * strings and arrays, each in its shortest form. Maps, extensions, records and 64-bit integers have
 * no place in a message; nothing of them is ever interpreted. Every method throws `E_MALFORMED`.
 */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  /** How many contacts were read so far in this message. */
  contactCount = 0;
  /** Of the last message inside the one that is read: see `placeOf`. */
  place: string | undefined;
  readonly #table: ContactTable;
  #contacts: ContactReader | undefined;
  readonly #givenAway: boolean;

  /** `givenAway`: what is read may be a view of `bytes`. */
  constructor(bytes: Uint8Array, at: number, contacts: ContactTable, givenAway = false) {
    this.bytes = bytes;
    this.#table = contacts;
    this.at = at;
    this.#givenAway = givenAway;
  }

  /** What was read from `start` on: a copy, unless it is most of what was given away. */
  since(start: number): Uint8Array {
    const { at, bytes } = this;
    if (this.#givenAway && (at - start) * 2 > bytes.length) return bytes.subarray(start, at);
    const copy = new Uint8Array(at - start);
    if (copy.length > LOOPED_BYTES_MAX) copy.set(bytes.subarray(start, at));
    else for (let i = 0; i < copy.length; i++) copy[i] = bytes[start + i] as number;
    return copy;
  }

  /** Reads the contacts of this message; made for the first of them, for most messages have none. */
  get contacts(): ContactReader {
    this.#contacts ??= new ContactReader(this.#table, this.bytes);
    return this.#contacts;
  }

  /** Takes a nil if one stands here. */
  nil(): boolean {
    if (this.bytes[this.at] !== NIL) return false;
    this.at++;
    return true;
  }

  /** Takes a true if one stands here. */
  isTrue(): boolean {
    if (this.bytes[this.at] !== TRUE) return false;
    this.at++;
    return true;
  }

  /** Whether a byte string stands here. */
  get isBin(): boolean {
    const head = this.bytes[this.at] as number;
    return head >= BIN8 && head <= BIN8 + 2;
  }

  bool(): boolean {
    const head = this.bytes[this.#take(1)];
    if (head === TRUE) return true;
    if (head !== FALSE) throw malformed("a boolean was expected");
    return false;
  }

  /** A whole number from 0 to `max`, which is at most 2^53 - 1. */
  uint(max: number): number {
    const value = this.number();
    if (value < 0 || value > max || !Number.isInteger(value)) {
      throw malformed("a number is out of its range");
    }
    return value;
  }

  /** Any finite number. */
  number(): number {
    const head = this.bytes[this.#take(1)] as number;
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head === DOUBLE) {
      const value = this.#double(this.#take(8));
      if (!Number.isFinite(value)) throw malformed("a number is not finite");
      if (value >>> 0 === value || value >> 0 === value) throw needlesslyLong();
      return value;
    }
    if (head >= UINT8 && head <= UINT8 + 2) return this.#unsigned(head - UINT8);
    if (head >= INT8 && head <= INT8 + 2) return this.#negative(head - INT8);
    throw malformed("a number was expected");
  }

  text(maxBytes: number): string {
    const head = this.bytes[this.#take(1)] as number;
    let length = head - 0xa0;
    if (head < 0xa0 || head > 0xbf) {
      if (head < STR8 || head > STR8 + 2) throw malformed("a text was expected");
      length = this.#length(head - STR8, STR_LENGTHS);
    }
    if (length > maxBytes) throw malformed("a text is over its limit");
    const start = this.#take(length);
    return readUtf8(this.bytes, start, this.at);
  }

  /** Where a byte string of at most `maxBytes` begins; it ends at `at`. */
  bin(maxBytes: number): number {
    const head = this.bytes[this.#take(1)] as number;
    if (head < BIN8 || head > BIN8 + 2) throw malformed("a byte string was expected");
    const length = this.#length(head - BIN8, BIN_LENGTHS);
    if (length > maxBytes) throw malformed("a byte string is over its limit");
    return this.#take(length);
  }

  /** The number of elements of an array. */
  array(max: number): number {
    const head = this.bytes[this.#take(1)] as number;
    let count = head - 0x90;
    if (head < 0x90 || head > 0x9f) {
      if (head < ARRAY16 || head > ARRAY16 + 1) throw malformed("an array was expected");
      count = this.#length(head - ARRAY16 + 1, ARRAY_LENGTHS);
    }
    if (count > max) throw malformed("a list has too many elements");
    // Each takes a byte at least: a lie is found out before anything is made.
    if (count > this.bytes.length - this.at) throw truncated();
    return count;
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.at !== this.bytes.length) throw malformed("bytes follow the message");
  }

  #length(sizeLog2: number, shortest: readonly number[]): number {
    const length = this.#raw(sizeLog2);
    if (length < (shortest[sizeLog2] as number)) throw needlesslyLong();
    return length;
  }

  #raw(sizeLog2: number): number {
    const at = this.#take(1 << sizeLog2);
    if (sizeLog2 === 0) return this.bytes[at] as number;
    return sizeLog2 === 1 ? this.#u16(at) : this.#u16(at) * 0x1_0000 + this.#u16(at + 2);
  }

  #u16(at: number): number {
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  #double(at: number): number {
    const { buffer, byteOffset } = this.bytes;
    return new DataView(buffer, byteOffset + at, 8).getFloat64(0);
  }

  #unsigned(sizeLog2: number): number {
    const value = this.#raw(sizeLog2);
    const shorterMax = sizeLog2 === 0 ? 0x7f : sizeLog2 === 1 ? 0xff : 0xffff;
    if (value <= shorterMax) throw needlesslyLong();
    return value;
  }

  #negative(sizeLog2: number): number {
    const raw = this.#raw(sizeLog2);
    if (sizeLog2 === 0) {
      const value = (raw << 24) >> 24;
      if (value >= -0x20) throw needlesslyLong();
      return value;
    }
    const value = sizeLog2 === 1 ? (raw << 16) >> 16 : raw | 0;
    if (value >= (sizeLog2 === 1 ? -0x80 : -0x8000)) throw needlesslyLong();
    return value;
  }

  #take(count: number): number {
    const at = this.at;
    if (count > this.bytes.length - at) throw truncated();
    this.at = at + count;
    return at;
  }
}

const truncated = () => malformed("the message is cut short");
const needlesslyLong = () => malformed("a value is not in its shortest form");
