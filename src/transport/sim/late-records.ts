import { grown } from "../../core/column.ts";
import { RECORD_WORDS } from "./record-pages.ts";

const NONE = -1;

/**
 * Records pushed into the bucket that is being popped: one list in order of insertion for each of
 * its microseconds. Few, as network delays are longer than a bucket.
 */
export class LateRecords {
  words: Int32Array<ArrayBuffer> = new Int32Array(RECORD_WORDS * 16);
  count = 0;
  #next = new Int32Array(16);
  #rows = 0;
  #free = NONE;
  readonly #head: Int32Array;
  readonly #tail: Int32Array;

  constructor(micros: number) {
    this.#head = new Int32Array(micros).fill(NONE);
    this.#tail = new Int32Array(micros).fill(NONE);
  }

  /** Where the new record stands in `words`. */
  append(micro: number): number {
    let row = this.#free;
    if (row !== NONE) this.#free = this.#next[row] as number;
    else {
      row = this.#rows++;
      if (row === this.#next.length) {
        this.#next = grown(this.#next, row * 2);
        this.words = grown(this.words, row * 2 * RECORD_WORDS);
      }
    }
    this.#next[row] = NONE;
    if (this.#head[micro] === NONE) this.#head[micro] = row;
    else this.#next[this.#tail[micro] as number] = row;
    this.#tail[micro] = row;
    this.count++;
    return row * RECORD_WORDS;
  }

  /** The first microsecond from `from`, below `limit`, that has a record; `limit` if none has. */
  firstFrom(from: number, limit: number): number {
    let micro = from;
    while (micro < limit && this.#head[micro] === NONE) micro++;
    return micro;
  }

  forEach(visit: (words: Int32Array, at: number) => void): void {
    for (const first of this.#head) {
      for (let row = first; row !== NONE; row = this.#next[row] as number) {
        visit(this.words, row * RECORD_WORDS);
      }
    }
  }

  /** Copies the first record of a microsecond out: its row may be reused while it is being handled. */
  take(micro: number, to: Int32Array): void {
    const row = this.#head[micro] as number;
    this.#head[micro] = this.#next[row] as number;
    this.#next[row] = this.#free;
    this.#free = row;
    this.count--;
    const from = row * RECORD_WORDS;
    for (let i = 0; i < RECORD_WORDS; i++) to[i] = this.words[from + i] as number;
  }
}
