const SLAB_BYTES = 8_192;
/** Longer ones get an array of their own, so that none of them keeps a slab for itself. */
const SHORT_BYTES_MAX = 1_024;

/**
 * Copies of short byte strings, side by side in slabs: an array of its own takes more time and room
 * than its bytes. A slab is never written twice, and goes when its last copy does.
 */
export class ByteSlab {
  #slab = new Uint8Array(0);
  #at = 0;

  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > SHORT_BYTES_MAX) return new Uint8Array(bytes);
    if (this.#at + bytes.length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += bytes.length;
    this.#slab.set(bytes, start);
    return this.#slab.subarray(start, this.#at);
  }
}
