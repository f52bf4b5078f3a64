/** Headers of IPv4 and TCP with timestamps. */
const HEADER_BYTES = 52;
/** The option of selective acknowledgements, and each block in it. */
const SACK_BYTES = 4;
const SACK_BLOCK_BYTES = 8;
/** Blocks that fit beside timestamps. */
export const SACK_BLOCKS_MAX = 3;
/** Payload of a full segment on an Ethernet of 1,500 bytes. */
export const MSS_BYTES = 1_448;

/** A range of the stream, `[start, end)`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * A TCP segment of the model. Numbers count from the beginning of the stream and do not wrap; what
 * the kernel's checksum would refuse never gets here.
 */
export class Segment {
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly seq: number;
  readonly payload: Uint8Array;
  /** Next byte expected; -1: it acknowledges nothing (the first SYN). */
  readonly ack: number;
  /** Bytes beyond `ack` that the receiver takes. */
  readonly window: number;
  readonly sacks: readonly Range[];
  /** When it was sent, and the stamp of what it answers (RFC 7323). */
  readonly stampUs: number;
  readonly echoUs: number;

  constructor(fields: SegmentFields) {
    this.syn = fields.syn ?? false;
    this.fin = fields.fin ?? false;
    this.rst = fields.rst ?? false;
    this.seq = fields.seq;
    this.payload = fields.payload ?? NOTHING;
    this.ack = fields.ack ?? -1;
    this.window = fields.window ?? 0;
    this.sacks = fields.sacks ?? [];
    this.stampUs = fields.stampUs ?? 0;
    this.echoUs = fields.echoUs ?? 0;
  }

  /** The number behind it; a SYN and a FIN count one each. */
  get end(): number {
    return this.seq + this.payload.length + (this.syn ? 1 : 0) + (this.fin ? 1 : 0);
  }

  /** On the network, headers included. */
  get bytes(): number {
    const { length } = this.sacks;
    const option = length === 0 ? 0 : SACK_BYTES + length * SACK_BLOCK_BYTES;
    return HEADER_BYTES + option + this.payload.length;
  }

  /** For the event hash. */
  get hash(): number {
    const flags = (this.syn ? 1 : 0) | (this.fin ? 2 : 0) | (this.rst ? 4 : 0);
    const h = Math.imul(this.seq ^ (this.ack << 7), 0x9e3779b1) ^ Math.imul(this.end, 0x85ebca6b);
    return h ^ (flags << 28) ^ this.sacks.length;
  }
}

const NOTHING = new Uint8Array(0);

export interface SegmentFields {
  readonly syn?: boolean;
  readonly fin?: boolean;
  readonly rst?: boolean;
  readonly seq: number;
  readonly payload?: Uint8Array;
  readonly ack?: number;
  readonly window?: number;
  readonly sacks?: readonly Range[];
  readonly stampUs?: number;
  readonly echoUs?: number;
}
