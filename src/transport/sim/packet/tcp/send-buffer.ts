/** Bytes written and not yet cut into segments. BOUNDED by its writer, which looks at `bytes`. */
export class SendBuffer {
  readonly #chunks: Uint8Array[] = [];
  #first = 0;
  /** Bytes of the first chunk that are gone. */
  #offset = 0;
  bytes = 0;

  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /** The next bytes, at most so many; a view where they lie in one piece. */
  take(bytesMax: number): Uint8Array {
    const wanted = Math.min(bytesMax, this.bytes);
    const head = this.#chunks[this.#first];
    if (head !== undefined && head.length - this.#offset >= wanted) return this.#cut(head, wanted);
    const whole = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const chunk = this.#chunks[this.#first] as Uint8Array;
      const part = this.#cut(chunk, Math.min(wanted - filled, chunk.length - this.#offset));
      whole.set(part, filled);
      filled += part.length;
    }
    return whole;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#first = 0;
    this.#offset = 0;
    this.bytes = 0;
  }

  #cut(chunk: Uint8Array, length: number): Uint8Array {
    const part = chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    this.bytes -= length;
    if (this.#offset === chunk.length) {
      this.#offset = 0;
      this.#first++;
      if (this.#first > 64) {
        this.#chunks.splice(0, this.#first);
        this.#first = 0;
      }
    }
    return part;
  }
}
