import type { Random } from "../../core/random.ts";
import { zipfSizes } from "../../transport/sim/topology/zipf-sizes.ts";

/** Exponent of the sizes of organisations by rank (SkipNet §5.1, Scribe's `floor(N r^-1.25 + 0.5)`). */
const ZIPF_EXPONENT = 1.25;

/** How many nodes each organisation has: Zipf-like, the largest first, each at least one. */
export function organisationSizes(nodes: number, organisations: number): number[] {
  return zipfSizes(nodes, Math.min(organisations, nodes), ZIPF_EXPONENT);
}

/** Names `orgN.hostM` for all nodes, in random order: the order in which they join. */
export function nodeNames(nodes: number, organisations: number, random: Random): string[] {
  const names: string[] = [];
  organisationSizes(nodes, organisations).forEach((size, org) => {
    for (let host = 0; host < size; host++) names.push(`org${org}.host${host}`);
  });
  return random.shuffle(names);
}
