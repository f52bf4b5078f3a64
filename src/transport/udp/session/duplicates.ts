const NOTHING = new Uint8Array(0);
const STATES_MIN = 32;
const UNSEEN = 0;
const ACCEPTED = 1;
const PARTIAL = 2;
const REFUSED = 3;

/** What is known of a message number: `refused` carries the reason given before. */
export type Known = "unseen" | "partial" | "accepted" | "refused";

/**
 * What became of the messages of one session, from the sender's floor upwards. The sender promises
 * never to have a number out that lies `messageWindow` or more above its floor, and never to care
 * again for one below it; so memory of this span is enough to deliver nothing twice and to give the
 * same answer to every repetition. BOUNDED: `MESSAGE_WINDOW_MAX` bytes, fewer while
 * fewer are in use.
 */
export class DuplicateWindow {
  /** Nothing while all messages come in order: most sessions are idle, and then cost little. */
  #states = NOTHING;
  #floor = 0;
  /** One above the largest number marked. */
  #end = 0;

  get floor(): number {
    return this.#floor;
  }

  /** One above the largest number known. */
  get end(): number {
    return this.#end;
  }

  /** The sender cares for nothing below. Floors may arrive out of order. */
  raiseFloor(floor: number): void {
    if (floor <= this.#floor) return;
    const clearEnd = Math.min(floor, this.#end);
    for (let n = this.#floor; n < clearEnd; n++) this.#states[n % this.#states.length] = UNSEEN;
    this.#floor = floor;
    this.#end = Math.max(this.#end, floor);
    this.#settle();
  }

  known(message: number): Known {
    if (message < this.#floor) return "accepted";
    if (message >= this.#end) return "unseen";
    const state = this.#states[message % this.#states.length] as number;
    if (state === UNSEEN) return "unseen";
    if (state === ACCEPTED) return "accepted";
    return state === PARTIAL ? "partial" : "refused";
  }

  /** Index of the reason with which this message was refused. */
  refusal(message: number): number {
    return (this.#states[message % this.#states.length] as number) - REFUSED;
  }

  accept(message: number): void {
    if (message === this.#floor && message >= this.#end) {
      this.#floor++;
      this.#end = this.#floor;
      return;
    }
    this.#set(message, ACCEPTED);
    this.#settle();
  }

  /** Some of its fragments are here. */
  begin(message: number): void {
    this.#set(message, PARTIAL);
  }

  refuse(message: number, reason: number): void {
    this.#set(message, REFUSED + reason);
  }

  /** What was accepted up to the first gap need not be remembered one by one. */
  #settle(): void {
    const states = this.#states;
    while (this.#floor < this.#end && states[this.#floor % states.length] === ACCEPTED) {
      states[this.#floor % states.length] = UNSEEN;
      this.#floor++;
    }
    if (this.#floor === this.#end) this.#states = NOTHING;
  }

  #set(message: number, state: number): void {
    if (message < this.#floor) return;
    const span = message - this.#floor + 1;
    if (span > this.#states.length) this.#grow(span);
    this.#states[message % this.#states.length] = state;
    this.#end = Math.max(this.#end, message + 1);
  }

  #grow(span: number): void {
    const states = new Uint8Array(Math.max(STATES_MIN, 2 ** Math.ceil(Math.log2(span))));
    for (let n = this.#floor; n < this.#end; n++) {
      states[n % states.length] = this.#states[n % this.#states.length] as number;
    }
    this.#states = states;
  }
}
