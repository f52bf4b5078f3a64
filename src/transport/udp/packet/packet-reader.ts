import { ByteCursor } from "./byte-cursor.ts";
import { HelpFrames } from "./help-frames.ts";
import {
  ACK_BYTES,
  ACK_DELAY_UNIT_US,
  COOKIE_REPLY_BYTES,
  FLAG_ACK,
  FLAG_COOKIE,
  FLAG_FLOOR,
  FLAG_HELLO,
  FLAG_IMMEDIATE,
  FLAG_ORDERED,
  FLAGS_ALL,
  FLOOR_BYTES,
  FRAGMENT_FRAME_BYTES,
  FRAGMENTS_MAX,
  FRAME_CLOSE,
  FRAME_FRAGMENT,
  FRAME_LATE,
  FRAME_MESSAGE,
  FRAME_PING,
  FRAME_REFUSE,
  FRAME_REPEATED,
  FRAMES_MAX,
  HEADER_BYTES,
  HELLO_BYTES,
  HELLO_DELAY_UNIT_US,
  KIND_COOKIE,
  KIND_DATA,
  KIND_RESET,
  LATE_FRAME_BYTES,
  MAGIC,
  MESSAGE_FRAME_BYTES,
  PING_FRAME_BYTES,
  REFUSE_FRAME_BYTES,
  REFUSE_REASONS,
  REPEATED_FRAME_BYTES,
  RESET_BYTES,
  RESET_CONFLICT,
  VERSION,
} from "./packet.ts";
import { datagramChecksum } from "./packet-writer.ts";
import { PathFrames } from "./path-frames.ts";

/** One frame of a packet. Which fields mean something depends on the kind; see `packet.ts`. */
export interface Frame {
  kind: number;
  /** Message, fragment: number above the floor. Refuse: low 32 bits of the message number. */
  message: number;
  /** Refuse: low 32 bits of the packet number. */
  packet: number;
  index: number;
  /** Fragment: of how many. Repeated: how many. */
  count: number;
  /** Refuse: index into `REFUSE_REASONS`. */
  reason: number;
  /** Late: how late its sender runs. */
  lateUs: number;
  /** Where the bytes of a message or fragment begin and end in the datagram. */
  start: number;
  end: number;
}

const newFrame = (): Frame => ({
  kind: 0,
  message: 0,
  packet: 0,
  index: 0,
  count: 0,
  reason: 0,
  lateUs: 0,
  start: 0,
  end: 0,
});

/** Why a datagram was not taken; counted, never answered. */
export type ParseFault = "short" | "foreign" | "version" | "damaged" | "structure";

/**
 * Takes datagrams apart, one at a time, into fields of its own: parsing allocates nothing that a
 * stranger could make large. A datagram is checked whole before anything in it is believed.
 */
export class PacketReader {
  kind = 0;
  session = 0;
  packetLow = 0;
  immediate = false;
  /** The messages of this packet's sender are handed over in the order of their numbers. */
  ordered = false;

  hasHello = false;
  helloSession = 0;
  helloSerial = 0;
  helloIncarnation = 0;
  helloPeerIncarnation = 0;
  helloAckDelayUs = 0;

  hasAck = false;
  ackLargestLow = 0;
  ackDelayUs = 0;
  ackBitsLow = 0;
  ackBitsHigh = 0;

  hasFloor = false;
  floorLow = 0;

  resetIncarnation = 0;
  resetReason = 0;

  readonly path = new PathFrames();
  readonly help = new HelpFrames();

  frameCount = 0;
  /** The first `frameCount` belong to this datagram. */
  readonly frames: Frame[] = [];

  readonly #in = new ByteCursor();
  #wantsCookie = false;

  /** Fills the fields from the datagram, or says what is wrong with it. */
  parse(bytes: Uint8Array): ParseFault | undefined {
    if (bytes.length < HEADER_BYTES) return "short";
    if (bytes[0] !== MAGIC) return "foreign";
    const versionAndKind = bytes[1] as number;
    if (versionAndKind >>> 4 !== VERSION) return "version";
    this.#in.bytes = bytes;
    this.#in.at = 4;
    if (this.#in.u32() !== datagramChecksum(bytes)) return "damaged";
    this.kind = versionAndKind & 15;
    this.session = this.#in.u32();
    this.packetLow = this.#in.u32();
    this.frameCount = 0;
    const flags = bytes[2] as number;
    if (bytes[3] !== 0 || (flags & ~FLAGS_ALL) !== 0) return "structure";
    this.immediate = (flags & FLAG_IMMEDIATE) !== 0;
    this.ordered = (flags & FLAG_ORDERED) !== 0;
    this.hasHello = (flags & FLAG_HELLO) !== 0;
    this.hasAck = (flags & FLAG_ACK) !== 0;
    this.hasFloor = (flags & FLAG_FLOOR) !== 0;
    this.#wantsCookie = (flags & FLAG_COOKIE) !== 0;
    this.path.clear();
    this.help.clear();
    if (this.kind === KIND_COOKIE) return this.#cookiePacket() ? undefined : "structure";
    if (this.kind === KIND_RESET) return this.#reset() ? undefined : "structure";
    const whole =
      this.kind === KIND_DATA && this.#hello() && this.#ack() && this.#floor() && this.#frames();
    return whole ? undefined : "structure";
  }

  #reset(): boolean {
    if (this.#in.bytes.length !== RESET_BYTES) return false;
    this.resetIncarnation = this.#in.u64();
    this.resetReason = this.#in.u8();
    return (
      Number.isSafeInteger(this.resetIncarnation) &&
      this.resetIncarnation > 0 &&
      this.resetReason >= 1 &&
      this.resetReason <= RESET_CONFLICT
    );
  }

  #cookiePacket(): boolean {
    return this.#in.bytes.length === COOKIE_REPLY_BYTES && this.path.readCookie(this.#in);
  }

