import type { Session } from "../session/session.ts";

const DECREASE = 0.7;
const START_SHARE = 1 / 4;

/**
 * Bytes in flight from a port to all peers together. It grows with what arrives, doubling each
 * window until the first cut, and shrinks to 0.7 when more than `sharedLoss` of a window's bytes are
 * lost: then it is our own link that overflows, not some path. What is on its way to a suspect peer
 * does not count: one dead peer must not hold up the others. Source: STP (Dabek et al., NSDI 2004).
 */
export class SharedWindow {
  readonly #minBytes: number;
  readonly #maxBytes: number;
  readonly #lossMax: number;
  #windowBytes: number;
  #inFlightBytes = 0;
  #arrivedBytes = 0;
  #lostBytes = 0;
  #wasFull = false;
  #slowStart = true;
  /** Sessions that wait for room, oldest first. BOUNDED: each stands in it once. */
  readonly #waiting = new Set<Session>();

  constructor(minBytes: number, maxBytes: number, lossMax: number) {
    this.#minBytes = minBytes;
    this.#maxBytes = maxBytes;
    this.#lossMax = lossMax;
    this.#windowBytes = Math.max(minBytes, maxBytes * START_SHARE);
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  get hasRoom(): boolean {
    return this.#inFlightBytes < this.#windowBytes;
  }

  /** Whether anything more may leave; a session for which nothing may is remembered. */
  open(session: Session): boolean {
    if (this.hasRoom) return true;
    this.#wasFull = true;
    this.#waiting.add(session);
    return false;
  }

  /** Whether there is room again that somebody waits for. */
  get hasNews(): boolean {
    return this.#waiting.size > 0 && this.hasRoom;
  }

  /** Those who waited for the room that there is now. */
  takeWaiting(): Session[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  /** Nobody waits for this session any more. */
  forget(session: Session): void {
    this.#waiting.delete(session);
  }

  sent(bytes: number): void {
    this.#inFlightBytes += bytes;
  }

  arrived(bytes: number): void {
    this.#inFlightBytes -= bytes;
    this.#arrivedBytes += bytes;
    if (this.#slowStart && this.#wasFull) this.#resize(this.#windowBytes + bytes);
    this.#judge();
  }

  lost(bytes: number): void {
    this.#inFlightBytes -= bytes;
    this.#lostBytes += bytes;
    this.#judge();
  }

  /** No longer counted: the peer is suspect, or the conversation is over. */
  withdrawn(bytes: number): void {
    this.#inFlightBytes -= bytes;
  }

  /** Once a window. */
  #judge(): void {
    const bytes = this.#arrivedBytes + this.#lostBytes;
    if (bytes < this.#windowBytes) return;
    if (this.#lostBytes > this.#lossMax * bytes) {
      this.#slowStart = false;
      this.#resize(this.#windowBytes * DECREASE);
    } else if (this.#wasFull && !this.#slowStart) this.#resize(this.#windowBytes + this.#minBytes);
    this.#wasFull = false;
    this.#arrivedBytes = 0;
    this.#lostBytes = 0;
  }

  #resize(bytes: number): void {
    this.#windowBytes = Math.min(this.#maxBytes, Math.max(this.#minBytes, bytes));
  }
}
