interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: events run in the order of their times, and of their registration where those are equal. */
export class VirtualTime {
  nowUs = 1_000_000;
  readonly #heap: Event[] = [];
  #order = 0;

  /** Runs `run` so many microseconds from now. */
  after(delayUs: number, run: () => void): void {
    const event = { atUs: this.nowUs + Math.max(0, delayUs), order: this.#order++, run };
    const heap = this.#heap;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[place] = heap[parent] as Event;
      place = parent;
    }
    heap[place] = event;
  }

  /** Runs everything that is due until then. */
  runUntil(endUs: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.atUs <= endUs; ) {
      this.#removeFirst();
      this.nowUs = first.atUs;
      first.run();
      first = this.#heap[0];
    }
    this.nowUs = endUs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[place] = heap[child] as Event;
      place = child;
    }
    heap[place] = last;
  }
}

const isBefore = (a: Event, b: Event): boolean =>
  a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
