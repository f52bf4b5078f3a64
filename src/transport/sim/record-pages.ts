import { grown } from "../../core/column.ts";
import { FLAT_WORDS } from "../../wire/message.ts";

/** Words of one event record: two of time and kind, four of header, then a flat message. */
export const RECORD_WORDS = 6 + FLAT_WORDS;
export const NO_PAGE = -1;

const PAGE_RECORDS = 8;
const PAGE_WORDS = PAGE_RECORDS * RECORD_WORDS;

/**
 * Event records in chained pages of one typed array, so that the records of a chain stand next to
 * each other in memory. A chain is known by its first and last page. Limit: the memory of the process.
 */
export class RecordPages {
  words: Int32Array<ArrayBuffer> = new Int32Array(PAGE_WORDS * 64);
  #next = new Int32Array(64).fill(NO_PAGE);
  #count = new Uint8Array(64);
  #pages = 0;
  #free = NO_PAGE;

  /** The chain's last page if a record fits, else a new one linked behind it. */
  room(tail: number): number {
    if (tail !== NO_PAGE && (this.#count[tail] as number) < PAGE_RECORDS) return tail;
    const page = this.#take();
    if (tail !== NO_PAGE) this.#next[tail] = page;
    return page;
  }

  /** Where the next record of a page with room stands in `words`. */
  slot(page: number): number {
    const n = this.#count[page] as number;
    this.#count[page] = n + 1;
    return page * PAGE_WORDS + n * RECORD_WORDS;
  }

  first(page: number): number {
    return page * PAGE_WORDS;
  }

  /** One past the last record of a page. */
  end(page: number): number {
    return page * PAGE_WORDS + (this.#count[page] as number) * RECORD_WORDS;
  }

  count(page: number): number {
    return this.#count[page] as number;
  }

  /** The caller knows the page's records by their places from now on; they stay until it is freed. */
  disown(page: number): void {
    this.#count[page] = 0;
  }

  copy(from: number, to: number): void {
    const { words } = this;
    for (let i = 0; i < RECORD_WORDS; i++) words[to + i] = words[from + i] as number;
  }

  next(page: number): number {
    return this.#next[page] as number;
  }

  /** Frees a page; returns the one behind it. */
  free(page: number): number {
    const next = this.#next[page] as number;
    this.#next[page] = this.#free;
    this.#free = page;
    this.#count[page] = 0;
    return next;
  }

  /** Visits all records of all chains: page after page, a fixed order. */
  forEach(visit: (words: Int32Array, at: number) => void): void {
    for (let page = 0; page < this.#pages; page++) {
      for (let at = this.first(page); at < this.end(page); at += RECORD_WORDS)
        visit(this.words, at);
    }
  }

  #take(): number {
    let page = this.#free;
    if (page !== NO_PAGE) {
      this.#free = this.#next[page] as number;
    } else {
      page = this.#pages++;
      if (page === this.#next.length) {
        this.words = grown(this.words, page * 2 * PAGE_WORDS);
        this.#next = grown(this.#next, page * 2);
        const count = new Uint8Array(page * 2);
        count.set(this.#count);
        this.#count = count;
      }
    }
    this.#next[page] = NO_PAGE;
    this.#count[page] = 0;
    return page;
  }
}
