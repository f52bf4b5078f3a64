import type { Random } from "../../core/random.ts";

/** Exponent of the sizes of organisations by rank (SkipNet §5.1, Scribe's `floor(N r^-1.25 + 0.5)`). */
const ZIPF_EXPONENT = 1.25;

/** How many nodes each organisation has: Zipf-like, the largest first, each at least one. */
export function organisationSizes(nodes: number, organisations: number): number[] {
  const count = Math.min(organisations, nodes);
  const weights = Array.from({ length: count }, (_, i) => (i + 1) ** -ZIPF_EXPONENT);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sizes = weights.map((weight) => Math.max(1, Math.floor((weight / total) * nodes)));
  let left = nodes - sizes.reduce((sum, size) => sum + size, 0);
  for (let i = 0; left !== 0; i = (i + 1) % count) {
    const step = left > 0 ? 1 : -1;
    if ((sizes[i] as number) + step < 1) continue;
    sizes[i] = (sizes[i] as number) + step;
    left -= step;
  }
  return sizes;
}

/** Names `orgN.hostM` for all nodes, in random order: the order in which they join. */
export function nodeNames(nodes: number, organisations: number, random: Random): string[] {
  const names: string[] = [];
  organisationSizes(nodes, organisations).forEach((size, org) => {
    for (let host = 0; host < size; host++) names.push(`org${org}.host${host}`);
  });
  return random.shuffle(names);
}
