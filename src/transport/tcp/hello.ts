import {
  ADDRESS_LENGTH_MAX,
  type Address,
  type Incarnation,
  parseAddress,
  socketAddress,
} from "../../core/address.ts";

/** "SkNt": tells a stranger's connection from ours in its first bytes. */
const MAGIC = 0x53_6b_4e_74;
export const TCP_PROTOCOL_VERSION = 2;
const DIALLED = 1;
const ASKS = 2;
const FIXED_BYTES = 4 + 1 + 1 + 8 + 4 + 4 + 4 + 1;

/**
 * The first frame in each direction. Body, big-endian: `u32 magic | u8 version | u8 flags (1: I
 * dialled, 2: I only ask whether you are there) | u64 incarnation | u32 session | u32 dials | u32 messageBytesMax | u8 length | address`.
 */
export interface Hello {
  readonly dialled: boolean;
  /** An enquiry: it is greeted back, and the connection ends. */
  readonly asks: boolean;
  readonly incarnation: Incarnation;
  /**
   * Names the sender's memory of this peer: what it has accepted and what it has numbered. The same
   * one after a reconnect means that lost messages may be sent again and will not be doubled.
   */
  readonly session: number;
  /** How often the sender has dialled this peer: tells a newer connection from a stale one. */
  readonly dials: number;
  /** Longest encoded message that the sender takes. */
  readonly messageBytesMax: number;
  /** Where the sender listens: who it is. */
  readonly address: Address;
}

/** The body of the frame. */
export function encodeHello(hello: Hello): Buffer {
  const address = Buffer.from(hello.address, "utf8");
  const bytes = Buffer.alloc(FIXED_BYTES + address.length);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes[4] = TCP_PROTOCOL_VERSION;
  bytes[5] = (hello.dialled ? DIALLED : 0) | (hello.asks ? ASKS : 0);
  bytes.writeBigUInt64BE(BigInt(hello.incarnation), 6);
  bytes.writeUInt32BE(hello.session, 14);
  bytes.writeUInt32BE(hello.dials, 18);
  bytes.writeUInt32BE(hello.messageBytesMax, 22);
  bytes[26] = address.length;
  address.copy(bytes, FIXED_BYTES);
  return bytes;
}

/** Undefined: not a hello of this protocol version. */
export function decodeHello(body: Buffer): Hello | undefined {
  if (body.length < FIXED_BYTES || body.readUInt32BE(0) !== MAGIC) return undefined;
  if (body[4] !== TCP_PROTOCOL_VERSION || (body[5] as number) > (DIALLED | ASKS)) return undefined;
  const incarnation = Number(body.readBigUInt64BE(6));
  if (!Number.isSafeInteger(incarnation) || incarnation === 0) return undefined;
  const addressBytes = body[26] as number;
  if (addressBytes > ADDRESS_LENGTH_MAX || body.length !== FIXED_BYTES + addressBytes) {
    return undefined;
  }
  const address = readAddress(body.toString("latin1", FIXED_BYTES));
  const session = body.readUInt32BE(14);
  if (address === undefined || session === 0) return undefined;
  return {
    dialled: ((body[5] as number) & DIALLED) !== 0,
    asks: ((body[5] as number) & ASKS) !== 0,
    incarnation: incarnation as Incarnation,
    session,
    dials: body.readUInt32BE(18),
    messageBytesMax: body.readUInt32BE(22),
    address,
  };
}

/** Printable ASCII only; anything else a stranger wrote fails the pattern or this check. */
function readAddress(text: string): Address | undefined {
  if (!/^[\x21-\x7e]+$/.test(text)) return undefined;
  try {
    const address = parseAddress(text);
    const { scheme, port } = socketAddress(address);
    return scheme === "tcp" && port > 0 ? address : undefined;
  } catch {
    return undefined;
  }
}
