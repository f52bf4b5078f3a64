import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Brand } from "./brand.ts";

/** A 128-bit numeric ID as 32 lower-case hexadecimal digits, most significant first. */
export type NumericId = Brand<string, "NumericId">;

export const NUMERIC_ID_BYTES = 16;

/** The numeric ID that belongs to a name: the first 128 bits of SHA-256 of its UTF-8 bytes. */
export function hashName(name: string): NumericId {
  return bytesToHex(sha256(utf8ToBytes(name)).subarray(0, NUMERIC_ID_BYTES)) as NumericId;
}

/** The ID of these 16 bytes, most significant first. Throws `RangeError` for another length. */
export function numericIdFromBytes(bytes: Uint8Array): NumericId {
  if (bytes.length !== NUMERIC_ID_BYTES) throw new RangeError("a numeric ID has 16 bytes");
  return bytesToHex(bytes) as NumericId;
}

/** The 16 bytes of an ID, most significant first. */
export function numericIdToBytes(id: NumericId): Uint8Array {
  return hexToBytes(id);
}

/** The four 32-bit words of an ID, most significant first, into `words` from `at`. */
export function writeNumericWords(id: NumericId, words: Uint32Array, at: number): void {
  for (let i = 0; i < 4; i++) words[at + i] = Number.parseInt(id.slice(i * 8, i * 8 + 8), 16);
}

/** The opposite of `writeNumericWords`. */
export function numericIdFromWords(words: Uint32Array, at: number): NumericId {
  let text = "";
  for (let i = 0; i < 4; i++) text += (words[at + i] as number).toString(16).padStart(8, "0");
  return text as NumericId;
}
