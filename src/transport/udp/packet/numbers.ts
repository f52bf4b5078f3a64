const SPAN = 2 ** 32;
const HALF = 2 ** 31;

/** Packet and message numbers stay below this; at a million a second it lasts nine years. */
export const NUMBER_MAX = 2 ** 48;

/**
 * The full number whose low 32 bits travelled: of all candidates the closest to what is expected.
 * Source: RFC 9000, appendix A.3.
 */
export function expandNumber(low: number, expected: number): number {
  const candidate = expected - (expected % SPAN) + low;
  if (candidate - expected > HALF && candidate >= SPAN) return candidate - SPAN;
  if (expected - candidate > HALF) return candidate + SPAN;
  return candidate;
}
