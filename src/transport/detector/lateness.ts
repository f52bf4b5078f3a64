/**
 * How late a program has lately run, in microseconds: the longest delay seen, fading to half in each
 * `halfLifeUs`. A delay says less about the next minute than about the next second.
 */
export class Lateness {
  readonly #halfLifeUs: number;
  #us = 0;
  #atUs = 0;

  constructor(halfLifeUs: number) {
    this.#halfLifeUs = halfLifeUs;
  }

  /** Something came so late just now. */
  sample(us: number, nowUs: number): void {
    if (us < this.at(nowUs)) return;
    this.#us = us;
    this.#atUs = nowUs;
  }

  at(nowUs: number): number {
    if (this.#us === 0) return 0;
    return this.#us * 2 ** (-Math.max(0, nowUs - this.#atUs) / this.#halfLifeUs);
  }
}
