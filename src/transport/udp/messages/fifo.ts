const COMPACT_AT = 256;
const NOTHING: never[] = [];

/** First in, first out, without moving the rest at every step. BOUNDED by its users. */
export class Fifo<T> {
  /** Nothing while nothing is held: most queues belong to idle sessions. */
  #items: T[] = NOTHING;
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    // An array of one, for most never hold more.
    if (this.#items === NOTHING) this.#items = [item];
    else this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#items.length) {
      // Kept while it is small: a queue of one comes and goes.
      this.#items = NOTHING;
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#head; i < this.#items.length; i++) yield this.#items[i] as T;
  }
}
