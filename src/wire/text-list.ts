import { utf8Bytes } from "../core/names.ts";
import { sharedPrefix } from "./contact-coding.ts";
import { malformed } from "./malformed.ts";
import { binBytes } from "./msgpack-size.ts";
import type { Reader } from "./reader.ts";
import { readUtf8, writeUtf8 } from "./text.ts";

/*
 * Texts that travel in one byte string, each without what it shares with the one before. First a byte
 * whose upper half says how many UTF-16 code units that is, and whose lower half how many bytes of
 * UTF-8 follow; 15 in either half: that number, if the upper half, and then that of the lower follow,
 * one byte for the former, for the latter one below 128 or two with the top bit set. No texts: nil.
 */

/** What half a byte cannot say: the number itself follows. */
const ESCAPE = 15;
/** Code units that one byte can say. */
const SHARED_UNITS_MAX = 0xff;
/** Longest text, in bytes, that the length of two bytes can say. */
export const LISTED_TEXT_BYTES_MAX = 0x7fff;
const SHORT_BYTES = 0x80;

/** The texts, well-formed and within their limits. */
export function packTexts(texts: readonly string[]): Uint8Array | null {
  if (texts.length === 0) return null;
  const out = new Uint8Array(contentBytes(texts));
  let at = 0;
  let before = "";
  for (const text of texts) {
    const shared = sharedUnits(before, text);
    const rest = text.slice(shared);
    const length = utf8Bytes(rest);
    out[at++] = (Math.min(shared, ESCAPE) << 4) | Math.min(length, ESCAPE);
    if (shared >= ESCAPE) out[at++] = shared;
    if (length >= SHORT_BYTES) out[at++] = SHORT_BYTES | (length >> 8);
    if (length >= ESCAPE) out[at++] = length & 0xff;
    at = writeUtf8(rest, out, at);
    before = text;
  }
  return out;
}

/** At most `max` texts of at most `maxBytes` each. */
export function readTexts(reader: Reader, max: number, maxBytes: number): readonly string[] {
  const texts: string[] = [];
  if (reader.nil()) return texts;
  const { bytes } = reader;
  let at = reader.bin(bytes.length);
  const end = reader.at;
  if (at === end) throw malformed("an empty list is nil");
  const take = (): number => {
    if (at >= end) throw malformed("a list of texts is cut short");
    return bytes[at++] as number;
  };
  let before = "";
  while (at < end) {
    if (texts.length === max) throw malformed("a list has too many texts");
    const head = take();
    const shared = head >> 4 === ESCAPE ? take() : head >> 4;
    const length = (head & 15) === ESCAPE ? readLength(take) : head & 15;
    if (head >> 4 === ESCAPE && shared < ESCAPE) throw malformed(TOO_LONG);
    if (length > end - at) throw malformed("a list of texts is cut short");
    const text = before.slice(0, shared) + readUtf8(bytes, at, at + length);
    if (sharedUnits(before, text) !== shared) throw malformed("a text is not front-coded");
    if (utf8Bytes(text) > maxBytes) throw malformed("a text is over its limit");
    texts.push(text);
    before = text;
    at += length;
  }
  return texts;
}

const TOO_LONG = "a length is not in its shortest form";

function readLength(take: () => number): number {
  const first = take();
  const length = first < SHORT_BYTES ? first : ((first & 0x7f) << 8) | take();
  if (length < (first < SHORT_BYTES ? ESCAPE : SHORT_BYTES)) throw malformed(TOO_LONG);
  return length;
}

/** Bytes of what `packTexts` gives, with its head. */
export function textsBytes(texts: readonly string[]): number {
  return texts.length === 0 ? 1 : binBytes(contentBytes(texts));
}

function contentBytes(texts: readonly string[]): number {
  let bytes = 0;
  let before = "";
  for (const text of texts) {
    const shared = sharedUnits(before, text);
    const length = utf8Bytes(shared === 0 ? text : text.slice(shared));
    bytes += 1 + length;
    if (shared >= ESCAPE) bytes++;
    if (length >= ESCAPE) bytes += length < SHORT_BYTES ? 1 : 2;
    before = text;
  }
  return bytes;
}

function sharedUnits(before: string, text: string): number {
  return sharedPrefix(before.slice(0, SHARED_UNITS_MAX), text);
}
