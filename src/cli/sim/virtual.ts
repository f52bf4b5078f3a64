import { SkipnetError } from "../../core/errors.ts";
import { hashName, type NumericId } from "../../core/numeric-id.ts";
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

/** The numeric ID of a node; truncated where it is not the first name of its host. */
export function numericIdOf(options: SimRunOptions, number: number, name: string): NumericId {
  const { seed, virtual = 1, overlay, from } = options;
  const saved = from?.numericIds[number];
  if (saved !== undefined) return saved;
  if (virtual === 1 || number < hostCount(options)) return hashName(`${seed}/${name}`);
  const random = seededRandom(`${seed}/virtual/${number}`);
  return truncatedNumericId(random, drawHeight(random, overlay.k ?? OVERLAY_DEFAULTS.k));
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
