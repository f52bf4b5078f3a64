import { SkipnetError } from "../../../../core/errors.ts";

/** Initial window, segments. Source: RFC 6928. */
export const INITIAL_WINDOW = 10;
const WINDOW_MIN = 2;

/** How a sender's window follows what is acknowledged and lost; in segments, fractions count. */
export interface CongestionControl {
  readonly name: string;
  /** The window in congestion avoidance, after `acked` more segments were acknowledged. */
  grow(cwnd: number, acked: number, nowUs: number, srttUs: number): number;
  /** The slow-start threshold after a loss. */
  onLoss(cwnd: number): number;
  /** After a retransmission timeout or an idle time: nothing is known any more. */
  reset(): void;
}

export const CONGESTION_NAMES = ["cubic", "newreno"] as const;
export type CongestionName = (typeof CONGESTION_NAMES)[number];

/** Congestion control by name. Throws `E_OPTIONS` if there is none. */
export function congestionControl(name: CongestionName): CongestionControl {
  switch (name) {
    case "cubic":
      return cubic();
    case "newreno":
      return newReno();
    default:
      throw new SkipnetError("E_OPTIONS", `no congestion control "${String(name)}"`);
  }
}

/** One segment more each round trip, half of it after a loss. Source: RFC 5681, RFC 6582. */
function newReno(): CongestionControl {
  return {
    name: "newreno",
    grow: (cwnd, acked) => cwnd + acked / cwnd,
    onLoss: (cwnd) => Math.max(WINDOW_MIN, cwnd / 2),
    reset: () => {},
  };
}

const CUBIC_C = 0.4;
const CUBIC_BETA = 0.7;

/**
 * A cubic function of the time since the last loss, never slower than Reno would be. Source: RFC 9438,
 * with fast convergence; without HyStart.
 */
function cubic(): CongestionControl {
  let windowMax = 0;
  let epochUs = -1;
  let k = 0;
  let renoWindow = 0;
  return {
    name: "cubic",
    grow(cwnd, acked, nowUs, srttUs) {
      if (epochUs < 0) {
        epochUs = nowUs;
        windowMax = Math.max(windowMax, cwnd);
        k = Math.cbrt((windowMax - cwnd) / CUBIC_C);
        renoWindow = cwnd;
      }
      const t = (nowUs - epochUs + srttUs) / 1e6;
      const target = Math.min(1.5 * cwnd, CUBIC_C * (t - k) ** 3 + windowMax);
      renoWindow += ((3 * (1 - CUBIC_BETA)) / (1 + CUBIC_BETA)) * (acked / cwnd);
      const cubicWindow =
        target > cwnd ? cwnd + ((target - cwnd) / cwnd) * acked : cwnd + 0.01 * (acked / cwnd);
      return Math.max(cubicWindow, renoWindow);
    },
    onLoss(cwnd) {
      windowMax = cwnd < windowMax ? (cwnd * (1 + CUBIC_BETA)) / 2 : cwnd;
      epochUs = -1;
      return Math.max(WINDOW_MIN, cwnd * CUBIC_BETA);
    },
    reset() {
      epochUs = -1;
      windowMax = 0;
    },
  };
}
