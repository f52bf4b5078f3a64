import type { StreamSockets } from "./socket.ts";

/** Something with output that leaves at the end of the turn. */
export interface Flushable {
  flush(): void;
}

/**
 * The end of the event-loop turn: what was written during it leaves together, and what may not be
 * said inside a call of the application is said then.
 */
export class Turn {
  readonly #sockets: StreamSockets;
  /** BOUNDED: the links of the transport. */
  #dirty = new Set<Flushable>();
  /** BOUNDED: one for each call of the application in this turn. */
  #events: (() => void)[] = [];
  #scheduled = false;
  #depth = 0;

  constructor(sockets: StreamSockets) {
    this.#sockets = sockets;
  }

  /** Whether the application is calling: no handler may run now. */
  get calling(): boolean {
    return this.#depth > 0;
  }

  /** Runs a call of the application. */
  during<T>(call: () => T): T {
    this.#depth++;
    try {
      return call();
    } finally {
      this.#depth--;
    }
  }

  /** Now, unless the application is calling. */
  say(event: () => void): void {
    if (this.calling) this.later(event);
    else event();
  }

  later(event: () => void): void {
    this.#events.push(event);
    this.#schedule();
  }

  dirty(flushable: Flushable): void {
    this.#dirty.add(flushable);
    this.#schedule();
  }

  /** Says what is to be said, now. */
  settle(): void {
    const events = this.#events;
    this.#events = [];
    for (const event of events) event();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#sockets.atTurnEnd(() => {
      this.#scheduled = false;
      this.settle();
      const dirty = this.#dirty;
      this.#dirty = new Set();
      for (const flushable of dirty) flushable.flush();
    });
  }
}
