import { Fifo } from "../messages/fifo.ts";
import { flushPath } from "../path/path-output.ts";
import type { DatagramSink } from "../port-context.ts";
import type { Session } from "./session.ts";
import { flushSession } from "./session-output.ts";

/** Where more wait, a turn has much to do: it is over soon enough. */
const PROMPT_SESSIONS = 16;

/** The sessions that may have something to send. BOUNDED: each stands in it at most once. */
export class DirtySessions {
  readonly #waiting = new Fifo<Session>();
  readonly #onFlushed: (session: Session, nowUs: number) => void;

  constructor(onFlushed: (session: Session, nowUs: number) => void) {
    this.#onFlushed = onFlushed;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(session: Session): void {
    if (session.dirty || session.isDown) return;
    session.dirty = true;
    this.#waiting.push(session);
  }

  /** Hands out what they have to send. Those that are added meanwhile have their turn at the next call. */
  flush(nowUs: number, sink: DatagramSink): void {
    for (let left = this.#waiting.size; left > 0; left--) {
      const session = this.#waiting.shift();
      if (session === undefined) return;
      this.#flush(session, nowUs, sink);
    }
  }

  /**
   * Hands out messages to peers to whom nothing is on the way; the others wait for company. Source:
   * Nagle (RFC 896), with the end of a turn of the program in place of the acknowledgement.
   */
  flushPrompt(nowUs: number, sink: DatagramSink): void {
    if (this.#waiting.size > PROMPT_SESSIONS) return;
    for (let left = this.#waiting.size; left > 0; left--) {
      const session = this.#waiting.shift();
      if (session === undefined) return;
      const waits = session.ledger.inFlight > 0 || session.outbox.messages === 0;
      if (waits) this.#waiting.push(session);
      else this.#flush(session, nowUs, sink);
    }
  }

  clear(): void {
    while (this.#waiting.shift() !== undefined);
  }

  #flush(session: Session, nowUs: number, sink: DatagramSink): void {
    session.dirty = false;
    flushPath(session, nowUs, sink);
    flushSession(session, nowUs, sink);
    this.#onFlushed(session, nowUs);
  }
}
