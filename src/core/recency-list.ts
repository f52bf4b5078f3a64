import { grown } from "./column.ts";

/** Links are rows from `FIRST`, so that zeros, of which new columns consist, say that a row is not in the list. */
const OUTSIDE = 0;
const END = 1;
const FIRST = 2;

/** Rows of a table in the order in which they were last touched, in two columns of integers. */
export class RecencyList {
  /** By row: the link to the next younger and older one. */
  #younger = new Int32Array(0);
  #older = new Int32Array(0);
  #oldest = END;
  #youngest = END;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The row untouched for longest, or -1. */
  get oldest(): number {
    return this.#oldest === END ? -1 : this.#oldest - FIRST;
  }

  /** Makes the row the youngest, whether or not it was in the list. */
  touch(row: number): void {
    const link = row + FIRST;
    if (link === this.#youngest) return;
    this.remove(row);
    this.#makeRoomFor(row);
    this.#older[row] = this.#youngest;
    this.#younger[row] = END;
    if (this.#youngest === END) this.#oldest = link;
    else this.#younger[this.#youngest - FIRST] = link;
    this.#youngest = link;
    this.#size++;
  }

  remove(row: number): void {
    const older = this.#older[row] ?? OUTSIDE;
    if (older === OUTSIDE) return;
    const younger = this.#younger[row] as number;
    if (older === END) this.#oldest = younger;
    else this.#younger[older - FIRST] = younger;
    if (younger === END) this.#youngest = older;
    else this.#older[younger - FIRST] = older;
    this.#older[row] = OUTSIDE;
    this.#younger[row] = OUTSIDE;
    this.#size--;
  }

  #makeRoomFor(row: number): void {
    const before = this.#older.length;
    if (row < before) return;
    const length = Math.max(64, row + 1, before * 2);
    this.#older = grown(this.#older, length);
    this.#younger = grown(this.#younger, length);
  }
}
