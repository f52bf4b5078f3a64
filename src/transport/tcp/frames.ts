/**
 * The frames of a connection: `u32 length | u8 kind | body`, big-endian; `length` counts kind and body.
 *
 * | kind | body |
 * |---|---|
 * | hello | see `hello.ts`; the first frame in each direction, and only that |
 * | message | `u48 id`, encoded message; ids ascend on a connection |
 * | ack | `u48 id`: every message up to it on this connection is delivered, unless declined |
 * | decline | `u48 id`, `u8 reason`: this message was not and will not be acted upon |
 * | ping, pong | `u32 nonce`; a pong of nonce 0 is an unasked sign of life |
 * | bye | `u8 reason`: the last frame in its direction |
 * | late | `u32` how late the sender's program has lately run, microseconds |
 */
export const FRAME_HELLO = 1;
export const FRAME_MESSAGE = 2;
export const FRAME_ACK = 3;
export const FRAME_DECLINE = 4;
export const FRAME_PING = 5;
export const FRAME_PONG = 6;
export const FRAME_BYE = 7;
export const FRAME_LATE = 8;

/** Bytes of `length` and `kind`. */
export const FRAME_HEADER_BYTES = 5;
export const ID_BYTES = 6;
/** What a message costs beyond its encoding. */
export const MESSAGE_OVERHEAD_BYTES = FRAME_HEADER_BYTES + ID_BYTES;
/** Longest frame before the hello, `length` field excluded. */
export const HELLO_FRAME_BYTES_MAX = 256;

/** Why a receiver declines a message; the index travels. */
export const DECLINES = ["invalid", "tooLarge", "closed", "queueFull"] as const;
export type Decline = (typeof DECLINES)[number];

/**
 * Why a connection ends. `closed`: the process leaves, and what it has not acknowledged it has not
 * acted upon. `idle`: no longer needed. `yield`: the other of two connections opened at once is
 * used. `conflict`: another life of this process is connected. `busy`: too many connections.
 */
export const BYES = ["closed", "idle", "yield", "conflict", "busy"] as const;
export type Bye = (typeof BYES)[number];

function frame(kind: number, bodyBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + bodyBytes);
  bytes.writeUInt32BE(1 + bodyBytes, 0);
  bytes[4] = kind;
  return bytes;
}

/** A message's frame, its id still to be written by `writeMessageId`. */
export function messageFrame(encoded: Uint8Array): Buffer {
  const bytes = frame(FRAME_MESSAGE, ID_BYTES + encoded.length);
  bytes.set(encoded, MESSAGE_OVERHEAD_BYTES);
  return bytes;
}

export function writeMessageId(bytes: Buffer, id: number): void {
  bytes.writeUIntBE(id, FRAME_HEADER_BYTES, ID_BYTES);
}

/** The encoded message in a frame made by `messageFrame`. */
export function messagePayload(bytes: Buffer): Uint8Array {
  return bytes.subarray(MESSAGE_OVERHEAD_BYTES);
}

export function ackFrame(id: number): Buffer {
  const bytes = frame(FRAME_ACK, ID_BYTES);
  bytes.writeUIntBE(id, FRAME_HEADER_BYTES, ID_BYTES);
  return bytes;
}

export function declineFrame(id: number, reason: Decline): Buffer {
  const bytes = frame(FRAME_DECLINE, ID_BYTES + 1);
  bytes.writeUIntBE(id, FRAME_HEADER_BYTES, ID_BYTES);
  bytes[FRAME_HEADER_BYTES + ID_BYTES] = DECLINES.indexOf(reason);
  return bytes;
}

export function nonceFrame(kind: typeof FRAME_PING | typeof FRAME_PONG, nonce: number): Buffer {
  const bytes = frame(kind, 4);
  bytes.writeUInt32BE(nonce, FRAME_HEADER_BYTES);
  return bytes;
}

export function lateFrame(us: number): Buffer {
  const bytes = frame(FRAME_LATE, 4);
  bytes.writeUInt32BE(Math.min(Math.round(us), 0xffff_ffff), FRAME_HEADER_BYTES);
  return bytes;
}

export function byeFrame(reason: Bye): Buffer {
  const bytes = frame(FRAME_BYE, 1);
  bytes[FRAME_HEADER_BYTES] = BYES.indexOf(reason);
  return bytes;
}

export function helloFrame(body: Uint8Array): Buffer {
  const bytes = frame(FRAME_HELLO, body.length);
  bytes.set(body, FRAME_HEADER_BYTES);
  return bytes;
}

/** One received frame, taken apart. Payloads are views, valid until the reader returns. */
export type Frame =
  | { readonly kind: typeof FRAME_HELLO; readonly body: Buffer }
  | { readonly kind: typeof FRAME_MESSAGE; readonly id: number; readonly encoded: Uint8Array }
  | { readonly kind: typeof FRAME_ACK; readonly id: number }
  | { readonly kind: typeof FRAME_DECLINE; readonly id: number; readonly reason: Decline }
  | { readonly kind: typeof FRAME_PING | typeof FRAME_PONG; readonly nonce: number }
  | { readonly kind: typeof FRAME_BYE; readonly reason: Bye }
  | { readonly kind: typeof FRAME_LATE; readonly us: number };

/** Takes a frame (kind and body) apart; undefined if it is malformed. */
export function readFrame(bytes: Buffer): Frame | undefined {
  const bodyBytes = bytes.length - 1;
  const kind = bytes[0];
  switch (kind) {
    case FRAME_HELLO:
      return { kind, body: bytes.subarray(1) };
    case FRAME_MESSAGE:
      if (bodyBytes < ID_BYTES) return undefined;
      return { kind, id: bytes.readUIntBE(1, ID_BYTES), encoded: bytes.subarray(1 + ID_BYTES) };
    case FRAME_ACK:
      if (bodyBytes !== ID_BYTES) return undefined;
      return { kind, id: bytes.readUIntBE(1, ID_BYTES) };
    case FRAME_DECLINE: {
      const reason = DECLINES[bytes[1 + ID_BYTES] ?? DECLINES.length];
      if (bodyBytes !== ID_BYTES + 1 || reason === undefined) return undefined;
      return { kind, id: bytes.readUIntBE(1, ID_BYTES), reason };
    }
    case FRAME_PING:
    case FRAME_PONG:
      return bodyBytes === 4 ? { kind, nonce: bytes.readUInt32BE(1) } : undefined;
    case FRAME_BYE: {
      const reason = BYES[bytes[1] ?? BYES.length];
      return bodyBytes === 1 && reason !== undefined ? { kind, reason } : undefined;
    }
    case FRAME_LATE:
      return bodyBytes === 4 ? { kind, us: bytes.readUInt32BE(1) } : undefined;
    default:
      return undefined;
  }
}
