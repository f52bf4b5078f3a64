/**
 * A running 64-bit hash over all events in order. Two runs are the same run if and only if (with
 * overwhelming probability) their digests agree. Two multiply-rotate lanes, as in MurmurHash3.
 */
export class Digest {
  #a = 0x2545f491;
  #b = 0x6c8e9cf5;

  /** One event: time (low and high word with its kind) and the two hosts. */
  add(low: number, high: number, from: number, to: number): void {
    let a = this.#a;
    let b = this.#b;
    a = Math.imul(a ^ low, 0x85ebca6b);
    b = Math.imul(b ^ from, 0xc2b2ae35);
    a = ((a << 15) | (a >>> 17)) + high;
    b = ((b << 13) | (b >>> 19)) + to;
    a = Math.imul(a ^ b, 0x9e3779b1);
    b = Math.imul(b ^ (a >>> 16), 0x27d4eb2f);
    this.#a = a | 0;
    this.#b = b | 0;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#a) + hex(this.#b);
  }
}
