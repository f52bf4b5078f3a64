import { FRAME_HEADER_BYTES, type Frame, HELLO_FRAME_BYTES_MAX, readFrame } from "./frames.ts";

const LENGTH_BYTES = FRAME_HEADER_BYTES - 1;
const FIRST_CAPACITY = 1_024;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a stream, arriving in chunks of any size, into frames. What has arrived of an unfinished
 * frame is kept in a buffer that grows with it: a length that a stranger claims allocates nothing.
 *
 * A malformed frame ends it: a stream that has lost its frame boundaries has no way back.
 */
export class FrameParser {
  readonly #onFrame: (frame: Frame) => void;
  /** The unfinished frame. BOUNDED: a length field and `limitBytes`. */
  #buffer = NOTHING;
  #held = 0;
  #ended = false;
  /** Longest frame taken, the length field excluded. Raised by its owner after the hello. */
  limitBytes = HELLO_FRAME_BYTES_MAX;

  /** A frame handed to `onFrame` views the parser's memory: it is valid until `onFrame` returns. */
  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether a frame has begun and not ended. */
  get inFrame(): boolean {
    return this.#held > 0;
  }

  /** Takes no more, not even the rest of the present chunk. */
  end(): void {
    this.#ended = true;
    this.#buffer = NOTHING;
    this.#held = 0;
  }

  /** Hands on the frames that this chunk completes. False: malformed, close the connection. */
  push(chunk: Buffer): boolean {
    let at = 0;
    if (this.#held > 0) {
      at = this.#complete(chunk);
      if (at < 0) return false;
    }
    while (!this.#ended && chunk.length - at >= LENGTH_BYTES) {
      const length = chunk.readUInt32BE(at);
      if (!this.#allows(length)) return false;
      const end = at + LENGTH_BYTES + length;
      if (end > chunk.length) break;
      if (!this.#deliver(chunk.subarray(at + LENGTH_BYTES, end))) return false;
      at = end;
    }
    if (!this.#ended && at < chunk.length) this.#hold(chunk, at, chunk.length);
    return true;
  }

  /** Finishes the held frame with the beginning of `chunk`: how much it took, or -1 if malformed. */
  #complete(chunk: Buffer): number {
    let at = 0;
    if (this.#held < LENGTH_BYTES) {
      at = Math.min(LENGTH_BYTES - this.#held, chunk.length);
      this.#hold(chunk, 0, at);
      if (this.#held < LENGTH_BYTES) return at;
    }
    const length = this.#buffer.readUInt32BE(0);
    if (!this.#allows(length)) return -1;
    const end = Math.min(at + LENGTH_BYTES + length - this.#held, chunk.length);
    this.#hold(chunk, at, end);
    if (this.#held < LENGTH_BYTES + length) return end;
    const bytes = this.#buffer.subarray(LENGTH_BYTES, this.#held);
    this.#buffer = NOTHING;
    this.#held = 0;
    return this.#deliver(bytes) ? end : -1;
  }

  #hold(chunk: Buffer, from: number, to: number): void {
    const held = this.#held + to - from;
    if (held > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, held, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#held);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#held, from, to);
    this.#held = held;
  }

  #allows(length: number): boolean {
    return length >= 1 && length <= this.limitBytes;
  }

  #deliver(bytes: Buffer): boolean {
    const frame = readFrame(bytes);
    if (frame === undefined) return false;
    this.#onFrame(frame);
    return true;
  }
}
