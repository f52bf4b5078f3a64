import { power } from "../../../core/power.ts";

/**
 * `total` things over `parts` parts, Zipf-like: part `r` (from 1) in proportion to `r ** -exponent`, the
 * largest first, each at least one. `total` is at least `parts`.
 */
export function zipfSizes(total: number, parts: number, exponent: number): number[] {
  const weights = Array.from({ length: parts }, (_, i) => power(i + 1, -exponent));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const sizes = weights.map((weight) => Math.max(1, Math.floor((weight / sum) * total)));
  let left = total - sizes.reduce((all, size) => all + size, 0);
  for (let i = 0; left !== 0; i = (i + 1) % parts) {
    const step = left > 0 ? 1 : -1;
    if ((sizes[i] as number) + step < 1) continue;
    sizes[i] = (sizes[i] as number) + step;
    left -= step;
  }
  return sizes;
}
