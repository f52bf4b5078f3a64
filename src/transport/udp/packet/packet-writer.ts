import type { Coordinate } from "../path/coordinate.ts";
import { checksum } from "./checksum.ts";
import type { AskedAbout, Question } from "./help-frames.ts";
import {
  ACK_DELAY_UNIT_US,
  COOKIE_REPLY_BYTES,
  COORDINATE_ERROR_PARTS,
  COORDINATE_UNIT_US,
  FLAG_ACK,
  FLAG_COOKIE,
  FLAG_FLOOR,
  FLAG_HELLO,
  FRAME_ASK,
  FRAME_CHALLENGE,
  FRAME_CLOSE,
  FRAME_COORDINATE,
  FRAME_CREDIT,
  FRAME_FRAGMENT,
  FRAME_LATE,
  FRAME_MESSAGE,
  FRAME_PING,
  FRAME_REFUSE,
  FRAME_REPEATED,
  FRAME_RESPONSE,
  FRAME_VOUCH,
  HELLO_BYTES,
  HELLO_DELAY_UNIT_US,
  HOST_TEXT_MAX,
  KIND_COOKIE,
  KIND_DATA,
  KIND_RESET,
  MAGIC,
  RESET_BYTES,
  VERSION,
} from "./packet.ts";

const SLAB_BYTES = 128 << 10;
const U16_MAX = 0xffff;

export interface HelloFields {
  readonly session: number;
  readonly serial: number;
  readonly incarnation: number;
  readonly peerIncarnation: number;
  readonly ackDelayUs: number;
  /** As the peer gave it; none: it asked for none. */
  readonly cookie?: Uint8Array | undefined;
}

/** Two random words of 32 bits, to be sent back. */
export interface Nonce {
  readonly low: number;
  readonly high: number;
}

/**
 * Writes one datagram after another. Datagrams are views of a slab that is not written twice, so they
 * may be kept, unless its owner says that nobody does; a slab goes when its last datagram does.
 */
export class PacketWriter {
  #slab = new Uint8Array(0);
  #start = 0;
  #at = 0;
  #end = 0;
  #flags = 0;

  /** Bytes that still fit. */
  get room(): number {
    return this.#end - this.#at;
  }

  begin(bytesMax: number, session: number, packet: number, kind: number = KIND_DATA): void {
    this.#start = this.#at;
    if (this.#slab.length - this.#start < bytesMax) {
      this.#slab = new Uint8Array(Math.max(SLAB_BYTES, bytesMax));
      this.#start = 0;
    }
    this.#at = this.#start;
    this.#end = this.#start + bytesMax;
    this.#flags = 0;
    this.#u8(MAGIC);
    this.#u8((VERSION << 4) | kind);
    this.#at = this.#start + 8;
    this.#u32(session);
    this.#u32(packet);
  }

  /** Whether half of the memory is written: worth asking whether it may be used again. */
  get isHalfUsed(): boolean {
    return this.#at * 2 > this.#slab.length;
  }

  /** Nobody keeps a datagram of before: their memory is used again. */
  recycle(): void {
    this.#at = 0;
  }

  flag(flag: number): void {
    this.#flags |= flag;
  }

  hello(hello: HelloFields): void {
    this.flag(FLAG_HELLO);
    this.#u8(HELLO_BYTES - 1);
    this.#u32(hello.session);
    this.#u32(hello.serial);
    this.#u64(hello.incarnation);
    this.#u64(hello.peerIncarnation);
    this.#u16(Math.min(U16_MAX, Math.ceil(hello.ackDelayUs / HELLO_DELAY_UNIT_US)));
    if (hello.cookie === undefined) return;
    this.flag(FLAG_COOKIE);
    this.#bytes(hello.cookie);
  }

  ack(largest: number, delayUs: number, bitsLow: number, bitsHigh: number): void {
    this.flag(FLAG_ACK);
    this.#u32(largest);
    this.#u16(Math.min(U16_MAX, Math.floor(delayUs / ACK_DELAY_UNIT_US)));
    this.#u32(bitsLow);
    this.#u32(bitsHigh);
  }

  floor(floor: number): void {
    this.flag(FLAG_FLOOR);
    this.#u32(floor);
  }

  message(aboveFloor: number, bytes: Uint8Array): void {
    this.#u8(FRAME_MESSAGE);
    this.#u16(aboveFloor);
    this.#u16(bytes.length);
    this.#bytes(bytes);
  }

  fragment(aboveFloor: number, index: number, count: number, bytes: Uint8Array): void {
    this.#u8(FRAME_FRAGMENT);
    this.#u16(aboveFloor);
    this.#u16(index);
    this.#u16(count);
    this.#u16(bytes.length);
    this.#bytes(bytes);
  }

