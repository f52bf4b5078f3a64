import {
  type OptionReader,
  readDurationUs,
  readInteger,
  readNumber,
  readWordOr,
} from "../options.ts";

/**
 * What the judgement of silence depends on, whichever transport asks: durations in microseconds.
 * A *round* is the time in which a peer that got the question answers it.
 */
export interface DetectorOptions {
  /**
   * `auto`: the number of unanswered rounds before `down` follows the measured loss (`phiDown`).
   * A number: `down` after the first transmission and so many repetitions, whatever the loss.
   */
  readonly retries: number | "auto";
  /** No measured loss counts as less: a path without loss so far still may lose. */
  readonly lossFloor: number;
  /** No measured loss counts as more: it bounds the number of rounds, and so the time to a verdict. */
  readonly lossCeiling: number;
  /** `suspect` once `-log10` of the chance that so many rounds failed by loss alone reaches this. */
  readonly phiSuspect: number;
  /** `down` at this: 6 is one wrong verdict in a million silences of independent losses. */
  readonly phiDown: number;
  /** `down` never before so long a silence: losses come in bursts, and processes pause. */
  readonly minSilenceUs: number;
  /** Nor before so many smoothed round trips of silence. */
  readonly minSilenceRtts: number;
  /**
   * Nor before so many times the lateness known: how late timers of this process run, how much later
   * than usual the peer answers, how late it says that it runs; on one machine, how late any says so.
   */
  readonly lateFactor: number;
  /** Lateness fades to half in so long. Longer: fewer false alarms where load comes in waves, slower verdicts after one. */
  readonly lateMemoryUs: number;
  /** Lateness asks for no longer silence than this. */
  readonly lateSilenceUs: number;
  /** Bursts of losses seen on the path ask for no longer a silence beyond its second round than this. */
  readonly burstMaxUs: number;
  /**
   * While more than half of all watched peers are suspect, it is us or our network: nobody is `down`
   * for its silence, for so long. After that it is them.
   */
  readonly outageHoldUs: number;
}

/** How these options are written: names without their units. */
export const DETECTOR_READERS = {
  retries: readWordOr("auto", readInteger(0, 100)),
  lossFloor: readNumber(0.0001, 0.5),
  lossCeiling: readNumber(0.0001, 0.5),
  phiSuspect: readNumber(0.1, 20),
  phiDown: readNumber(0.1, 20),
  minSilence: readDurationUs,
  minSilenceRtts: readNumber(0, 100),
  lateFactor: readNumber(0, 100),
  lateMemory: readDurationUs,
  lateSilence: readDurationUs,
  burstMax: readDurationUs,
  outageHold: readDurationUs,
} as const satisfies Record<string, OptionReader<unknown>>;

/** Calls `demand` with what has to hold between these options, and with what is wrong if it does not. */
export function checkDetectorOptions(
  o: DetectorOptions,
  demand: (holds: boolean, what: string) => void,
): void {
  demand(o.lossFloor <= o.lossCeiling, "lossFloor is above lossCeiling");
  demand(
    o.phiSuspect <= o.phiDown,
    "phiSuspect is above phiDown: a peer would be down before it is suspect",
  );
  demand(o.lateMemoryUs > 0, "lateMemory must not be zero");
}
