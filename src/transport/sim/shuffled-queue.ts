import { grown } from "../../core/column.ts";
import type { Random } from "../../core/random.ts";
import { EventQueue } from "./event-queue.ts";
import { INTERNAL, WORD_FROM, WORD_TO } from "./kernel.ts";
import { RECORD_WORDS } from "./record-pages.ts";

/** In which order events of one microsecond happen; `shuffle:TEXT` shuffles otherwise for each text. */
export type Ties = "insertion" | "shuffle" | `shuffle:${string}`;

/** Whether the text names an order. */
export const isTies = (text: string): text is Ties => /^(?:insertion|shuffle(?::.+)?)$/.test(text);

/** The queue that keeps this order; `keepsPairs`: messages of one host to another stay in theirs. */
export function queueOf(
  ties: Ties,
  keepsPairs: boolean,
  random: (name: string) => Random,
): EventQueue {
  if (ties === "insertion") return new EventQueue();
  return new ShuffledQueue(random(`sim.ties${ties.slice("shuffle".length)}`), keepsPairs);
}

/**
 * Pops events of the same microsecond in random order, which follows from a seed: what works only in
 * the order of insertion is found out. All of the microsecond stand here before one of them is drawn,
 * also those that the events of the microsecond bring about.
 */
class ShuffledQueue extends EventQueue {
  readonly #random: Random;
  readonly #keepsPairs: boolean;
  /** Records of the present microsecond, in order of insertion. */
  #waiting = new Int32Array(16 * RECORD_WORDS);
  #count = 0;
  readonly #drawn = new Int32Array(RECORD_WORDS);

  constructor(random: Random, keepsPairs: boolean) {
    super();
    this.#random = random;
    this.#keepsPairs = keepsPairs;
  }

  override pop(limitUs: number): boolean {
    if (this.#count === 0) {
      if (!super.pop(limitUs)) return false;
      this.#take();
    } else if (this.nowUs > limitUs) return false;
    while (super.pop(this.nowUs)) this.#take();
    this.#draw();
    return true;
  }

  override forEachPending(visit: (words: Int32Array, at: number) => void): void {
    super.forEachPending(visit);
    for (let i = 0; i < this.#count; i++) visit(this.#waiting, i * RECORD_WORDS);
  }

  /** Keeps what was popped: it is still pending. */
  #take(): void {
    const at = this.#count++ * RECORD_WORDS;
    if (at === this.#waiting.length) this.#waiting = grown(this.#waiting, at * 2);
    for (let i = 0; i < RECORD_WORDS; i++) {
      this.#waiting[at + i] = this.record[this.at + i] as number;
    }
    this.size++;
  }

  #draw(): void {
    const waiting = this.#waiting;
    const from = this.#first(this.#random.below(this.#count)) * RECORD_WORDS;
    this.#drawn.set(waiting.subarray(from, from + RECORD_WORDS));
    const end = this.#count-- * RECORD_WORDS;
    // The others keep their order where it counts.
    if (this.#keepsPairs) waiting.copyWithin(from, from + RECORD_WORDS, end);
    else waiting.copyWithin(from, end - RECORD_WORDS, end);
    this.record = this.#drawn;
    this.at = 0;
    this.size--;
  }

  /** The record itself, or the earliest message of the same pair of hosts. */
  #first(drawn: number): number {
    const at = drawn * RECORD_WORDS;
    if (!this.#keepsPairs || isInternal(this.#waiting, at)) return drawn;
    for (let i = 0; i < drawn; i++) {
      const other = i * RECORD_WORDS;
      if (!isInternal(this.#waiting, other) && isSamePair(this.#waiting, at, other)) return i;
    }
    return drawn;
  }
}

const isInternal = (words: Int32Array, at: number): boolean =>
  (words[at] as number) >>> 24 === INTERNAL;

const isSamePair = (words: Int32Array, a: number, b: number): boolean =>
  words[a + WORD_FROM] === words[b + WORD_FROM] && words[a + WORD_TO] === words[b + WORD_TO];
