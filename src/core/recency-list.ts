const NONE = -1;

/** Rows of a table in the order in which they were last touched, in two columns of integers. */
export class RecencyList {
  /** By row: the next younger and older one. A row that is not in the list is its own neighbour. */
  #younger = new Int32Array(0);
  #older = new Int32Array(0);
  #oldest = NONE;
  #youngest = NONE;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The row untouched for longest, or -1. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Makes the row the youngest, whether or not it was in the list. */
  touch(row: number): void {
    if (row === this.#youngest) return;
    this.remove(row);
    this.#older[row] = this.#youngest;
    this.#younger[row] = NONE;
    if (this.#youngest === NONE) this.#oldest = row;
    else this.#younger[this.#youngest] = row;
    this.#youngest = row;
    this.#size++;
  }

  remove(row: number): void {
    this.#makeRoomFor(row);
    const older = this.#older[row] as number;
    const younger = this.#younger[row] as number;
    if (older === row) return;
    if (older === NONE) this.#oldest = younger;
    else this.#younger[older] = younger;
    if (younger === NONE) this.#youngest = older;
    else this.#older[younger] = older;
    this.#older[row] = row;
    this.#younger[row] = row;
    this.#size--;
  }

  #makeRoomFor(row: number): void {
    const before = this.#older.length;
    if (row < before) return;
    const length = Math.max(64, row + 1, before * 2);
    const grown = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(length);
      to.set(from);
      for (let added = before; added < length; added++) to[added] = added;
      return to;
    };
    this.#older = grown(this.#older);
    this.#younger = grown(this.#younger);
  }
}
