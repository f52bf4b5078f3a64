import { SkipnetError } from "../../core/errors.ts";
import type { Delivery } from "../../overlay/overlay.ts";

/** Largest value, in bytes. */
export const VALUE_BYTES_MAX = 1 << 20;
/** Nodes that hold a directory. */
export const HOLDERS = 3;

/** Everything of the naming service that can be tuned. Times in milliseconds. */
export interface NamingOptions {
  /**
   * How often a directory's first holder compares it with the others, give or take a quarter; they
   * do so themselves where it has not for half as long again. Shorter: a shorter time in which one crash only may happen,
   * at one route and two small requests a directory and period.
   */
  readonly repairPeriodMs: number;
  /** After news of the neighbourhood or a holder that did not answer, repair waits up to so long: news comes in bursts. */
  readonly repairSoonMs: number;
  /** Directories of one member that are repaired at the same time. */
  readonly repairsAtOnce: number;
  /** A repair of one directory ends after this, finished or not; the next goes on from there. */
  readonly repairMs: number;
  /** A holder that has not answered one request of a repair in this time counts as not reachable, after `syncTries`. */
  readonly syncMs: number;
  readonly syncTries: number;
  /**
   * How long an operation's first attempt waits for its answer before earlier ones tell how long they
   * take, doubled for each further attempt, within the caller's deadline.
   */
  readonly firstAttemptMs: number;
  /** Wait before a failed attempt is repeated, doubled each time, halved at random. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** How tombstones are kept. Whoever is out of contact for longer has forgotten removals: it discards its store. */
  readonly tombstoneMs: number;
  /** A stamp further ahead of the holder's clock is refused. */
  readonly aheadMs: number;
  /** Directories known to have an entry in their parent, a member. */
  readonly parentsCached: number;
  /** Largest value, in bytes, at most `VALUE_BYTES_MAX`. */
  readonly valueBytesMax: number;
  /** Names in one directory, tombstones included. A merge of two holders' copies may reach twice that. */
  readonly entriesMax: number;
  /** Directories that one member holds. */
  readonly directoriesMax: number;
  /** Bytes of all directories of one member, about. */
  readonly storeBytesMax: number;
  /** Larger values do not take the route: they go straight to the directory's first holder, once that is found. */
  readonly routedBytesMax: number;
  /** Requests that one member serves at the same time; more are declined. */
  readonly servedAtOnce: number;
  /**
   * A member that joined others, or knew of three, goes on asking for two stores of a write for so
   * long after it has lost sight of them: it may be the one that is cut off.
   */
  readonly aloneAfterMs: number;
  /**
   * A member so young asks others before it says that there is no such name. In this time its
   * neighbours learn of it and hand over what it now holds.
   */
  readonly establishMs: number;
  /** How operations are routed. */
  readonly delivery: Delivery;
}

export const NAMING_DEFAULTS: NamingOptions = {
  repairPeriodMs: 10_000,
  repairSoonMs: 200,
  repairsAtOnce: 16,
  repairMs: 5_000,
  syncMs: 1_000,
  syncTries: 2,
  firstAttemptMs: 2_000,
  backoffMs: 50,
  backoffMaxMs: 1_000,
  tombstoneMs: 24 * 3_600_000,
  aheadMs: 60_000,
  parentsCached: 4_096,
  valueBytesMax: VALUE_BYTES_MAX,
  entriesMax: 16_384,
  directoriesMax: 1 << 20,
  storeBytesMax: 2 ** 31,
  routedBytesMax: 4_096,
  servedAtOnce: 4_096,
  aloneAfterMs: 300_000,
  establishMs: 2_000,
  delivery: "recursive",
};

/** Fills in defaults and checks. Throws `E_OPTIONS`. */
export function namingOptions(given: Partial<NamingOptions> = {}): NamingOptions {
  const options = { ...NAMING_DEFAULTS, ...given };
  const whole = (name: keyof NamingOptions, min: number, max: number): void => {
    const value = options[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
      throw new SkipnetError("E_OPTIONS", `${name} must be a whole number from ${min} to ${max}`);
    }
  };
  const hour = 3_600_000;
  whole("repairPeriodMs", 10, hour);
  whole("repairSoonMs", 0, hour);
  whole("repairsAtOnce", 1, 1_024);
  whole("repairMs", 1, hour);
  whole("syncMs", 1, hour);
  whole("syncTries", 1, 10);
  whole("firstAttemptMs", 1, hour);
  whole("backoffMs", 1, hour);
  whole("backoffMaxMs", options.backoffMs, hour);
  whole("tombstoneMs", 1_000, 366 * 24 * hour);
  whole("aheadMs", 0, hour);
  whole("parentsCached", 0, 1 << 20);
  whole("valueBytesMax", 0, VALUE_BYTES_MAX);
  whole("entriesMax", 1, 1 << 16);
  whole("directoriesMax", 1, 1 << 24);
  whole("storeBytesMax", 1, 2 ** 40);
  whole("routedBytesMax", 0, VALUE_BYTES_MAX);
  whole("servedAtOnce", 1, 1 << 20);
  whole("aloneAfterMs", 0, hour);
  whole("establishMs", 0, hour);
  return options;
}
