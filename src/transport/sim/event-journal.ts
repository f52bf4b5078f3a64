import { SkipnetError } from "../../core/errors.ts";
import type { EventObserver, SimEvent } from "./event-count.ts";

/** Of an event: what, from, to, detail. */
const WORDS = 4;

/**
 * Keeps the events of one stretch of a run, in columns. Limit: the length of the stretch. Ends the run
 * behind it with `E_ABORTED`, as nobody asks for the rest.
 */
export class EventJournal implements EventObserver {
  readonly fromEvent: number;
  readonly #events: number;
  readonly #atUs: Float64Array;
  readonly #words: Int32Array;
  readonly #whats: string[] = [];
  /** BOUNDED: one a message type and timer. */
  readonly #numberOf = new Map<string, number>();
  /** Events noted. */
  count = 0;
  /** The run went on behind the stretch. */
  isOver = false;

  constructor(fromEvent: number, events: number) {
    this.fromEvent = fromEvent;
    this.#events = events;
    this.#atUs = new Float64Array(events);
    this.#words = new Int32Array(events * WORDS);
  }

  onEvent({ atUs, what, from, to, detail }: SimEvent): void {
    const i = this.count;
    if (i === this.#events) {
      this.isOver = true;
      throw new SkipnetError("E_ABORTED", "the part of the run that was asked for is over");
    }
    this.count++;
    this.#atUs[i] = atUs;
    this.#words.set([this.#numbered(what), from, to, detail], i * WORDS);
  }

  /** The `i`th event of the stretch, from 0; `undefined`: the run had ended. */
  at(i: number): SimEvent | undefined {
    if (i >= this.count) return undefined;
    const [what = 0, from = 0, to = 0, detail = 0] = this.#words.subarray(i * WORDS);
    return {
      number: this.fromEvent + i,
      atUs: this.#atUs[i] as number,
      what: this.#whats[what] as string,
      from,
      to,
      detail,
    };
  }

  #numbered(what: string): number {
    let number = this.#numberOf.get(what);
    if (number === undefined) {
      number = this.#whats.push(what) - 1;
      this.#numberOf.set(what, number);
    }
    return number;
  }
}
