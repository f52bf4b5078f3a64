import { LateRecords } from "./late-records.ts";
import { OpenBucket } from "./open-bucket.ts";
import { NO_PAGE, RECORD_WORDS, RecordPages } from "./record-pages.ts";

const MICROS_BITS = 8;
const BUCKET_BITS = 16;
const SUPER_BITS = MICROS_BITS + BUCKET_BITS;
const SUPER_US = 2 ** SUPER_BITS;
const MICROS = 1 << MICROS_BITS;
const BUCKETS = 1 << BUCKET_BITS;
const LOW_MASK = (1 << SUPER_BITS) - 1;
/** Super-buckets kept by index: 4.7 hours; what lies beyond waits in one overflow chain. */
const SUPERS = 1 << 10;
const NONE = -1;

/**
 * The pending events, popped in order of time, then of insertion.
 *
 * A timing wheel whose buckets hold the records themselves: a push writes next to the bucket's last
 * record, and a bucket is put in order by its low eight bits of time when it is opened. Time is whole microseconds. Levels: 65,536 buckets of 256 us (16.8 s), 1,024 super-buckets
 * of 16.8 s, one overflow chain. Limit: the memory of the process.
 *
 * After `push` the caller fills the record at the returned place of `target`; after `pop` the record
 * stands at `at` of `record` until the next `pop`.
 */
export class EventQueue {
  target: Int32Array;
  record: Int32Array = new Int32Array(RECORD_WORDS);
  at = 0;
  /** Time of the record popped last. */
  nowUs = 0;
  /** Records pending. */
  size = 0;

  readonly #pages = new RecordPages();
  readonly #head = new Int32Array(BUCKETS).fill(NO_PAGE);
  readonly #tail = new Int32Array(BUCKETS).fill(NO_PAGE);
  readonly #occupied = new Uint32Array(BUCKETS / 32);
  readonly #superHead = new Int32Array(SUPERS).fill(NO_PAGE);
  readonly #superTail = new Int32Array(SUPERS).fill(NO_PAGE);
  #overflowHead = NO_PAGE;
  #overflowTail = NO_PAGE;
  #super = 0;
  /** Number of the bucket being popped, and its records. */
  #open = 0;
  readonly #run = new OpenBucket(MICROS);
  readonly #late = new LateRecords(MICROS);
  readonly #popped = new Int32Array(RECORD_WORDS);

  constructor() {
    this.target = this.#pages.words;
  }

  /**
   * Adds a record at `timeUs`, not before `nowUs`; `kind` is 0 to 127. Returns its place in
   * `target`; its two words of time and kind are written.
   */
  push(timeUs: number, kind: number): number {
    this.size++;
    const superBucket = Math.floor(timeUs / SUPER_US);
    const low = timeUs - superBucket * SUPER_US;
    let place: number;
    if (superBucket === this.#super && low >>> MICROS_BITS === this.#open) {
      place = this.#late.append(low & (MICROS - 1));
      this.target = this.#late.words;
    } else {
      place = this.#place(superBucket, low);
      this.target = this.#pages.words;
    }
    this.target[place] = low | (kind << SUPER_BITS);
    this.target[place + 1] = superBucket;
    return place;
  }

