/** Largest counter of a stamp; beyond it the clock moves on by a millisecond. */
export const COUNTER_MAX = 0xffff;

/**
 * When and by whom an operation was made: hybrid logical time and writer. It orders all writes of a
 * name and is the identity of an operation, the same on every retry. Source: Kulkarni et al.,
 * Logical Physical Clocks (OPODIS 2014).
 */
export interface Stamp {
  /** Milliseconds since 1970, by the writer's clock or a later one that it has heard of. */
  readonly ms: number;
  /** Orders stamps of one millisecond, 0 to `COUNTER_MAX`. */
  readonly counter: number;
  /** 32 bits that differ between writers and between lives of a writer. */
  readonly writer: number;
}

/** Negative, zero (the same operation) or positive: the later stamp is the greater. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.ms - b.ms || a.counter - b.counter || a.writer - b.writer;
}

export function formatStamp({ ms, counter, writer }: Stamp): string {
  return `${ms}.${counter}@${writer.toString(16).padStart(8, "0")}`;
}

/** Makes the stamps of one writer: each later than all before and than every one observed. */
export class HybridClock {
  readonly #wallMs: () => number;
  readonly #writer: number;
  readonly #followMs: number;
  #ms = 0;
  #counter = 0;

  /** `followMs`: how far ahead of the wall clock an observed stamp is believed. */
  constructor(wallMs: () => number, writer: number, followMs: number) {
    this.#wallMs = wallMs;
    this.#writer = writer >>> 0;
    this.#followMs = followMs;
  }

  next(): Stamp {
    const wallMs = Math.max(0, Math.floor(this.#wallMs()));
    if (wallMs > this.#ms) {
      this.#ms = wallMs;
      this.#counter = 0;
    } else if (this.#counter < COUNTER_MAX) {
      this.#counter++;
    } else {
      this.#ms++;
      this.#counter = 0;
    }
    return { ms: this.#ms, counter: this.#counter, writer: this.#writer };
  }

  /** Later stamps of this clock are greater than the one seen, unless that lies too far ahead. */
  observe(seen: Stamp): void {
    if (seen.ms > this.#wallMs() + this.#followMs) return;
    if (seen.ms > this.#ms || (seen.ms === this.#ms && seen.counter > this.#counter)) {
      this.#ms = seen.ms;
      this.#counter = seen.counter;
    }
  }
}
