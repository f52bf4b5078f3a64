import { SkipnetError } from "../../../core/errors.ts";

const NEW_LINE = 10;
const isGap = (byte: number): boolean =>
  byte === 32 || byte === 9 || byte === 13 || byte === 44 || byte === 59;
const isComment = (byte: number): boolean => byte === 35 || byte === 37;

/** Characters of a word that are shown where it is wrong. */
const SHOWN_MAX = 24;
const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Reads a text of numbers line by line: words between blanks, commas or semicolons; `#` and `%` begin comments. */
export class TextRows {
  /** Of the line that `next` gave last, from 1. */
  line = 0;
  /** Words of that line. */
  count = 0;
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #wordsMax: number;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #at = 0;

  constructor(bytes: Uint8Array, what: string, wordsMax: number) {
    this.#bytes = bytes;
    this.#what = what;
    this.#wordsMax = wordsMax;
    this.#starts = new Int32Array(wordsMax);
    this.#ends = new Int32Array(wordsMax);
  }

  /** The next line that has a word; false: there is none. Throws `E_LIMIT` if it has too many. */
  next(): boolean {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      let end = bytes.indexOf(NEW_LINE, this.#at);
      if (end < 0) end = bytes.length;
      this.line++;
      this.#split(this.#at, end);
      this.#at = end + 1;
      if (this.count > 0) return true;
    }
    return false;
  }

  /** A word of the line as text, cut to what can be shown. */
  word(index: number): string {
    const start = this.#starts[index] as number;
    const end = Math.min(this.#ends[index] as number, start + SHOWN_MAX);
    let text = "";
    for (let i = start; i < end; i++) text += String.fromCharCode(this.#bytes[i] as number);
    return text;
  }

  /** A word as a number; `undefined`: it says that there is none. Throws `E_FILE` for anything else. */
  number(index: number): number | undefined {
    const whole = this.#whole(index);
    if (whole >= 0) return whole;
    const text = this.word(index);
    if (/^(?:nan|na|-|\?)$/i.test(text)) return undefined;
    if (!PLAIN_NUMBER.test(text)) return this.fail(index, `"${printable(text)}" is not a number`);
    return Number(text);
  }

  /** Throws `E_FILE`, naming the place. */
  fail(index: number, what: string): never {
    throw new SkipnetError(
      "E_FILE",
      `${this.#what}, line ${this.line}, column ${index + 1}: ${what}`,
    );
  }

  #split(from: number, end: number): void {
    const bytes = this.#bytes;
    this.count = 0;
    for (let at = from; at < end; ) {
      const byte = bytes[at] as number;
      if (isComment(byte)) return;
      if (isGap(byte)) {
        at++;
        continue;
      }
      if (this.count === this.#wordsMax) {
        throw new SkipnetError(
          "E_LIMIT",
          `${this.#what}, line ${this.line}: over ${this.#wordsMax} numbers`,
        );
      }
      this.#starts[this.count] = at;
      while (at < end && !isGap(bytes[at] as number)) at++;
      this.#ends[this.count++] = at;
    }
  }

  /** A word of at most fifteen digits and nothing else, which nearly all are; -1: it is none. */
  #whole(index: number): number {
    const start = this.#starts[index] as number;
    const end = this.#ends[index] as number;
    if (end - start > 15) return -1;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = (this.#bytes[i] as number) - 48;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return value;
  }
}

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?");
