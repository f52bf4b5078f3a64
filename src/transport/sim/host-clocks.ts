import { SkipnetError } from "../../core/errors.ts";

/** Most that a clock may run fast or slow, parts in a million: a tenth. */
export const DRIFT_PPM_MAX = 100_000;

/** How a host's clock is wrong. */
export interface ClockFault {
  /** Its wall clock is so far ahead; negative: behind. Its monotonic clock never jumps. */
  readonly offsetUs?: number | undefined;
  /** Both its clocks run so many millionths fast; negative: slow. Its timers go by them. */
  readonly driftPpm?: number | undefined;
}

interface Clock {
  sinceUs: number;
  driftPpm: number;
  offsetUs: number;
  /** What the monotonic clock had gained before `sinceUs`; it keeps that, as it must not go back. */
  gainedUs: number;
}

/**
 * Clocks of hosts that differ from the simulation's. A world belongs to a process with many hosts, so
 * the time that it tells is that of the host which acts: whose event is being handled.
 */
export class HostClocks {
  /** No clock was ever wrong. */
  isEmpty = true;
  /** The host that acts. */
  acting = -1;
  /** BOUNDED: one entry a host. */
  readonly #clocks = new Map<number, Clock>();

  /** From now on; replaces an earlier fault. Throws `E_OPTIONS`. */
  set(host: number, { offsetUs = 0, driftPpm = 0 }: ClockFault, nowUs: number): void {
    if (!(Math.abs(driftPpm) <= DRIFT_PPM_MAX)) {
      throw new SkipnetError("E_OPTIONS", `a clock drifts by ${DRIFT_PPM_MAX} ppm at most`);
    }
    const gainedUs = this.monotonicUs(host, nowUs) - nowUs;
    this.#clocks.set(host, { sinceUs: nowUs, driftPpm, offsetUs, gainedUs });
    this.isEmpty = false;
  }

  /** The clock runs right again, and its wall clock is set. */
  reset(host: number, nowUs: number): void {
    if (this.#clocks.has(host)) this.set(host, {}, nowUs);
  }

  monotonicUs(host: number, nowUs: number): number {
    const clock = this.#clocks.get(host);
    return clock === undefined ? nowUs : nowUs + clock.gainedUs + drifted(clock, nowUs);
  }

  /** Microseconds of wall time that the host is ahead. */
  wallAheadUs(host: number, nowUs: number): number {
    const clock = this.#clocks.get(host);
    return clock === undefined ? 0 : clock.offsetUs + drifted(clock, nowUs);
  }

  /** How long it really takes until the host's clock has gone on by so much. */
  realUs(host: number, delayUs: number): number {
    const clock = this.#clocks.get(host);
    return clock === undefined ? delayUs : Math.ceil(delayUs / (1 + clock.driftPpm / 1e6));
  }
}

function drifted({ sinceUs, driftPpm }: Clock, nowUs: number): number {
  return Math.floor(((nowUs - sinceUs) * driftPpm) / 1e6);
}
