/**
 * The datagram of the reliable UDP protocol, version 1. All numbers little-endian.
 *
 * ```
 *  0  u8   magic 0xD7
 *  1  u8   version (high 4 bits) | kind (low 4 bits): 1 data, 2 reset, 3 cookie
 *  2  u8   flags: 1 ack, 2 immediate, 4 hello, 8 floor, 16 cookie (with a hello only),
 *           32 ordered: its sender's messages are handed over in the order of their numbers
 *  3  u8   reserved, 0
 *  4  u32  checksum of everything else
 *  8  u32  session, chosen by the receiver; 0 until it is known
 * 12  u32  packet number, low 32 bits; never reused, not by a retransmission either
 * hello: u8 length of the rest | u32 the sender's session | u32 serial | u64 the sender's incarnation |
 *        u64 the receiver's incarnation, 0: whichever | u16 longest ack delay, 64 µs; longer hellos are
 *        read as far as known
 * cookie: 16 bytes, as the receiver of the hello gave them
 * ack:   u32 largest packet received | u16 since when, 16 µs | u64 which of the 64 below it
 * floor: u32 the oldest message number that the sender still cares about
 * frames, to the end of the datagram:
 *   1 message:  u16 number above floor | u16 length | bytes
 *   2 fragment: u16 number above floor | u16 index | u16 count | u16 length | bytes
 *   3 ping:     8 bytes of nothing: the answer may be a reset, and is never longer than the question
 *   4 refuse:   u32 packet | u32 message | u8 reason
 *   5 close
 *   6 repeated: u16 how many messages and fragments arrived in two packets so far, modulo 2^16
 *   8 challenge: 8 random bytes, to be sent back at once
 *   9 response:  the 8 bytes of a challenge
 *  10 credit:    u32 the message number from which on the peer must wait | u32 unsettled bytes that it may send
 *  11 coordinate: i24 x, y, z, u16 height, 16 µs each | u8 error, 1/128
 *  12 ask:       u32 inquiry | u32 question | u64 incarnation | u16 port | u8 length of the host | 45 bytes host,
 *                as text: does this process answer you? As long as all that follows from it
 *  13 vouch:     u32 inquiry | u32 question, as asked: it has answered me since I was asked
 *  16 late:     u16 how late the sender's process has lately run, ms
 * reset, instead of hello … frames: u64 the sender's incarnation | u8 reason; session and packet number
 *        are those of the packet it answers (of a hello: the session that it offered)
 * cookie (kind 3), instead of hello … frames: 16 bytes to be sent with the next hello; session and packet
 *        number are those of the hello it answers
 * ```
 * A packet is acknowledged only if every message in it was accepted; what is declined is refused by
 * name each time it arrives. Kind 4 is kept for probes of the path's MTU.
 */
export const MAGIC = 0xd7;
export const VERSION = 1;

export const KIND_DATA = 1;
export const KIND_RESET = 2;
export const KIND_COOKIE = 3;

export const FLAG_ACK = 1;
export const FLAG_IMMEDIATE = 2;
export const FLAG_HELLO = 4;
export const FLAG_FLOOR = 8;
export const FLAG_COOKIE = 16;
export const FLAG_ORDERED = 32;
export const FLAGS_ALL = 63;

export const FRAME_MESSAGE = 1;
export const FRAME_FRAGMENT = 2;
export const FRAME_PING = 3;
export const FRAME_REFUSE = 4;
export const FRAME_CLOSE = 5;
export const FRAME_REPEATED = 6;
export const FRAME_LATE = 16;
export const FRAME_CHALLENGE = 8;
export const FRAME_RESPONSE = 9;
export const FRAME_CREDIT = 10;
export const FRAME_COORDINATE = 11;
export const FRAME_ASK = 12;
export const FRAME_VOUCH = 13;

export const HEADER_BYTES = 16;
export const HELLO_BYTES = 27;
export const ACK_BYTES = 14;
export const FLOOR_BYTES = 4;
export const MESSAGE_FRAME_BYTES = 5;
export const FRAGMENT_FRAME_BYTES = 9;
export const REFUSE_FRAME_BYTES = 10;
export const PING_FRAME_BYTES = 9;
export const REPEATED_FRAME_BYTES = 3;
export const LATE_FRAME_BYTES = 3;
export const CHALLENGE_FRAME_BYTES = 9;
export const CREDIT_FRAME_BYTES = 9;
export const COORDINATE_FRAME_BYTES = 13;
export const VOUCH_FRAME_BYTES = 9;
/** Characters of a host's address: the longest IPv6 one. */
export const HOST_TEXT_MAX = 45;
export const ASK_FRAME_BYTES = 20 + HOST_TEXT_MAX;
export const COOKIE_BYTES = 16;
export const RESET_BYTES = HEADER_BYTES + 9;
export const COOKIE_REPLY_BYTES = HEADER_BYTES + COOKIE_BYTES;

/** What a packet may carry besides message bytes. */
export const OVERHEAD_BYTES_MAX =
  HEADER_BYTES + HELLO_BYTES + COOKIE_BYTES + ACK_BYTES + FLOOR_BYTES + FRAGMENT_FRAME_BYTES;
/** A packet that carries no message. */
export const BARE_PACKET_BYTES =
  HEADER_BYTES + HELLO_BYTES + COOKIE_BYTES + ACK_BYTES + PING_FRAME_BYTES;
/** Frames of one packet; a packet with more is malformed. */
export const FRAMES_MAX = 512;
/** Fragments of one message. */
export const FRAGMENTS_MAX = 8_192;

/** A message number lies less than this above the floor of its packet. */
export const MESSAGE_WINDOW_MAX = 32_768;

export const ACK_DELAY_UNIT_US = 16;
export const HELLO_DELAY_UNIT_US = 64;

/** Why a message was declined, as it travels. */
export const REFUSE_REASONS = ["queueFull", "tooLarge", "invalid", "declined"] as const;
export type RefuseReason = (typeof REFUSE_REASONS)[number];

/** The session is not known here. */
export const RESET_UNKNOWN_SESSION = 1;
/** The packet was meant for another incarnation. */
export const RESET_OTHER_INCARNATION = 2;
/** The receiver of this reset was declared down here. */
export const RESET_GIVEN_UP = 3;
/** A later life of the same address is alive as well: two processes claim one address. */
export const RESET_CONFLICT = 4;

/** Unit of a coordinate's place and height. */
export const COORDINATE_UNIT_US = 16;
/** Parts in which a coordinate's error travels. */
export const COORDINATE_ERROR_PARTS = 128;
