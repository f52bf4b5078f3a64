import type { NamedFile } from "./names.ts";

const SHA_BYTES = 32;
const SIZE_BYTES = 6;
const WRITER_BYTES = 2;
const SEQUENCE_BYTES = 4;
/** SHA-256 and size of the file, then who wrote it as the how-manieth. */
export const VALUE_BYTES_MIN = SHA_BYTES + SIZE_BYTES + WRITER_BYTES + SEQUENCE_BYTES;

/** Which write put a value there: a client and the number of its write. */
export interface WriteId {
  readonly writer: number;
  readonly sequence: number;
}

/**
 * The value of a write: SHA-256 and size of the file, and the write's own number, so that a value
 * that is read back names the write that put it there. Filled up to `sizeBytes` with bytes that do
 * not compress, derived from the hash.
 */
export function writeValue(file: NamedFile, id: WriteId, sizeBytes: number): Uint8Array {
  const value = Buffer.alloc(Math.max(sizeBytes, VALUE_BYTES_MIN));
  value.set(file.sha256, 0);
  let at = SHA_BYTES;
  at = value.writeUIntBE(file.sizeBytes, at, SIZE_BYTES);
  at = value.writeUIntBE(id.writer, at, WRITER_BYTES);
  at = value.writeUIntBE(id.sequence, at, SEQUENCE_BYTES);
  let state = value.readUInt32BE(0) | 1;
  for (; at < value.length; at++) {
    // xorshift32: cheap, and good enough to defeat compression.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    value[at] = state & 0xff;
  }
  return new Uint8Array(value);
}

/** Undefined: no value of ours. */
export function readWriteId(value: Uint8Array): WriteId | undefined {
  if (value.length < VALUE_BYTES_MIN) return undefined;
  const view = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const at = SHA_BYTES + SIZE_BYTES;
  return {
    writer: view.readUIntBE(at, WRITER_BYTES),
    sequence: view.readUIntBE(at + WRITER_BYTES, SEQUENCE_BYTES),
  };
}
