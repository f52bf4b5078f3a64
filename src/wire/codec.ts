import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from "msgpackr";
import type { ContactTable } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { dictionaryOf } from "./compression/dictionary.ts";
import { fflateEngine } from "./compression/fflate.ts";
import { zlibEngine } from "./compression/zlib.ts";
import {
  deflateEnvelope,
  ENVELOPE_LENGTH_MAX,
  ENVELOPE_PLAIN,
  inflateEnvelope,
} from "./envelope.ts";
import { malformed } from "./malformed.ts";
import type { Message } from "./message.ts";
import { compilePlans } from "./plans.ts";
import { readMessage } from "./read-fields.ts";
import { Reader } from "./reader.ts";
import type { MessageRegistry } from "./registry.ts";

/**
 * What a transport knows of messages: bytes out, bytes in, and how many bytes without making them.
 * One codec belongs to one process: it turns contacts into `Ref`s of that process's table.
 */
export interface MessageCodec {
  /** Throws `E_TOO_LARGE` above `messageBytesMax`, `E_LIMIT` where a field is over its limit. */
  encode(message: Message): Uint8Array;
  /**
   * Limits, decompresses under a limit, decodes and validates. Throws `E_MALFORMED` and nothing else.
   * The message holds no view of `bytes`.
   */
  decode(bytes: Uint8Array): Message;
  /** The length of `encode(message)` with compression off, exactly. */
  sizeOf(message: Message): number;
  readonly messageBytesMax: number;
}

/** Which messages are deflated and by what. `auto`: zlib where the runtime has it, else fflate. What others deflated is always read. */
export type Compression = "auto" | "off" | "fflate" | "zlib";

export interface CodecOptions {
  readonly registry: MessageRegistry;
  readonly contacts: ContactTable;
  /** Default `auto`. */
  readonly compression?: Compression | undefined;
  /** Longest message, encoded or inflated. Default `MESSAGE_BYTES_MAX`. */
  readonly messageBytesMax?: number | undefined;
  /** What of a message fits one datagram. Default `DATAGRAM_BYTES`. */
  readonly datagramBytes?: number | undefined;
}

/** A value of 1 MiB and 4 KiB for what is around it. */
export const MESSAGE_BYTES_MAX = (1 << 20) + 4_096;
/** Messages of up to this many bytes are taken to travel in one datagram. */
export const DATAGRAM_BYTES = 1_200;
/** Below this, deflate costs more time than its bytes are worth. */
export const COMPRESS_FROM_BYTES = 256;
/** What deflate must save, as a share of the message, unless it saves a datagram. */
export const COMPRESS_SAVING_MIN = 0.2;

/** Throws `E_OPTIONS` where the options ask for what this runtime does not have. */
export function createCodec(options: CodecOptions): MessageCodec {
  const { registry, contacts, compression = "auto" } = options;
  const { messageBytesMax = MESSAGE_BYTES_MAX, datagramBytes = DATAGRAM_BYTES } = options;
  if (!(messageBytesMax >= 1 && messageBytesMax <= ENVELOPE_LENGTH_MAX)) {
    throw new SkipnetError("E_OPTIONS", `messageBytesMax is not in 1..${ENVELOPE_LENGTH_MAX}`);
  }
  const zlib = zlibEngine();
  if (compression === "zlib" && zlib === undefined) {
    throw new SkipnetError("E_OPTIONS", "this runtime has no node:zlib");
  }
  const engine = compression === "fflate" ? fflateEngine : (zlib ?? fflateEngine);
  const plans = compilePlans(registry, contacts);
  const packr = new Packr({ useRecords: false, useToJSON: false, moreTypes: false });
  return {
    messageBytesMax,
    sizeOf: (message) => 1 + plans.size(message),
    encode(message) {
      // At once a copy: all packers of a process share the buffer.
      const plain = new Uint8Array(
        packr.pack(plans.pack(message), RESERVE_START_SPACE + RESET_BUFFER_MODE + 1),
      );
      if (plain.length > messageBytesMax) {
        const what = `a ${message.type.name} of ${plain.length} bytes`;
        throw new SkipnetError("E_TOO_LARGE", `${what} is over ${messageBytesMax}`);
      }
      plain[0] = ENVELOPE_PLAIN;
      if (compression === "off" || plain.length < COMPRESS_FROM_BYTES) return plain;
      const deflated = deflateEnvelope(plain, engine, dictionaryOf(registry));
      return isWorthIt(plain, deflated, datagramBytes) ? deflated : plain;
    },
    decode(bytes) {
      if (bytes.length > messageBytesMax) throw malformed("a message is over the limit");
      try {
        const isPlain = bytes[0] === ENVELOPE_PLAIN;
        const body = isPlain
          ? bytes
          : inflateEnvelope(bytes, messageBytesMax - 1, engine, dictionaryOf(registry));
        const reader = new Reader(body, isPlain ? 1 : 0, contacts);
        const message = readMessage(reader, 1, plans);
        reader.end();
        return message;
      } catch (cause) {
        if (cause instanceof SkipnetError && cause.code === "E_MALFORMED") throw cause;
        throw malformed("a value is not valid", { cause });
      }
    },
  };
}

/** Saves enough bytes, or a datagram. */
function isWorthIt(
  plain: Uint8Array,
  deflated: Uint8Array | undefined,
  datagramBytes: number,
): deflated is Uint8Array {
  if (deflated === undefined) return false;
  return (
    deflated.length <= plain.length * (1 - COMPRESS_SAVING_MIN) ||
    Math.ceil(deflated.length / datagramBytes) < Math.ceil(plain.length / datagramBytes)
  );
}
