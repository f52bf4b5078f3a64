import type { DetectorQuality } from "../results.ts";
import { formatCount, formatMs } from "./format.ts";

/** One of the figures by which failure detectors are compared, as a table shows it. */
export interface QualityFigure {
  readonly label: string;
  readonly about: string;
  readonly show: (quality: DetectorQuality) => string;
}

const timeOrNone = (ms: number | null): string => (ms === null ? "–" : formatMs(ms));

/** The four figures, and what they are means of. Source: Chen, Toueg, Aguilera (2002). */
export const QUALITY_FIGURES: readonly QualityFigure[] = [
  {
    label: "detection time T_D, mean",
    about: "From a fault until whoever watched the victim knew.",
    show: ({ detectionMs }) => timeOrNone(detectionMs),
  },
  {
    label: "mistakes",
    about: "Times that a live peer was suspected, or called down.",
    show: ({ mistakes }) => formatCount(mistakes),
  },
  {
    label: "mistake recurrence T_MR",
    about: "Watched time of all pairs of live nodes for each mistake.",
    show: ({ recurrenceMs }) => timeOrNone(recurrenceMs),
  },
  {
    label: "mistake duration T_M, mean",
    about: "From a mistake until the peer was heard again, or the end.",
    show: ({ durationMs }) => timeOrNone(durationMs),
  },
  {
    label: "query accuracy P_A",
    about: "Share of the watched time in which a live peer was taken for one.",
    show: ({ accuracy }) => (accuracy === null ? "–" : `${(accuracy * 100).toFixed(4)} %`),
  },
];
