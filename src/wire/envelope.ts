import { crc32 } from "./compression/crc32.ts";
import type { DeflateEngine } from "./compression/engine.ts";
import { malformed } from "./malformed.ts";

/*
 * The first byte of an encoded message: 0, the message follows; or else the version of the
 * dictionary that it is deflated with. Then follow the length of the message in three bytes, its
 * CRC-32 (continued from that of the dictionary) in four, and raw deflate.
 */

export const ENVELOPE_PLAIN = 0;
/** Before the deflated bytes. */
export const ENVELOPE_HEADER_BYTES = 8;
/** Longest message that the length field can say. */
export const ENVELOPE_LENGTH_MAX = 0xff_ffff;

/** A dictionary with its version and check sum. */
export interface Dictionary {
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly crc: number;
}

/** Deflates a plain envelope. May come out longer. */
export function deflateEnvelope(
  plain: Uint8Array,
  engine: DeflateEngine,
  dictionary: Dictionary,
  level: number,
): Uint8Array {
  const message = plain.subarray(1);
  const deflated = engine.deflate(message, dictionary.bytes, level);
  const out = new Uint8Array(ENVELOPE_HEADER_BYTES + deflated.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, message.length);
  out[0] = dictionary.version;
  view.setUint32(4, crc32(message, dictionary.crc));
  out.set(deflated, ENVELOPE_HEADER_BYTES);
  return out;
}

/** The message of a deflated envelope. Throws `E_MALFORMED`. */
export function inflateEnvelope(
  bytes: Uint8Array,
  lengthMax: number,
  engine: DeflateEngine,
  dictionary: Dictionary,
): Uint8Array {
  if (bytes[0] !== dictionary.version) throw malformed("the envelope or dictionary is unknown");
  if (bytes.length < ENVELOPE_HEADER_BYTES) throw malformed("the envelope is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0) & ENVELOPE_LENGTH_MAX;
  if (length > lengthMax) throw malformed("a compressed message is over the limit");
  if (bytes.length > length + 1) throw malformed("compression did not shorten the message");
  let message: Uint8Array;
  try {
    message = engine.inflate(bytes.subarray(ENVELOPE_HEADER_BYTES), dictionary.bytes, length);
  } catch (cause) {
    throw malformed("a compressed message cannot be inflated", { cause });
  }
  if (crc32(message, dictionary.crc) !== view.getUint32(4)) {
    throw malformed("a compressed message has a wrong check sum");
  }
  return message;
}
