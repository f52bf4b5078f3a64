const CHILDREN = 4;
const ABSENT = -1;

/**
 * A priority queue of numbered slots by (time, order of setting). Each slot stands in it at most
 * once, and moving or removing one costs as little as finding the first: timers that are re-armed
 * at every message leave no dead entries behind.
 *
 * Shape: a heap of four children a node, with the place of each slot kept beside it.
 */
export class TimerHeap {
  /** Slots in heap order. */
  #heap = new Int32Array(64);
  #size = 0;
  #places = new Int32Array(64).fill(ABSENT);
  #times = new Float64Array(64);
  #sequences = new Float64Array(64);
  #nextSequence = 0;

  get size(): number {
    return this.#size;
  }

  /** The time of the first slot, or `Infinity`. */
  get firstTime(): number {
    return this.#size === 0
      ? Number.POSITIVE_INFINITY
      : (this.#times[this.#heap[0] as number] as number);
  }

  clear(): void {
    this.#size = 0;
    this.#places.fill(ABSENT);
  }

  /** Puts the slot in at this time, or moves it there. Among equal times the first set is first. */
  set(slot: number, time: number): void {
    this.#makeRoomFor(slot);
    this.#times[slot] = time;
    this.#sequences[slot] = this.#nextSequence++;
    let place = this.#places[slot] as number;
    if (place === ABSENT) {
      place = this.#size++;
      if (place === this.#heap.length) {
        const heap = new Int32Array(place * 2);
        heap.set(this.#heap);
        this.#heap = heap;
      }
      this.#put(place, slot);
    }
    if (!this.#rise(place)) this.#sink(place);
  }

  remove(slot: number): void {
    const place = slot < this.#places.length ? (this.#places[slot] as number) : ABSENT;
    if (place === ABSENT) return;
    this.#places[slot] = ABSENT;
    const last = this.#heap[--this.#size] as number;
    if (last === slot) return;
    this.#put(place, last);
    if (!this.#rise(place)) this.#sink(place);
  }

  /** Takes out the first slot if its time has come, or gives -1. */
  takeDue(now: number): number {
    if (this.#size === 0 || this.firstTime > now) return ABSENT;
    const slot = this.#heap[0] as number;
    this.remove(slot);
    return slot;
  }

  #put(place: number, slot: number): void {
    this.#heap[place] = slot;
    this.#places[slot] = place;
  }

  #before(a: number, b: number): boolean {
    const x = this.#times[a] as number;
    const y = this.#times[b] as number;
    return x === y ? (this.#sequences[a] as number) < (this.#sequences[b] as number) : x < y;
  }

  /** Whether the slot at this place moved towards the front. */
  #rise(from: number): boolean {
    const slot = this.#heap[from] as number;
    let place = from;
    while (place > 0) {
      const parent = Math.floor((place - 1) / CHILDREN);
      const other = this.#heap[parent] as number;
      if (!this.#before(slot, other)) break;
      this.#put(place, other);
      place = parent;
    }
    this.#put(place, slot);
    return place !== from;
  }

  #sink(from: number): void {
    const slot = this.#heap[from] as number;
    let place = from;
    for (;;) {
      const first = place * CHILDREN + 1;
      if (first >= this.#size) break;
      let least = first;
      const end = Math.min(first + CHILDREN, this.#size);
      for (let child = first + 1; child < end; child++) {
        if (this.#before(this.#heap[child] as number, this.#heap[least] as number)) least = child;
      }
      const other = this.#heap[least] as number;
      if (!this.#before(other, slot)) break;
      this.#put(place, other);
      place = least;
    }
    this.#put(place, slot);
  }

  #makeRoomFor(slot: number): void {
    if (slot < this.#places.length) return;
    const length = Math.max(slot + 1, this.#places.length * 2);
    const places = new Int32Array(length).fill(ABSENT);
    places.set(this.#places);
    this.#places = places;
    const times = new Float64Array(length);
    times.set(this.#times);
    this.#times = times;
    const sequences = new Float64Array(length);
    sequences.set(this.#sequences);
    this.#sequences = sequences;
  }
}
