const PREFIX_BYTES = 4;
/** Copied together with its prefix below this: one buffer is cheaper than two. */
const COPY_BYTES_MAX = 4_096;

/** A message with its length before it, as one or two buffers to be written one after the other. */
export function prefixed(body: Uint8Array): readonly Uint8Array[] {
  if (body.length > COPY_BYTES_MAX) {
    const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
    prefix.writeUInt32BE(body.length);
    return [prefix, body];
  }
  const whole = Buffer.allocUnsafe(PREFIX_BYTES + body.length);
  whole.writeUInt32BE(body.length);
  whole.set(body, PREFIX_BYTES);
  return [whole];
}

/** Cuts a stream of bytes into the messages that `prefixed` wrote. Trusts its peer: for benchmarks alone. */
export class LengthPrefixReader {
  readonly #onBody: (body: Buffer) => void;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;

  constructor(onBody: (body: Buffer) => void) {
    this.#onBody = onBody;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at += this.#body === undefined ? this.#readPrefix(chunk, at) : this.#readBody(chunk, at);
    }
  }

  #readPrefix(chunk: Buffer, at: number): number {
    const taken = chunk.copy(
      this.#prefix,
      this.#prefixFilled,
      at,
      at + PREFIX_BYTES - this.#prefixFilled,
    );
    this.#prefixFilled += taken;
    if (this.#prefixFilled < PREFIX_BYTES) return taken;
    this.#prefixFilled = 0;
    const length = this.#prefix.readUInt32BE();
    const from = at + taken;
    if (chunk.length - from >= length) {
      this.#onBody(chunk.subarray(from, from + length));
      return taken + length;
    }
    this.#body = Buffer.allocUnsafe(length);
    this.#bodyFilled = 0;
    return taken;
  }

  #readBody(chunk: Buffer, at: number): number {
    const body = this.#body as Buffer;
    const taken = chunk.copy(body, this.#bodyFilled, at);
    this.#bodyFilled += taken;
    if (this.#bodyFilled === body.length) {
      this.#body = undefined;
      this.#onBody(body);
    }
    return taken;
  }
}
