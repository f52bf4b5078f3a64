import { NO_PAGE, RECORD_WORDS, type RecordPages } from "./record-pages.ts";

/** Buckets of more records are sorted by counting, whose cost does not grow with their square. */
const INSERTION_MAX = 48;

/**
 * The bucket that is being popped: the places of its records in order of time, then of insertion.
 * The records themselves stay where they were pushed, in pages that are freed with the next bucket.
 */
export class OpenBucket {
  /** First to last: where each record stands, and its microsecond within the bucket. */
  #places = new Int32Array(INSERTION_MAX);
  #micros = new Uint8Array(INSERTION_MAX);
  #at = 0;
  #end = 0;
  /** The chain of pages that hold the records. */
  #pages = NO_PAGE;
  readonly #starts: Int32Array;

  /** `micros`: microseconds of a bucket, 256 at most. */
  constructor(micros: number) {
    this.#starts = new Int32Array(micros + 1);
  }

  get isEmpty(): boolean {
    return this.#at === this.#end;
  }

  /** Where the next record stands. */
  get first(): number {
    return this.#places[this.#at] as number;
  }

  get firstMicro(): number {
    return this.#micros[this.#at] as number;
  }

  advance(): void {
    this.#at++;
  }

  forEach(visit: (place: number) => void): void {
    for (let i = this.#at; i < this.#end; i++) visit(this.#places[i] as number);
  }

  /** Takes a chain of pages over and puts its records in order. All of the bucket before were popped. */
  open(pages: RecordPages, chain: number): void {
    for (let p = this.#pages; p !== NO_PAGE; ) p = pages.free(p);
    this.#pages = chain;
    this.#at = 0;
    this.#end = 0;
    let count = 0;
    for (let p = chain; p !== NO_PAGE; p = pages.next(p)) count += pages.count(p);
    if (count > this.#places.length) {
      this.#places = new Int32Array(count * 2);
      this.#micros = new Uint8Array(count * 2);
    }
    if (count > INSERTION_MAX) this.#prepareCounting(pages, chain);
    const { words } = pages;
    for (let p = chain; p !== NO_PAGE; p = pages.next(p)) {
      const end = pages.end(p);
      for (let place = pages.first(p); place < end; place += RECORD_WORDS) {
        const micro = (words[place] as number) & 0xff;
        if (count > INSERTION_MAX) this.#putCounted(place, micro);
        else this.#insert(place, micro);
      }
      pages.disown(p);
    }
    this.#end = count;
  }

  /** Behind all that are not later. */
  #insert(place: number, micro: number): void {
    const places = this.#places;
    const micros = this.#micros;
    let i = this.#end++;
    for (; i > 0 && (micros[i - 1] as number) > micro; i--) {
      places[i] = places[i - 1] as number;
      micros[i] = micros[i - 1] as number;
    }
    places[i] = place;
    micros[i] = micro;
  }

  /** Where the records of each microsecond begin. */
  #prepareCounting(pages: RecordPages, chain: number): void {
    const { words } = pages;
    const starts = this.#starts.fill(0);
    for (let p = chain; p !== NO_PAGE; p = pages.next(p)) {
      const end = pages.end(p);
      for (let place = pages.first(p); place < end; place += RECORD_WORDS) {
        const after = ((words[place] as number) & 0xff) + 1;
        starts[after] = (starts[after] as number) + 1;
      }
    }
    for (let i = 1; i < starts.length; i++) {
      starts[i] = (starts[i] as number) + (starts[i - 1] as number);
    }
  }

  #putCounted(place: number, micro: number): void {
    const i = this.#starts[micro] as number;
    this.#starts[micro] = i + 1;
    this.#places[i] = place;
    this.#micros[i] = micro;
  }
}
