const MULTIPLIER = 0x9e3779b1;
/** From so many bytes on a view of them costs less than putting their words together. */
const VIEW_BYTES_MIN = 512;

/**
 * A 32-bit sum over bytes that finds every change within one word of four, and others but one in
 * 2^32. It guards against damage, not against attackers: UDP's own sum has 16 bits and is not
 * computed on loopback. Four words go in side by side, for the processor multiplies them in parallel.
 */
export function checksum(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let a = seed | 0;
  let b = 1;
  let c = 2;
  let d = 3;
  let at = start;
  if (end - start >= VIEW_BYTES_MIN) {
    const words = new DataView(bytes.buffer, bytes.byteOffset, end);
    for (const last = end - 16; at <= last; at += 16) {
      a = mix(a, words.getInt32(at, true));
      b = mix(b, words.getInt32(at + 4, true));
      c = mix(c, words.getInt32(at + 8, true));
      d = mix(d, words.getInt32(at + 12, true));
    }
  }
  for (const last = end - 16; at <= last; at += 16) {
    a = mix(a, word(bytes, at));
    b = mix(b, word(bytes, at + 4));
    c = mix(c, word(bytes, at + 8));
    d = mix(d, word(bytes, at + 12));
  }
  a = mix(mix(mix(a, b), c), d);
  for (const last = end - 4; at <= last; at += 4) a = mix(a, word(bytes, at));
  let tail = end - start;
  for (; at < end; at++) tail = Math.imul(tail, 257) + (bytes[at] as number);
  a = mix(a, tail);
  return (a ^ (a >>> 15)) >>> 0;
}

/** For a given sum each word gives another result, and for a given word each sum. */
function mix(sum: number, next: number): number {
  return Math.imul(((sum << 5) | (sum >>> 27)) ^ next, MULTIPLIER);
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
