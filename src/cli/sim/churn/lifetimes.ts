import type { Random } from "../../../core/random.ts";
import { gamma, ln, power } from "./portable-math.ts";

/** How long something lasts: the law and its parameters, times in seconds. */
export type Law =
  | { readonly kind: "exponential"; readonly mean: number }
  /** Shifted (Lomax): the density falls from 0 on, P(X > x) = (1 + x / scale)^-shape. */
  | { readonly kind: "pareto"; readonly shape: number; readonly scale: number }
  | { readonly kind: "weibull"; readonly shape: number; readonly scale: number }
  | { readonly kind: "fixed"; readonly mean: number };

/** No session or absence is longer: heavy tails have no end, runs have. */
export const LIFETIME_S_MAX = 30 * 86_400;

/** The middle value of a law, seconds. */
export function medianOf(law: Law): number {
  switch (law.kind) {
    case "exponential":
      return law.mean * ln(2);
    case "pareto":
      return law.scale * (power(2, 1 / law.shape) - 1);
    case "weibull":
      return law.scale * power(ln(2), 1 / law.shape);
    case "fixed":
      return law.mean;
  }
}

/** The mean of a law, seconds; `Infinity` where it has none. */
export function meanOf(law: Law): number {
  switch (law.kind) {
    case "pareto":
      return law.shape > 1 ? law.scale / (law.shape - 1) : Number.POSITIVE_INFINITY;
    case "weibull":
      return law.scale * gamma(1 + 1 / law.shape);
    default:
      return law.mean;
  }
}

/** The law of this kind and shape with this mean. */
export function lawOfMean(kind: Law["kind"], shape: number, mean: number): Law {
  switch (kind) {
    case "pareto":
      return { kind, shape, scale: mean * (shape - 1) };
    case "weibull":
      return { kind, shape, scale: mean / gamma(1 + 1 / shape) };
    default:
      return { kind, mean };
  }
}

/** The law of this kind and shape with this median. */
export function lawOfMedian(kind: Law["kind"], shape: number, median: number): Law {
  switch (kind) {
    case "pareto":
      return { kind, shape, scale: median / (power(2, 1 / shape) - 1) };
    case "weibull":
      return { kind, shape, scale: median / power(ln(2), 1 / shape) };
    case "exponential":
      return { kind, mean: median / ln(2) };
    case "fixed":
      return { kind, mean: median };
  }
}

/** Draws one, whole milliseconds, at least one (none for a fixed law of 0). */
export function drawMs(law: Law, random: Random): number {
  if (law.kind === "fixed") return Math.round(law.mean * 1000);
  // Never 0: its logarithm has no end.
  const u = 1 - random.float();
  const seconds = secondsAt(law, u);
  return Math.max(1, Math.round(Math.min(seconds, LIFETIME_S_MAX) * 1000));
}

/** What a share `u` of all outlives, seconds. */
function secondsAt(law: Exclude<Law, { kind: "fixed" }>, u: number): number {
  if (u === 1) return 0;
  switch (law.kind) {
    case "exponential":
      return -law.mean * ln(u);
    case "pareto":
      return law.scale * (power(u, -1 / law.shape) - 1);
    case "weibull":
      return law.scale * power(-ln(u), 1 / law.shape);
  }
}
