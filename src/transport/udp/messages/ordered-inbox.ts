import type { Message } from "../../../wire/message.ts";
import type { DuplicateWindow } from "../session/duplicates.ts";
import type { MemoryBudget } from "./reassembly.ts";

interface Held {
  readonly message: Message;
  readonly bytes: number;
}

/**
 * Messages of a peer that sends in order, held until those before them are here, or declined, or the
 * sender's floor says that it gave them up. Message numbers are given in the order of sending, so
 * they are the order. BOUNDED: the sender's message window; bytes by `maxBytes` and the port's budget.
 */
export class OrderedInbox {
  readonly #duplicates: DuplicateWindow;
  readonly #budget: MemoryBudget;
  readonly #maxBytes: number;
  readonly #deliver: (message: Message, bytes: number) => void;
  readonly #held = new Map<number, Held>();
  #heldBytes = 0;
  /** All before it were handed over, or never will be. */
  #next = 0;

  constructor(
    duplicates: DuplicateWindow,
    budget: MemoryBudget,
    maxBytes: number,
    deliver: (message: Message, bytes: number) => void,
  ) {
    this.#duplicates = duplicates;
    this.#budget = budget;
    this.#maxBytes = maxBytes;
    this.#deliver = deliver;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Keeps a message until it is its turn. False: no room. */
  hold(number: number, message: Message, bytes: number): boolean {
    const overPeer = this.#heldBytes + bytes > this.#maxBytes;
    if (overPeer || this.#budget.usedBytes + bytes > this.#budget.maxBytes) return false;
    this.#heldBytes += bytes;
    this.#budget.usedBytes += bytes;
    this.#held.set(number, { message, bytes });
    return true;
  }

  /** Hands over whose turn it is. */
  release(): void {
    const { floor } = this.#duplicates;
    if (this.#next < floor) this.#passFloor(floor);
    for (;;) {
      const held = this.#held.get(this.#next);
      if (held !== undefined) this.#handOver(this.#next, held);
      else if (this.#duplicates.known(this.#next) !== "refused") return;
      this.#next++;
    }
  }

  /** The conversation is over: what arrived was acknowledged, and is handed over in order, with gaps. */
  releaseAll(): void {
    this.#passFloor(Number.POSITIVE_INFINITY);
  }

  /** A floor may lie far above: only what is held counts. */
  #passFloor(floor: number): void {
    const due = [...this.#held].filter(([number]) => number < floor);
    for (const [number, held] of due.sort(([a], [b]) => a - b)) {
      this.#handOver(number, held);
    }
    this.#next = floor;
  }

  #handOver(number: number, held: Held): void {
    this.#held.delete(number);
    this.#heldBytes -= held.bytes;
    this.#budget.usedBytes -= held.bytes;
    this.#deliver(held.message, held.bytes);
  }
}
