import { EventQueue } from "../../src/transport/sim/event-queue.ts";

/** What the hold model asks of a queue: the earliest first, ties in order of insertion. */
export interface HoldQueue {
  /** `id` comes back with the event. Times are whole microseconds, not before the last popped. */
  push(timeUs: number, id: number): void;
  /** The next event's ID; its time is in `nowUs`. There is one. */
  pop(): number;
  readonly nowUs: number;
}

/** A kind of queue, for so many events pending, whose mean delay is known. */
export interface QueueKind {
  readonly name: string;
  /** What it is, in a few words. */
  readonly what: string;
  create(pending: number, meanDelayUs: number): HoldQueue;
}

/** The simulator's own, with its whole records. */
const ours: QueueKind = {
  name: "ours",
  what: "timing wheel of record pages; records of the simulator",
  create: () => {
    const queue = new EventQueue();
    return {
      push(timeUs, id) {
        const at = queue.push(timeUs, 1);
        queue.target[at + 2] = id;
      },
      pop() {
        queue.pop(Number.MAX_SAFE_INTEGER);
        return queue.record[queue.at + 2] as number;
      },
      get nowUs() {
        return queue.nowUs;
      },
    };
  },
};

interface Entry {
  readonly timeUs: number;
  readonly order: number;
  readonly id: number;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.order < b.order);

/** What a program writes without thinking of its cache: one object an event. */
class ObjectHeap implements HoldQueue {
  nowUs = 0;
  readonly #heap: Entry[] = [];
  #order = 0;

  push(timeUs: number, id: number): void {
    const heap = this.#heap;
    const entry = { timeUs, order: this.#order++, id };
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[i] = heap[parent] as Entry;
      i = parent;
    }
    heap[i] = entry;
  }

  pop(): number {
    const heap = this.#heap;
    const top = heap[0] as Entry;
    const last = heap.pop() as Entry;
    const size = heap.length;
    let i = 0;
    while (size > 0) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    if (size > 0) heap[i] = last;
    this.nowUs = top.timeUs;
    return top.id;
  }
}

const ARITY = 4;

/** Times, orders and IDs in columns; four children a node. */
class TypedHeap implements HoldQueue {
  nowUs = 0;
  readonly #timeUs: Float64Array;
  readonly #orders: Float64Array;
  readonly #ids: Int32Array;
  #size = 0;
  #order = 0;

  constructor(pending: number) {
    this.#timeUs = new Float64Array(pending + 1);
    this.#orders = new Float64Array(pending + 1);
    this.#ids = new Int32Array(pending + 1);
  }

  push(timeUs: number, id: number): void {
    const order = this.#order++;
    let i = this.#size++;
    while (i > 0) {
      const parent = Math.floor((i - 1) / ARITY);
      if (!this.#isLater(parent, timeUs, order)) break;
      this.#move(parent, i);
      i = parent;
    }
    this.#put(i, timeUs, order, id);
  }

  pop(): number {
    const id = this.#ids[0] as number;
    this.nowUs = this.#timeUs[0] as number;
    const size = --this.#size;
    const timeUs = this.#timeUs[size] as number;
    const order = this.#orders[size] as number;
    let i = 0;
    for (;;) {
      const first = i * ARITY + 1;
      if (first >= size) break;
      const least = this.#least(first, Math.min(first + ARITY, size));
      if (this.#isLater(least, timeUs, order)) break;
      this.#move(least, i);
      i = least;
    }
    this.#put(i, timeUs, order, this.#ids[size] as number);
    return id;
  }

  #least(first: number, end: number): number {
    let least = first;
    for (let i = first + 1; i < end; i++) {
      if (this.#isLater(least, this.#timeUs[i] as number, this.#orders[i] as number)) least = i;
    }
    return least;
  }

  #isLater(i: number, timeUs: number, order: number): boolean {
    const own = this.#timeUs[i] as number;
    return own > timeUs || (own === timeUs && (this.#orders[i] as number) > order);
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#timeUs[from] as number,
      this.#orders[from] as number,
      this.#ids[from] as number,
    );
  }

  #put(i: number, timeUs: number, order: number, id: number): void {
    this.#timeUs[i] = timeUs;
    this.#orders[i] = order;
    this.#ids[i] = id;
  }
}

const NONE = -1;

/**
 * A calendar (Brown 1988): as many days as events, a day as long as they lie apart, sorted lists in
 * columns. Laid out for a known number of events and mean delay: it never has to be laid out anew.
 */
class CalendarQueue implements HoldQueue {
  nowUs = 0;
  readonly #dayUs: number;
  readonly #days: number;
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #timeUs: Float64Array;
  readonly #ids: Int32Array;
  #free = NONE;
  #used = 0;

  constructor(pending: number, meanDelayUs: number) {
    this.#days = 2 ** Math.ceil(Math.log2(Math.max(2, pending)));
    this.#dayUs = Math.max(1, Math.round((3 * meanDelayUs) / pending));
    this.#first = new Int32Array(this.#days).fill(NONE);
    this.#next = new Int32Array(pending + 1);
    this.#timeUs = new Float64Array(pending + 1);
    this.#ids = new Int32Array(pending + 1);
  }

  push(timeUs: number, id: number): void {
    const row = this.#take();
    this.#timeUs[row] = timeUs;
    this.#ids[row] = id;
    const day = this.#dayOf(timeUs);
    let before = NONE;
    let after = this.#first[day] as number;
    while (after !== NONE && (this.#timeUs[after] as number) <= timeUs) {
      before = after;
      after = this.#next[after] as number;
    }
    this.#next[row] = after;
    if (before === NONE) this.#first[day] = row;
    else this.#next[before] = row;
  }

  pop(): number {
    let startUs = this.nowUs - (this.nowUs % this.#dayUs);
    for (let days = 0; days < this.#days; days++) {
      const row = this.#first[this.#dayOf(startUs)] as number;
      startUs += this.#dayUs;
      if (row !== NONE && (this.#timeUs[row] as number) < startUs) return this.#remove(row);
    }
    // Nothing in a whole year: the earliest of all.
    let earliest = NONE;
    for (const row of this.#first) {
      if (row === NONE) continue;
      const isEarlier =
        earliest === NONE || (this.#timeUs[row] as number) < (this.#timeUs[earliest] as number);
      if (isEarlier) earliest = row;
    }
    return this.#remove(earliest);
  }

  #remove(row: number): number {
    this.nowUs = this.#timeUs[row] as number;
    this.#first[this.#dayOf(this.nowUs)] = this.#next[row] as number;
    this.#next[row] = this.#free;
    this.#free = row;
    return this.#ids[row] as number;
  }

  #take(): number {
    const row = this.#free;
    if (row === NONE) return this.#used++;
    this.#free = this.#next[row] as number;
    return row;
  }

  #dayOf(timeUs: number): number {
    return Math.floor(timeUs / this.#dayUs) % this.#days;
  }
}

/** All queues that are compared; the first is the simulator's. */
export const QUEUE_KINDS: readonly QueueKind[] = [
  ours,
  {
    name: "object heap",
    what: "binary heap, an object an event",
    create: () => new ObjectHeap(),
  },
  {
    name: "typed heap",
    what: "4-ary heap in columns",
    create: (pending) => new TypedHeap(pending),
  },
  {
    name: "calendar",
    what: "calendar queue in columns, laid out for the load",
    create: (pending, meanDelayUs) => new CalendarQueue(pending, meanDelayUs),
  },
];
