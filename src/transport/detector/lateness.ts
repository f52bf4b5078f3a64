import type { DetectorOptions } from "./options.ts";

/** What lateness depends on. */
type LatenessOptions = Pick<DetectorOptions, "lateMemoryUs" | "lateFactor" | "lateSilenceUs">;

/**
 * How late a program has lately run, in microseconds: the longest delay seen, fading to half in each
 * `lateMemoryUs`. A delay says less about the next minute than about the next second; and one that is
 * longer than silence is ever excused for counts no more: a process that slept for an hour is not late for
 * minutes after.
 */
export class Lateness {
  readonly #halfLifeUs: number;
  readonly #mostUs: number;
  #us = 0;
  #atUs = 0;

  constructor({ lateMemoryUs, lateFactor, lateSilenceUs }: LatenessOptions) {
    this.#halfLifeUs = lateMemoryUs;
    this.#mostUs = lateFactor === 0 ? 0 : lateSilenceUs / lateFactor;
  }

  /** Something came so late just now. */
  sample(us: number, nowUs: number): void {
    const counted = Math.min(us, this.#mostUs);
    if (counted < this.at(nowUs)) return;
    this.#us = counted;
    this.#atUs = nowUs;
  }

  at(nowUs: number): number {
    if (this.#us === 0) return 0;
    return this.#us * 2 ** (-Math.max(0, nowUs - this.#atUs) / this.#halfLifeUs);
  }
}