  ping(): void {
    this.#u8(FRAME_PING);
    this.#u64(0);
  }

  refuse(packet: number, message: number, reason: number): void {
    this.#u8(FRAME_REFUSE);
    this.#u32(packet);
    this.#u32(message);
    this.#u8(reason);
  }

  repeated(count: number): void {
    this.#u8(FRAME_REPEATED);
    this.#u16(count);
  }

  late(us: number): void {
    this.#u8(FRAME_LATE);
    this.#u16(Math.min(U16_MAX, Math.round(us / 1_000)));
  }

  close(): void {
    this.#u8(FRAME_CLOSE);
  }

  challenge(nonce: Nonce): void {
    this.#u8(FRAME_CHALLENGE);
    this.#u32(nonce.low);
    this.#u32(nonce.high);
  }

  response(nonce: Nonce): void {
    this.#u8(FRAME_RESPONSE);
    this.#u32(nonce.low);
    this.#u32(nonce.high);
  }

  credit(messageLimit: number, bytes: number): void {
    this.#u8(FRAME_CREDIT);
    this.#u32(messageLimit);
    this.#u32(bytes);
  }

  coordinate(at: Coordinate): void {
    this.#u8(FRAME_COORDINATE);
    for (const us of [at.x, at.y, at.z]) {
      const units = Math.round(us / COORDINATE_UNIT_US);
      this.#u16(units & 0xffff);
      this.#u8((units >> 16) & 0xff);
    }
    this.#u16(Math.min(U16_MAX, Math.round(at.heightUs / COORDINATE_UNIT_US)));
    this.#u8(Math.min(0xff, Math.ceil(at.error * COORDINATE_ERROR_PARTS)));
  }

  /** The host has `HOST_TEXT_MAX` characters at most, of ASCII. */
  ask({ inquiry, question }: Question, { host, port, incarnation }: AskedAbout): void {
    this.#u8(FRAME_ASK);
    this.#u32(inquiry);
    this.#u32(question);
    this.#u64(incarnation);
    this.#u16(port);
    this.#u8(host.length);
    for (let i = 0; i < HOST_TEXT_MAX; i++) this.#u8(i < host.length ? host.charCodeAt(i) : 0);
  }

  vouch({ inquiry, question }: Question): void {
    this.#u8(FRAME_VOUCH);
    this.#u32(inquiry);
    this.#u32(question);
  }

  /** The finished datagram. */
  finish(): Uint8Array {
    const slab = this.#slab;
    slab[this.#start + 2] = this.#flags;
    slab[this.#start + 3] = 0;
    const datagram = slab.subarray(this.#start, this.#at);
    const sum = datagramChecksum(datagram);
    for (let i = 0; i < 4; i++) slab[this.#start + 4 + i] = sum >>> (8 * i);
    // Four-byte alignment for the next one.
    this.#at = (this.#at + 3) & ~3;
    return datagram;
  }

  /** A whole reset in answer to a packet of this session and number. */
  reset(session: number, packet: number, incarnation: number, reason: number): Uint8Array {
    this.begin(RESET_BYTES, session, packet, KIND_RESET);
    this.#u64(incarnation);
    this.#u8(reason);
    return this.finish();
  }

  /** A whole cookie in answer to a hello of this session and number. */
  cookieReply(session: number, packet: number, cookie: Uint8Array): Uint8Array {
    this.begin(COOKIE_REPLY_BYTES, session, packet, KIND_COOKIE);
    this.#bytes(cookie);
    return this.finish();
  }

  #u8(value: number): void {
    this.#slab[this.#at++] = value;
  }

  #u16(value: number): void {
    this.#slab[this.#at] = value;
    this.#slab[this.#at + 1] = value >>> 8;
    this.#at += 2;
  }

  /** The low 32 bits of any number below 2^53. */
  #u32(value: number): void {
    const low = value >= 0x1_0000_0000 ? value % 0x1_0000_0000 : value;
    this.#slab[this.#at] = low;
    this.#slab[this.#at + 1] = low >>> 8;
    this.#slab[this.#at + 2] = low >>> 16;
    this.#slab[this.#at + 3] = low >>> 24;
    this.#at += 4;
  }

  #u64(value: number): void {
    this.#u32(value);
    this.#u32(Math.floor(value / 0x1_0000_0000));
  }

  #bytes(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

/** The checksum that belongs into a datagram of at least a header's length. */
export function datagramChecksum(datagram: Uint8Array): number {
  const head =
    ((datagram[0] as number) << 24) |
    ((datagram[1] as number) << 16) |
    ((datagram[2] as number) << 8) |
    (datagram[3] as number);
  return checksum(datagram, 8, datagram.length, head);
}
