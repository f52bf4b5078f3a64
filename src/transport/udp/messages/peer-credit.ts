import { expandNumber } from "../packet/numbers.ts";
import { ASK_DUE_US, CREDIT_BYTES, type SessionNumbers } from "../session/numbers.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Messages that may leave before the peer has said how many it takes. */
const UNTOLD_MESSAGES = 256;
/** A question for credit is repeated after twice the time, up to so many doublings. */
const DOUBLINGS_MAX = 6;

/**
 * What a peer takes before its program has read: up to which message number, and how many unsettled bytes.
 * The newest word counts. A sender without credit and with nothing on the way asks again and again,
 * so that a lost word stops nobody for good.
 */
export class PeerCredit {
  #limit: number;
  readonly #numbers: SessionNumbers;
  #asked = 0;
  /** The next ping asks for credit. */
  asks = false;

  constructor(firstNumber: number, numbers: SessionNumbers) {
    this.#limit = firstNumber + UNTOLD_MESSAGES;
    this.#numbers = numbers;
    numbers[CREDIT_BYTES] = NEVER;
    numbers[ASK_DUE_US] = NEVER;
  }

  /** When to ask for credit; `Infinity`: there is some, or nothing waits. */
  get askDueUs(): number {
    return this.#numbers[ASK_DUE_US] as number;
  }

  /** Bytes that a message of this number may have, with `sentBytes` unsettled on the way; negative: it waits. */
  bytesFor(number: number, sentBytes: number): number {
    return number < this.#limit ? (this.#numbers[CREDIT_BYTES] as number) - sentBytes : -1;
  }

  /** The peer has spoken, in its newest packet. */
  told(limitLow: number, bytes: number, next: number): void {
    this.#limit = expandNumber(limitLow, next);
    this.#numbers[CREDIT_BYTES] = bytes;
    this.settled();
  }

  /** Nothing waits for credit. */
  settled(): void {
    this.#numbers[ASK_DUE_US] = NEVER;
    this.#asked = 0;
    this.asks = false;
  }

  /** Something waits for credit, and nothing is on the way that could bring it. */
  starve(nowUs: number, rtoUs: number): void {
    if (this.askDueUs !== NEVER) return;
    this.#numbers[ASK_DUE_US] = nowUs + rtoUs * 2 ** Math.min(this.#asked++, DOUBLINGS_MAX);
  }

  /** The time to ask has come. */
  ask(): void {
    this.#numbers[ASK_DUE_US] = NEVER;
    this.asks = true;
  }
}
