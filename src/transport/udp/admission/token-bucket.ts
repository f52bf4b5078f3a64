/**
 * Allows so many events a second, and a burst of as many as `burst` after a pause. A clock that jumps
 * back gives nothing and takes nothing.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #sinceUs = 0;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes a token; false: there is none. */
  take(nowUs: number): boolean {
    const elapsedUs = Math.max(0, nowUs - this.#sinceUs);
    this.#sinceUs = nowUs;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedUs / 1e6) * this.#perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