  /** Moves to the next record not later than `limitUs`; false if there is none. */
  pop(limitUs: number): boolean {
    for (;;) {
      if (this.#late.count > 0 && this.#popLate(limitUs)) return true;
      if (!this.#run.isEmpty) {
        const { words } = this.#pages;
        const place = this.#run.first;
        const timeUs = this.#super * SUPER_US + ((words[place] as number) & LOW_MASK);
        if (timeUs > limitUs) return false;
        this.#run.advance();
        this.record = words;
        this.at = place;
        this.nowUs = timeUs;
        this.size--;
        return true;
      }
      if (this.#late.count > 0 || !this.#openNext(limitUs)) return false;
    }
  }

  /** Kind of the record popped last. */
  get kind(): number {
    return (this.record[this.at] as number) >>> SUPER_BITS;
  }

  /**
   * Visits all pending records, in a fixed order that is not that of time. For rare work: it walks
   * all of them. The visitor may change what it visits, and must not push.
   */
  forEachPending(visit: (words: Int32Array, at: number) => void): void {
    this.#run.forEach((place) => {
      visit(this.#pages.words, place);
    });
    this.#late.forEach(visit);
    this.#pages.forEach(visit);
  }

  #place(superBucket: number, low: number): number {
    const pages = this.#pages;
    if (superBucket === this.#super) {
      const bucket = low >>> MICROS_BITS;
      const tail = pages.room(this.#tail[bucket] as number);
      if (this.#head[bucket] === NO_PAGE) {
        this.#head[bucket] = tail;
        const word = bucket >>> 5;
        this.#occupied[word] = (this.#occupied[word] as number) | (1 << (bucket & 31));
      }
      this.#tail[bucket] = tail;
      return pages.slot(tail);
    }
    if (superBucket - this.#super < SUPERS) {
      const i = superBucket & (SUPERS - 1);
      const tail = pages.room(this.#superTail[i] as number);
      if (this.#superHead[i] === NO_PAGE) this.#superHead[i] = tail;
      this.#superTail[i] = tail;
      return pages.slot(tail);
    }
    const tail = pages.room(this.#overflowTail);
    if (this.#overflowHead === NO_PAGE) this.#overflowHead = tail;
    this.#overflowTail = tail;
    return pages.slot(tail);
  }

  /** Pops a late record if one comes before the next of the run; at equal times the run goes first. */
  #popLate(limitUs: number): boolean {
    const startUs = this.#super * SUPER_US + this.#open * MICROS;
    const nextOfRun = this.#run.isEmpty ? MICROS : this.#run.firstMicro;
    const micro = this.#late.firstFrom(Math.max(0, this.nowUs - startUs), nextOfRun);
    if (micro >= nextOfRun || startUs + micro > limitUs) return false;
    this.#late.take(micro, this.#popped);
    this.record = this.#popped;
    this.at = 0;
    this.nowUs = startUs + micro;
    this.size--;
    return true;
  }

  /** Opens the next occupied bucket that begins at or before `limitUs`. */
  #openNext(limitUs: number): boolean {
    for (;;) {
      const bucket = this.#nextOccupied(this.#open + 1);
      if (bucket === NONE) {
        if (!this.#enterNextSuper(limitUs)) return false;
      } else {
        if (this.#super * SUPER_US + bucket * MICROS > limitUs) return false;
        this.#openBucket(bucket);
        return true;
      }
    }
  }

  #nextOccupied(from: number): number {
    if (from >= BUCKETS) return NONE;
    let word = from >>> 5;
    let bits = (this.#occupied[word] as number) & (-1 << (from & 31));
    while (bits === 0) {
      if (++word === this.#occupied.length) return NONE;
      bits = this.#occupied[word] as number;
    }
    return word * 32 + (31 - Math.clz32(bits & -bits));
  }

  #openBucket(bucket: number): void {
    this.#run.open(this.#pages, this.#head[bucket] as number);
    this.#head[bucket] = NO_PAGE;
    this.#tail[bucket] = NO_PAGE;
    const word = bucket >>> 5;
    this.#occupied[word] = (this.#occupied[word] as number) & ~(1 << (bucket & 31));
    this.#open = bucket;
  }

  #enterNextSuper(limitUs: number): boolean {
    let next = NONE;
    for (let s = this.#super + 1; s < this.#super + SUPERS; s++) {
      if (this.#superHead[s & (SUPERS - 1)] !== NO_PAGE) {
        next = s;
        break;
      }
    }
    if (next === NONE) next = this.#firstOverflow();
    if (next === NONE || next * SUPER_US > limitUs) return false;
    this.#super = next;
    this.#open = NONE;
    const i = next & (SUPERS - 1);
    const chain = this.#superHead[i] as number;
    this.#superHead[i] = NO_PAGE;
    this.#superTail[i] = NO_PAGE;
    this.#redistribute(chain);
    // At every step, so that what comes within reach stands before anything pushed there later.
    const overflow = this.#overflowHead;
    this.#overflowHead = NO_PAGE;
    this.#overflowTail = NO_PAGE;
    this.#redistribute(overflow);
    return true;
  }

  #firstOverflow(): number {
    let first = NONE;
    const pages = this.#pages;
    for (let p = this.#overflowHead; p !== NO_PAGE; p = pages.next(p)) {
      for (let at = pages.first(p); at < pages.end(p); at += RECORD_WORDS) {
        const s = pages.words[at + 1] as number;
        if (first === NONE || s < first) first = s;
      }
    }
    return first;
  }

  /** Places the records of a chain again, in their order. */
  #redistribute(chain: number): void {
    const pages = this.#pages;
    for (let p = chain; p !== NO_PAGE; p = pages.free(p)) {
      const end = pages.end(p);
      for (let from = pages.first(p); from < end; from += RECORD_WORDS) {
        const low = (pages.words[from] as number) & LOW_MASK;
        const to = this.#place(pages.words[from + 1] as number, low);
        pages.copy(from, to);
      }
    }
  }
}
