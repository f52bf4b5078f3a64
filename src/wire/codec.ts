import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from "msgpackr";
import type { ContactTable } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { ByteSlab } from "./byte-slab.ts";
import { type Compression, createCompressor, DATAGRAM_BYTES } from "./compression/compressor.ts";
import { ENVELOPE_LENGTH_MAX, ENVELOPE_PLAIN } from "./envelope.ts";
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
   * The message holds no view of `bytes`, but for bytes that are given away: nobody writes them ever after.
   */
  decode(bytes: Uint8Array, givenAway?: boolean): Message;
  /** The length of `encode(message)` with compression off, exactly. */
  sizeOf(message: Message): number;
  readonly messageBytesMax: number;
  /** What it has encoded so far; undefined where nobody counts. */
  readonly stats?: CodecStats | undefined;
}

/** What compression has saved. */
export interface CodecStats {
  /** Bytes of all encoded messages, had none been compressed. */
  readonly rawBytes: number;
  /** Their bytes as they were. */
  readonly encodedBytes: number;
  readonly compressedMessages: number;
}

export type { Compression };

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

/** Throws `E_OPTIONS` where the options ask for what this runtime does not have. */
export function createCodec(options: CodecOptions): MessageCodec {
  const { registry, contacts, compression = "auto" } = options;
  const { messageBytesMax = MESSAGE_BYTES_MAX, datagramBytes = DATAGRAM_BYTES } = options;
  if (!(messageBytesMax >= 1 && messageBytesMax <= ENVELOPE_LENGTH_MAX)) {
    throw new SkipnetError("E_OPTIONS", `messageBytesMax is not in 1..${ENVELOPE_LENGTH_MAX}`);
  }
  const compressor = createCompressor(registry, compression, datagramBytes);
  const plans = compilePlans(registry, contacts);
  const packr = new Packr({ useRecords: false, useToJSON: false, moreTypes: false });
  const slab = new ByteSlab();
  const stats = { rawBytes: 0, encodedBytes: 0, compressedMessages: 0 };
  return {
    messageBytesMax,
    stats,
    sizeOf: (message) => 1 + plans.size(message),
    encode(message) {
      // At once a copy: all packers of a process share the buffer.
      const plain = slab.copy(
        packr.pack(plans.pack(message), RESERVE_START_SPACE + RESET_BUFFER_MODE + 1),
      );
      if (plain.length > messageBytesMax) {
        const what = `a ${message.type.name} of ${plain.length} bytes`;
        throw new SkipnetError("E_TOO_LARGE", `${what} is over ${messageBytesMax}`);
      }
      plain[0] = ENVELOPE_PLAIN;
      const encoded = compressor.deflate(plain);
      stats.rawBytes += plain.length;
      stats.encodedBytes += encoded.length;
      if (encoded[0] !== ENVELOPE_PLAIN) stats.compressedMessages++;
      return encoded;
    },
    decode(bytes, givenAway = false) {
      if (bytes.length > messageBytesMax) throw malformed("a message is over the limit");
      try {
        const isPlain = bytes[0] === ENVELOPE_PLAIN;
        const body = isPlain ? bytes : compressor.inflate(bytes, messageBytesMax - 1);
        const reader = new Reader(body, isPlain ? 1 : 0, contacts, givenAway);
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