  #hello(): boolean {
    if (!this.hasHello) return !this.#wantsCookie;
    const length = this.#in.left < HELLO_BYTES ? 0 : this.#in.u8();
    if (length < HELLO_BYTES - 1 || length > this.#in.left) return false;
    const end = this.#in.at + length;
    this.helloSession = this.#in.u32();
    this.helloSerial = this.#in.u32();
    this.helloIncarnation = this.#in.u64();
    this.helloPeerIncarnation = this.#in.u64();
    this.helloAckDelayUs = this.#in.u16() * HELLO_DELAY_UNIT_US;
    this.#in.at = end;
    if (this.#wantsCookie && !this.path.readCookie(this.#in)) return false;
    return (
      this.helloSession !== 0 &&
      this.helloIncarnation > 0 &&
      Number.isSafeInteger(this.helloIncarnation) &&
      Number.isSafeInteger(this.helloPeerIncarnation)
    );
  }

  #ack(): boolean {
    if (!this.hasAck) return true;
    if (this.#in.left < ACK_BYTES) return false;
    this.ackLargestLow = this.#in.u32();
    this.ackDelayUs = this.#in.u16() * ACK_DELAY_UNIT_US;
    this.ackBitsLow = this.#in.u32();
    this.ackBitsHigh = this.#in.u32();
    return true;
  }

  #floor(): boolean {
    if (!this.hasFloor) return true;
    if (this.#in.left < FLOOR_BYTES) return false;
    this.floorLow = this.#in.u32();
    return true;
  }

  #frames(): boolean {
    while (this.#in.left > 0) {
      if (this.frameCount === FRAMES_MAX) return false;
      let frame = this.frames[this.frameCount];
      if (frame === undefined) {
        frame = newFrame();
        this.frames.push(frame);
      }
      this.frameCount++;
      frame.kind = this.#in.u8();
      if (!this.#frame(frame)) return false;
    }
    return true;
  }

  #frame(frame: Frame): boolean {
    switch (frame.kind) {
      case FRAME_MESSAGE:
        if (!this.hasFloor || this.#in.left < MESSAGE_FRAME_BYTES - 1) return false;
        frame.message = this.#in.u16();
        return this.#body(frame);
      case FRAME_FRAGMENT:
        if (!this.hasFloor || this.#in.left < FRAGMENT_FRAME_BYTES - 1) return false;
        frame.message = this.#in.u16();
        frame.index = this.#in.u16();
        frame.count = this.#in.u16();
        if (frame.index >= frame.count || frame.count > FRAGMENTS_MAX) return false;
        return this.#body(frame);
      case FRAME_PING:
        if (this.#in.left < PING_FRAME_BYTES - 1) return false;
        this.#in.at += PING_FRAME_BYTES - 1;
        return true;
      case FRAME_CLOSE:
        return true;
      case FRAME_LATE:
        if (this.#in.left < LATE_FRAME_BYTES - 1) return false;
        frame.lateUs = this.#in.u16() * 1_000;
        return true;
      case FRAME_REPEATED:
        if (this.#in.left < REPEATED_FRAME_BYTES - 1) return false;
        frame.count = this.#in.u16();
        return true;
      case FRAME_REFUSE:
        if (this.#in.left < REFUSE_FRAME_BYTES - 1) return false;
        frame.packet = this.#in.u32();
        frame.message = this.#in.u32();
        frame.reason = this.#in.u8();
        return frame.reason < REFUSE_REASONS.length;
      default:
        return this.path.read(frame.kind, this.#in) || this.help.read(frame.kind, this.#in);
    }
  }

  #body(frame: Frame): boolean {
    const length = this.#in.u16();
    if (length > this.#in.left) return false;
    frame.start = this.#in.at;
    frame.end = this.#in.at + length;
    this.#in.at = frame.end;
    return true;
  }
}
