import { SkipnetError } from "../../core/errors.ts";
import { deflateEnvelope, inflateEnvelope } from "../envelope.ts";
import type { MessageRegistry } from "../registry.ts";
import { dictionaryOf } from "./dictionary.ts";
import type { DeflateEngine } from "./engine.ts";
import { fflateEngine } from "./fflate.ts";
import { zlibEngine } from "./zlib.ts";

/**
 * What deflates messages. `auto`: zlib where the runtime has it, being several times faster and
 * quicker to give up on bombs; else fflate. `off` sends none deflated; what others deflated is
 * always read.
 */
export type Compression = "auto" | "off" | "fflate" | "zlib";

/** Messages of up to this many bytes are taken to travel in one datagram. */
export const DATAGRAM_BYTES = 1_200;
/**
 * Shorter ones are not tried: deflate and inflate take 20 µs together, in which a network of
 * 100 Mbit/s sends the 250 bytes that half of this would save.
 */
export const COMPRESS_FROM_BYTES = 512;
/** What deflate must save, as a share of the message, unless it saves a datagram. */
export const COMPRESS_SAVING_MIN = 0.2;
/** From here on deflate is told to hurry: at its usual level it takes 12 ms for 1 MiB, in which nobody else is served. */
export const COMPRESS_FAST_FROM_BYTES = 65_536;
/** From here on a piece of the middle is tried first: what is compressed already is not done again. */
const PROBE_FROM_BYTES = 16_384;
const PROBE_BYTES = 2_048;
const LEVEL = 6;
const LEVEL_FAST = 1;

/** The envelopes of one registry's messages. */
export interface Compressor {
  /** A plain envelope, deflated where that is worth it. */
  deflate(plain: Uint8Array): Uint8Array;
  /** The message in a deflated envelope. Throws `E_MALFORMED`. */
  inflate(bytes: Uint8Array, lengthMax: number): Uint8Array;
}

/** Throws `E_OPTIONS` where the runtime has no zlib and it is asked for. */
export function createCompressor(
  registry: MessageRegistry,
  compression: Compression,
  datagramBytes: number,
): Compressor {
  const engine = engineFor(compression);
  return {
    deflate(plain) {
      if (compression === "off" || plain.length < COMPRESS_FROM_BYTES) return plain;
      if (plain.length >= PROBE_FROM_BYTES && !isPromising(plain, engine)) return plain;
      const level = plain.length < COMPRESS_FAST_FROM_BYTES ? LEVEL : LEVEL_FAST;
      const deflated = deflateEnvelope(plain, engine, dictionaryOf(registry), level);
      return isWorthIt(plain.length, deflated.length, datagramBytes) ? deflated : plain;
    },
    inflate: (bytes, lengthMax) =>
      inflateEnvelope(bytes, lengthMax, engine, dictionaryOf(registry)),
  };
}

function engineFor(compression: Compression): DeflateEngine {
  if (compression === "fflate") return fflateEngine;
  const zlib = zlibEngine();
  if (compression === "zlib") {
    if (zlib === undefined) throw new SkipnetError("E_OPTIONS", "this runtime has no node:zlib");
    return zlib;
  }
  return zlib ?? fflateEngine;
}

/** Whether a piece of the middle gets shorter by as much as the whole should. */
function isPromising(plain: Uint8Array, engine: DeflateEngine): boolean {
  const start = (plain.length - PROBE_BYTES) >>> 1;
  const piece = plain.subarray(start, start + PROBE_BYTES);
  const deflated = engine.deflate(piece, new Uint8Array(0), LEVEL_FAST);
  return deflated.length <= PROBE_BYTES * (1 - COMPRESS_SAVING_MIN / 2);
}

/** Saves enough bytes, or a datagram. */
function isWorthIt(plainBytes: number, deflatedBytes: number, datagramBytes: number): boolean {
  return (
    deflatedBytes <= plainBytes * (1 - COMPRESS_SAVING_MIN) ||
    Math.ceil(deflatedBytes / datagramBytes) < Math.ceil(plainBytes / datagramBytes)
  );
}
