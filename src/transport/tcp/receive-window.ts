/**
 * A sender sends no id this far above its oldest unsettled one, so that the receiver need not
 * remember what lies further back.
 */
export const WINDOW = 4_096;

export type Arrival = "new" | "duplicate";

/**
 * Which messages of one session have been accepted. Ids ascend on a connection, and after a
 * reconnect the sender begins again at its oldest unsettled one; so what was accepted is everything
 * up to the largest id, without the declined ones. That is all that has to be remembered.
 */
export class ReceiveWindow {
  #largest = 0;
  /** Oldest first. BOUNDED: `WINDOW`, those further back cannot arrive again. */
  readonly #declined = new Set<number>();

  /** What to do with a message that arrives: a new one is then `accept`ed or `decline`d. */
  arrival(id: number): Arrival {
    return id > this.#largest || this.#declined.has(id) ? "new" : "duplicate";
  }

  accept(id: number): void {
    if (id > this.#largest) this.#largest = id;
    else this.#declined.delete(id);
  }

  decline(id: number): void {
    if (id > this.#largest) this.#largest = id;
    this.#declined.add(id);
    for (const oldest of this.#declined) {
      if (oldest > this.#largest - WINDOW) break;
      this.#declined.delete(oldest);
    }
  }
}
