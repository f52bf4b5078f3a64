/** Buckets: the first ends at `FIRST_US`, each at 2^(1/4) times the one before; the last has no end. */
const BUCKETS = 72;
const FIRST_US = 100;
const BUCKETS_PER_DOUBLING = 4;

/**
 * How many delays there were of each length, to within 19 %. Counts only grow, so that those of two
 * moments can be subtracted and those of many processes added.
 */
export class DelayHistogram {
  readonly #counts = new Float64Array(BUCKETS);

  record(us: number): void {
    const above = us <= FIRST_US ? 0 : Math.ceil(Math.log2(us / FIRST_US) * BUCKETS_PER_DOUBLING);
    const bucket = Math.min(BUCKETS - 1, above);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  /** By bucket; a copy. */
  get counts(): readonly number[] {
    return [...this.#counts];
  }
}

/** The delay that this share of all is not above, microseconds; undefined where there are none. */
export function delayQuantileUs(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let left = share * total;
  let bucket = 0;
  while (bucket < counts.length - 1) {
    left -= counts[bucket] as number;
    if (left <= 0) break;
    bucket++;
  }
  return FIRST_US * 2 ** (bucket / BUCKETS_PER_DOUBLING);
}
