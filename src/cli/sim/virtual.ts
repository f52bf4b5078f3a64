import { SkipnetError } from "../../core/errors.ts";
import type { NumericId } from "../../core/numeric-id.ts";
import { seededRandom } from "../../core/random.ts";
import { OVERLAY_DEFAULTS } from "../../overlay/options.ts";
import { drawHeight, truncatedNumericId } from "../../overlay/virtual.ts";
import type { SimRunOptions } from "./options.ts";

/** Most names of one host. */
export const VIRTUAL_MAX = 1_000;

/** Hosts of a run: each has `virtual` of its nodes. */
export function hostCount({ nodes, virtual = 1 }: SimRunOptions): number {
  return Math.ceil(nodes / virtual);
}

/** The truncated numeric ID of a node that is another name of a host; `undefined`: it is a host's first. */
export function virtualIdOf(options: SimRunOptions, number: number): NumericId | undefined {
  if ((options.virtual ?? 1) === 1 || number < hostCount(options)) return undefined;
  const random = seededRandom(`${options.seed}/virtual/${number}`);
  return truncatedNumericId(random, drawHeight(random, options.overlay.k ?? OVERLAY_DEFAULTS.k));
}

/** Throws `E_OPTIONS` where names of one host would be struck one by one. */
export function assertVirtual({
  virtual = 1,
  faults,
  churn,
}: Pick<SimRunOptions, "virtual" | "faults" | "churn">): void {
  if (virtual === 1 || (faults.length === 0 && churn === undefined)) return;
  throw new SkipnetError(
    "E_OPTIONS",
    "--virtual takes neither --fault nor --churn: they strike single nodes, and here a host has several",
  );
}
