import type { Member } from "./overlay.ts";

const MEAN_GAIN = 1 / 8;
const DEVIATION_GAIN = 1 / 4;
/** On one machine answers come in microseconds, and pauses do not. */
const SLACK_MIN_US = 1_000;

/**
 * How long the answers to a member's routes take: smoothed mean and mean deviation, as in RFC 6298,
 * and the mean time of one hop, as routes differ in length far more than hops do in time. By member, not by process: what a member does must not depend on who else is hosted with it.
 */
export class AnswerTimes {
  /** 0: no answer yet. */
  #meanUs = new Float64Array(1);
  #deviationUs = new Float64Array(1);
  #hopUs = new Float64Array(1);

  /** `hops`: of the request; its answer takes one more. */
  learn(member: Member, us: number, hops: number): void {
    this.#reserve(member);
    const hopUs = this.#hopUs[member] as number;
    const tookUs = us / (hops + 1);
    this.#hopUs[member] = hopUs === 0 ? tookUs : hopUs + MEAN_GAIN * (tookUs - hopUs);
    const meanUs = this.#meanUs[member] as number;
    if (meanUs === 0) {
      this.#meanUs[member] = Math.max(1, us);
      this.#deviationUs[member] = us / 2;
      return;
    }
    const deviationUs = this.#deviationUs[member] as number;
    this.#meanUs[member] = meanUs + MEAN_GAIN * (us - meanUs);
    this.#deviationUs[member] =
      deviationUs + DEVIATION_GAIN * (Math.abs(us - meanUs) - deviationUs);
  }

  /**
   * When an answer is late: after mean + 4 deviations, twice the mean at least, and not before a route
   * of so many hops as hardly one has could have been answered. Undefined before the first answer.
   */
  lateUs(member: Member, longestHops: number): number | undefined {
    const meanUs = this.#meanUs[member] ?? 0;
    if (meanUs === 0) return undefined;
    const deviationUs = this.#deviationUs[member] as number;
    const longestUs = (this.#hopUs[member] as number) * (longestHops + 1);
    return Math.max(longestUs, meanUs + Math.max(4 * deviationUs, meanUs, SLACK_MIN_US));
  }

  #reserve(member: Member): void {
    if (member < this.#meanUs.length) return;
    const size = Math.max(this.#meanUs.length * 2, member + 1);
    const grown = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(size);
      to.set(from);
      return to;
    };
    this.#meanUs = grown(this.#meanUs);
    this.#deviationUs = grown(this.#deviationUs);
    this.#hopUs = grown(this.#hopUs);
  }
}
