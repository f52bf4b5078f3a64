import { SkipnetError } from "../core/errors.ts";
import { assertNodeName } from "../core/names.ts";

/** Prefixes of an organisation that are sought in a disconnect. */
const SEGMENTS_MAX = 16;

/** Which pointers a route may use: for comparison with the papers' tables. */
export const ROUTE_WITH = ["all", "leaf", "rtable"] as const;
export type RouteWith = (typeof ROUTE_WITH)[number];

/** Everything of the overlay that can be tuned. Times in milliseconds. */
export interface OverlayOptions {
  /** Number of values of a numeric-ID digit: a level-h ring splits into up to k rings. 2 to 16. SkipNet used 8. */
  readonly k: number;
  /** Keep k - 1 contiguous pointers a level and direction instead of one: fewer hops, more state. */
  readonly dense: boolean;
  /**
   * Beside the R-Table, pointers in which no level repeats what a lower one points to: shorter routes by
   * name, at a few more pointers.
   */
  readonly dedupe: boolean;
  /** In each segment of the ring a near node: routes by name that take less time. */
  readonly pTable: boolean;
  /** For each numeric prefix and next digit a near node: routes by numeric ID of fewer and shorter hops. */
  readonly cTable: boolean;
  /** How often P-Table and C-Table are refreshed; after a join the first rounds follow sooner. */
  readonly proximityPeriodMs: number;
  /**
   * Members may have truncated numeric IDs, as virtual nodes do. All nodes of an overlay must agree on it,
   * as on `k`.
   */
  readonly truncatedIds: boolean;
  /** Nodes in the leaf set, half on each side; SkipNet and Pastry: 16. */
  readonly leafSetSize: number;
  readonly routeWith: RouteWith;
  /** Members that the overlay is laid out for: decides how many levels the tables have. */
  readonly membersExpected: number;
  /**
   * At rest a member verifies one level of its rings and one leaf in so long. Shorter: what went wrong
   * unnoticed is found sooner, at two to three messages a period (k = 8, sparse).
   */
  readonly repairPeriodMs: number;
  /** After a join, or when something was found wrong, so long; then half as long again each time, up to the period. */
  readonly firstRepairMs: number;
  /**
   * A leaf that was called dead for its silence is asked after so long whether it is there again; then after twice as long,
   * and so on. Longer than the transport refuses to try: shorter is wasted.
   */
  readonly lostRetryMs: number;
  /** A member that lost nodes of its tables asks one of them, or another in their place, each so often whether it is on the same ring. FreePastry: 5 min. */
  readonly gonePeriodMs: number;
  /** After a whole side of the leaf set fell silent, before the rest of the ring is sought: others find out meanwhile. */
  readonly edgeMs: number;
  /** Wait for the answer where a member's place is in another ring; the second time twice, the third time thrice. */
  readonly placeWaitMs: number;
  /** After two nodes of different rings were linked, before the leaf sets beside them and the rings above follow. */
  readonly seamMs: number;
  /** From one walk of a member to the next when the rings above are linked: the lower levels first. */
  readonly bridgePaceMs: number;
  /** Other prefixes under which nodes of the same organisation have their names: sought in a disconnect. At most 16. */
  readonly segments: readonly string[];
  /** How often a routed operation is tried, each time over another first hop (paper §3.2: three). */
  readonly tries: number;
  /** Wait for an answer before the route times of earlier answers are known; then their mean + 4 deviations. A long route's time at least, by the mean of a hop. */
  readonly firstTryMs: number;
  /** A route longer than this many times the expected hops is given up. */
  readonly hopsFactorMax: number;
  /** Wait before a failed join starts again. */
  readonly joinRetryMs: number;
  /**
   * The search for a joiner's place takes some 2 k log_k N hops, one after the other; one that has not
   * come back by then was lost with the node that held it, and starts again.
   */
  readonly joinSearchMs: number;
  /** The same for the single exchange with the left neighbour. */
  readonly joinStepMs: number;
}

export const OVERLAY_DEFAULTS: OverlayOptions = {
  k: 8,
  dense: false,
  dedupe: false,
  pTable: false,
  cTable: false,
  truncatedIds: false,
  proximityPeriodMs: 60_000,
  leafSetSize: 16,
  routeWith: "all",
  membersExpected: 1 << 20,
  repairPeriodMs: 5_000,
  firstRepairMs: 500,
  lostRetryMs: 2_000,
  gonePeriodMs: 300_000,
  edgeMs: 500,
  placeWaitMs: 3_000,
  seamMs: 2_000,
  bridgePaceMs: 100,
  segments: [],
  tries: 3,
  firstTryMs: 1_000,
  hopsFactorMax: 8,
  joinRetryMs: 500,
  joinSearchMs: 30_000,
  joinStepMs: 3_000,
};

/** The defaults with what was given in their place. Throws `E_OPTIONS`, naming the option, outside its range. */
export function overlayOptions(given: Partial<OverlayOptions> = {}): OverlayOptions {
  const options = { ...OVERLAY_DEFAULTS, ...given };
  const whole = (name: keyof OverlayOptions, min: number, max: number): void => {
    const value = options[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
      throw new SkipnetError("E_OPTIONS", `${name} must be a whole number from ${min} to ${max}`);
    }
  };
  whole("k", 2, 16);
  whole("leafSetSize", 2, 64);
  whole("membersExpected", 1, 1 << 21);
  whole("repairPeriodMs", 10, 86_400_000);
  whole("firstRepairMs", 1, 86_400_000);
  whole("proximityPeriodMs", 10, 86_400_000);
  whole("lostRetryMs", 10, 86_400_000);
  whole("gonePeriodMs", 1_000, 86_400_000);
  whole("edgeMs", 1, 3_600_000);
  whole("placeWaitMs", 1, 3_600_000);
  whole("seamMs", 1, 3_600_000);
  whole("bridgePaceMs", 1, 3_600_000);
  whole("tries", 1, 10);
  whole("firstTryMs", 1, 3_600_000);
  whole("hopsFactorMax", 1, 100);
  whole("joinRetryMs", 1, 3_600_000);
  whole("joinSearchMs", 1, 3_600_000);
  whole("joinStepMs", 1, 3_600_000);
  if (options.segments.length > SEGMENTS_MAX) {
    throw new SkipnetError("E_OPTIONS", `at most ${SEGMENTS_MAX} segments`);
  }
  for (const prefix of options.segments) assertNodeName(prefix);
  if (options.leafSetSize % 2 !== 0) {
    throw new SkipnetError("E_OPTIONS", "leafSetSize must be even: half of it on each side");
  }
  return options;
}

/** Levels that the tables hold: the rings of so many members, and some to spare for chance. */
export function levelsFor(options: OverlayOptions): number {
  const expected = Math.log(options.membersExpected) / Math.log(options.k);
  return Math.min(Math.ceil(2 * expected) + 4, Math.floor(128 / Math.log2(options.k)));
}

/** Most hops of a route: a multiple of what is expected, k log_k N. */
export function hopsMax(options: OverlayOptions): number {
  const levels = Math.log(options.membersExpected) / Math.log(options.k);
  return Math.min(255, Math.ceil(options.hopsFactorMax * (options.k + 2) * (levels + 1)));
}
