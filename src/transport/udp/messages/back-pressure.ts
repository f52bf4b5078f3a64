import type { SendResult } from "../../transport.ts";
import type { Session } from "../session/session.ts";

/**
 * When senders are told to wait, and when to go on. A peer's own queue is `slow` from half and
 * `full` at its limit, and so are the bytes of all peers together; those told are told again once
 * their queue is down to a quarter and the bytes of all to half.
 */
export class BackPressure {
  readonly #maxBytes: number;
  #usedBytes = 0;
  /** Told to wait. BOUNDED: a session stands in it once. */
  readonly #waiting = new Set<Session>();
  /** Somebody waits for the bytes of all, not for its own queue. */
  #crowded = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of unsettled messages to all peers. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether nothing more is taken for this peer; its sender is told when there is room. */
  isFull(session: Session): boolean {
    if (!session.outbox.isFull && this.#usedBytes < this.#maxBytes) return false;
    this.#wait(session);
    return true;
  }

  /** A message of this session was taken. */
  taken(session: Session, bytes: number): SendResult {
    this.#usedBytes += bytes;
    if (!session.outbox.isSlow && this.#usedBytes * 2 < this.#maxBytes) return "sent";
    this.#wait(session);
    return "slow";
  }

  /** A message of this session has its verdict. */
  settled(session: Session, bytes: number): void {
    this.#usedBytes -= bytes;
    if (this.#waiting.size === 0 || this.#usedBytes * 2 > this.#maxBytes) return;
    this.#drain(session);
    if (!this.#crowded) return;
    this.#crowded = false;
    for (const other of this.#waiting) this.#drain(other);
  }

  /** Nobody waits for this session any more. */
  forget(session: Session): void {
    this.#waiting.delete(session);
  }

  #wait(session: Session): void {
    this.#waiting.add(session);
    if (this.#usedBytes * 2 >= this.#maxBytes) this.#crowded = true;
  }

  #drain(session: Session): void {
    if (!session.outbox.isDrained || !this.#waiting.delete(session) || session.isDown) return;
    for (const peer of session.names()) session.context.events.push({ kind: "drain", peer });
  }
}
