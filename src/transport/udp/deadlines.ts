/** Something that wants to be woken. */
export interface Sleeper {
  /** Its place in the heap; -1: not in it. Kept by the heap. */
  heapPlace: number;
  /** When it is woken at the latest. Kept by the heap. */
  wakeUs: number;
}

/**
 * Who is to be woken next: a binary heap in which a sleeper stands at most once. A deadline that
 * moves away is left where it is; the sleeper is woken for nothing once and then moved. That makes the
 * common case, a timer pushed on by every acknowledgement, free.
 */
export class Deadlines<T extends Sleeper> {
  readonly #heap: T[] = [];

  /** When somebody is to be woken, or `Infinity`. */
  get firstUs(): number {
    return this.#heap[0]?.wakeUs ?? Number.POSITIVE_INFINITY;
  }

  /** Wake the sleeper at this time, or earlier. */
  atLatest(sleeper: T, timeUs: number): void {
    if (timeUs === Number.POSITIVE_INFINITY) return;
    if (sleeper.heapPlace < 0) {
      sleeper.wakeUs = timeUs;
      sleeper.heapPlace = this.#heap.length;
      this.#heap.push(sleeper);
    } else if (timeUs < sleeper.wakeUs) {
      sleeper.wakeUs = timeUs;
    } else return;
    this.#rise(sleeper.heapPlace);
  }

  /** Takes out the first sleeper whose time has come. */
  takeDue(nowUs: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.wakeUs > nowUs) return undefined;
    this.remove(first);
    return first;
  }

  remove(sleeper: T): void {
    const place = sleeper.heapPlace;
    if (place < 0) return;
    sleeper.heapPlace = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === sleeper) return;
    this.#put(place, last);
    this.#rise(place);
    this.#sink(last.heapPlace);
  }

  #put(place: number, sleeper: T): void {
    this.#heap[place] = sleeper;
    sleeper.heapPlace = place;
  }

  #rise(from: number): void {
    let place = from;
    const sleeper = this.#heap[place] as T;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = this.#heap[parent] as T;
      if (other.wakeUs <= sleeper.wakeUs) break;
      this.#put(place, other);
      place = parent;
    }
    this.#put(place, sleeper);
  }

  #sink(from: number): void {
    let place = from;
    const sleeper = this.#heap[place] as T;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= this.#heap.length) break;
      const right = this.#heap[left + 1];
      const least =
        right !== undefined && right.wakeUs < (this.#heap[left] as T).wakeUs ? left + 1 : left;
      const other = this.#heap[least] as T;
      if (other.wakeUs >= sleeper.wakeUs) break;
      this.#put(place, other);
      place = least;
    }
    this.#put(place, sleeper);
  }
}
