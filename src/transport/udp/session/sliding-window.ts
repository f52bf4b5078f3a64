const SLOTS_MIN = 4;
const EMPTY: undefined[] = [];

/**
 * Items under consecutive numbers, of which the oldest leave first, mostly: a ring that grows by
 * doubling. `first` is the oldest number that still holds an item, or `next` if none does.
 * BOUNDED by its users: they look at `span` before they push.
 */
export class SlidingWindow<T extends object> {
  /** Nothing while nothing is held: most windows belong to idle sessions. */
  #slots: (T | undefined)[] = EMPTY;
  #first: number;
  #next: number;

  constructor(firstNumber: number) {
    this.#first = firstNumber;
    this.#next = firstNumber;
  }

  get first(): number {
    return this.#first;
  }

  get next(): number {
    return this.#next;
  }

  get span(): number {
    return this.#next - this.#first;
  }

  /** Takes the next number, with an item or with nothing to remember. Returns the number. */
  push(item: T | undefined): number {
    const number = this.#next++;
    if (item === undefined && this.#first === number) {
      this.#first = this.#next;
      return number;
    }
    if (this.span > this.#slots.length) this.#grow();
    this.#slots[number % this.#slots.length] = item;
    return number;
  }

  get(number: number): T | undefined {
    if (number < this.#first || number >= this.#next) return undefined;
    return this.#slots[number % this.#slots.length];
  }

  remove(number: number): void {
    if (number < this.#first || number >= this.#next) return;
    const slots = this.#slots;
    slots[number % slots.length] = undefined;
    while (this.#first < this.#next && slots[this.#first % slots.length] === undefined) {
      this.#first++;
    }
    if (this.#first === this.#next) this.#slots = EMPTY;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Array<T | undefined>(
      Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2(this.span + 1))),
    );
    slots.fill(undefined);
    for (let number = this.#first; number < this.#next - 1; number++) {
      slots[number % slots.length] = old[number % old.length];
    }
    this.#slots = slots;
  }
}
