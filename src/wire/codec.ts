import type { Message } from "./message.ts";

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
