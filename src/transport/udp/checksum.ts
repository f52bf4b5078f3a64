const MULTIPLIER = 0x9e3779b1;

/**
 * A 32-bit sum over bytes, four at a time, that finds every change within one word and others but
 * one in 2^32. It guards against damage, not against attackers: UDP's own sum has 16 bits and is
 * not computed on loopback.
 */
export function checksum(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let h = seed | 0;
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    h = Math.imul(((h << 5) | (h >>> 27)) ^ word, MULTIPLIER);
  }
  let tail = end - start;
  for (; at < end; at++) tail = Math.imul(tail, 257) + (bytes[at] as number);
  h = Math.imul(((h << 5) | (h >>> 27)) ^ tail, MULTIPLIER);
  return (h ^ (h >>> 15)) >>> 0;
}
