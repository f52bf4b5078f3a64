/** What the seeds say of a figure: their mean, and how sure it is. */
export interface Estimate {
  readonly mean: number;
  /** Of the mean. `null`: one seed says nothing of its error. */
  readonly standardError: number | null;
  /** Half the width of the 95 % interval around the mean, by Student's t. */
  readonly interval: number | null;
  readonly seeds: number;
}

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const T_95 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788,
  2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639,
  2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
] as const;
const NORMAL_95 = 1.959964;

/** How many standard errors the 95 % interval reaches to each side. Above 30 degrees by the first terms of its series. */
export function studentT95(degrees: number): number {
  const known = T_95[degrees - 1];
  if (known !== undefined) return known;
  const z = NORMAL_95;
  const first = (z ** 3 + z) / (4 * degrees);
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  return z + first + second;
}

/** The estimate of these values, one a seed. `undefined` where there is none. */
export function estimate(values: readonly number[]): Estimate | undefined {
  const seeds = values.length;
  if (seeds === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / seeds;
  if (seeds === 1) return { mean, standardError: null, interval: null, seeds };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = Math.sqrt(squares / (seeds - 1) / seeds);
  return { mean, standardError, interval: studentT95(seeds - 1) * standardError, seeds };
}
