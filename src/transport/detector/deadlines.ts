/** Something that wants to be woken. */
export interface Sleeper {
  /** Its place in the heap; -1: not in it. Kept by the heap. */
  heapPlace: number;
  /** When it is to be woken; `Infinity`: never. Kept by the heap. */
  dueUs: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const PLACES_MIN = 4;

/**
 * Who is to be woken next: a binary heap in which a sleeper stands at most once. A deadline that
 * moves away stays where it is until its old time comes, and is moved then. That makes the common
 * case, a timer pushed on by every acknowledgement, free.
 */
export class Deadlines<T extends Sleeper> {
  readonly #heap: T[] = [];
  /** When each place of the heap comes up, not later than its sleeper is due: compared without a look at the sleepers. */
  #timesUs = new Float64Array(PLACES_MIN);

  /** Nobody is to be woken before this; `Infinity`: nobody ever. */
  get firstUs(): number {
    return this.#heap.length === 0 ? NEVER : (this.#timesUs[0] as number);
  }

  /** Wake the sleeper at this time, whatever was said before. */
  set(sleeper: T, timeUs: number): void {
    sleeper.dueUs = timeUs;
    const place = sleeper.heapPlace;
    if (place >= 0) {
      if (timeUs < (this.#timesUs[place] as number)) this.#rise(place, sleeper, timeUs);
      return;
    }
    if (timeUs === NEVER) return;
    const last = this.#heap.length;
    if (last === this.#timesUs.length) this.#grow();
    this.#heap.push(sleeper);
    this.#rise(last, sleeper, timeUs);
  }

  /** Takes out the first sleeper whose time has come. */
  takeDue(nowUs: number): T | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (this.#timesUs[0] as number) > nowUs) return undefined;
      const { dueUs } = first;
      if (dueUs === this.#timesUs[0] || dueUs === NEVER) this.remove(first);
      else this.#sink(0, first, dueUs);
      if (first.heapPlace < 0 && dueUs !== NEVER) return first;
    }
  }

  remove(sleeper: T): void {
    const place = sleeper.heapPlace;
    if (place < 0) return;
    sleeper.heapPlace = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === sleeper) return;
    const timeUs = this.#timesUs[this.#heap.length] as number;
    if (timeUs < (this.#timesUs[place] as number)) this.#rise(place, last, timeUs);
    else this.#sink(place, last, timeUs);
  }

  #put(place: number, sleeper: T, timeUs: number): void {
    this.#heap[place] = sleeper;
    this.#timesUs[place] = timeUs;
    sleeper.heapPlace = place;
  }

  /** Puts a sleeper there, or as far above as its time is earlier. */
  #rise(from: number, sleeper: T, timeUs: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const parentUs = this.#timesUs[parent] as number;
      if (parentUs <= timeUs) break;
      this.#put(place, this.#heap[parent] as T, parentUs);
      place = parent;
    }
    this.#put(place, sleeper, timeUs);
  }

  /** Puts a sleeper there, or as far below as its time is later. */
  #sink(from: number, sleeper: T, timeUs: number): void {
    const times = this.#timesUs;
    const size = this.#heap.length;
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= size) break;
      const right = left + 1;
      const rightIsLess = right < size && (times[right] as number) < (times[left] as number);
      const least = rightIsLess ? right : left;
      const leastUs = times[least] as number;
      if (leastUs >= timeUs) break;
      this.#put(place, this.#heap[least] as T, leastUs);
      place = least;
    }
    this.#put(place, sleeper, timeUs);
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#timesUs.length);
    times.set(this.#timesUs);
    this.#timesUs = times;
  }
}
