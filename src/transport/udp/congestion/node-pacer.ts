/**
 * Datagrams of a whole port, to all peers together: so many at once, and as many again every
 * `paceUs`. Each peer's own rate keeps its path from overflowing; this keeps a burst to very many peers, or
 * their answers to it, from overflowing a buffer of ours: by default a socket holds some 256 small
 * datagrams.
 */
export class NodePacer {
  readonly #burst: number;
  readonly #everyUs: number;
  #left: number;
  #sinceUs = 0;

  constructor(burst: number, everyUs: number) {
    this.#burst = burst;
    this.#everyUs = everyUs;
    this.#left = burst;
  }

  /** Whether a datagram may leave now. */
  open(nowUs: number): boolean {
    if (this.#left >= 1) return true;
    this.#refill(nowUs);
    return this.#left >= 1;
  }

  /** One left. Acknowledgements count too, and are never held back. */
  sent(nowUs: number): void {
    if (this.#left < 1) this.#refill(nowUs);
    if (this.#left === this.#burst) this.#sinceUs = nowUs;
    this.#left--;
  }

  /** When the next may leave, if none may now. */
  get opensUs(): number {
    return this.#sinceUs + Math.ceil(((1 - this.#left) * this.#everyUs) / this.#burst);
  }

  #refill(nowUs: number): void {
    const share = Math.max(0, nowUs - this.#sinceUs) / this.#everyUs;
    this.#left = Math.min(this.#burst, this.#left + share * this.#burst);
    this.#sinceUs = nowUs;
  }
}
