/** How a cost follows the size: `cost = factor × size ^ exponent`. */
export interface PowerLaw {
  readonly exponent: number;
  /** Standard error of the exponent; `undefined` with two points. */
  readonly error: number | undefined;
  readonly factor: number;
}

/** Least squares on the logarithms; `undefined` with fewer than two sizes. */
export function fitPowerLaw(
  points: readonly { readonly size: number; readonly cost: number }[],
): PowerLaw | undefined {
  const logs = points.map(({ size, cost }) => [Math.log(size), Math.log(cost)] as const);
  const n = logs.length;
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / n;
  const spread = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (n < 2 || spread === 0) return undefined;
  const exponent = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const base = meanY - exponent * meanX;
  const residual = logs.reduce((sum, [x, y]) => sum + (y - base - exponent * x) ** 2, 0);
  const error = n === 2 ? undefined : Math.sqrt(residual / (n - 2) / spread);
  return { exponent, error, factor: Math.exp(base) };
}
