/**
 * `base ** exponent` of a positive base, the same on every engine. What the language's own operator gives
 * in its last bits is left to the engine, and differs between V8 11 and V8 13; logarithm and exponential
 * do not. Within 1e-13 of the exact value for results between 1e-9 and 1e9.
 */
export function power(base: number, exponent: number): number {
  return Math.exp(exponent * Math.log(base));
}
