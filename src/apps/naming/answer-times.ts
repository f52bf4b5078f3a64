const MEAN_GAIN = 1 / 8;
const DEVIATION_GAIN = 1 / 4;
/** The overlay tries a route again after one, two, … expected times: an attempt leaves room for that. */
const TRIES_ROOM = 6;
/** On one machine answers come in microseconds, and pauses do not. */
const LEAST_US = 50_000;

/** How long answers of a directory's first holder take: what an attempt waits before the next. RFC 6298's estimate. */
export class AnswerTimes {
  readonly #firstUs: number;
  #meanUs: number | undefined;
  #deviationUs = 0;

  /** `firstUs`: what an attempt waits before anything is known. */
  constructor(firstUs: number) {
    this.#firstUs = firstUs;
  }

  /** An attempt that was not repeated took so long. */
  learn(us: number): void {
    if (this.#meanUs === undefined) {
      this.#meanUs = us;
      this.#deviationUs = us / 2;
      return;
    }
    const error = us - this.#meanUs;
    this.#meanUs += MEAN_GAIN * error;
    this.#deviationUs += DEVIATION_GAIN * (Math.abs(error) - this.#deviationUs);
  }

  /** How long attempt `n` waits, from 0: twice as long each time. */
  waitUs(n: number): number {
    const expectedUs =
      this.#meanUs === undefined
        ? this.#firstUs
        : TRIES_ROOM * Math.max(LEAST_US, this.#meanUs + 4 * this.#deviationUs);
    return expectedUs * 2 ** n;
  }
}
