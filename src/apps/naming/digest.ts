import type { Entry } from "./entry.ts";

/** Parts into which a directory is split to find differences, by hash of the name. */
export const BUCKETS = 32;

/** 64 bits that tell two sets of entries apart: the exclusive or of the entries' hashes. */
export interface Digest {
  readonly high: number;
  readonly low: number;
}

export const EMPTY_DIGEST: Digest = { high: 0, low: 0 };

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.high === b.high && a.low === b.low;
}

export function xorDigests(a: Digest, b: Digest): Digest {
  return { high: (a.high ^ b.high) >>> 0, low: (a.low ^ b.low) >>> 0 };
}

const FNV_PRIME = 0x0100_0193;
const BASIS_HIGH = 0x811c_9dc5;
const BASIS_LOW = 0x2f0b_4c47;

/** A hash of the whole entry: equal for equal entries on every machine. FNV-1a twice, then mixed. */
export function digestOf(entry: Entry): Digest {
  const { name, stamp, removed, value } = entry;
  let high = BASIS_HIGH;
  let low = BASIS_LOW;
  const add = (word: number): void => {
    high = Math.imul(high ^ word, FNV_PRIME);
    low = Math.imul(low ^ Math.imul(word, 0x9e37_79b1), FNV_PRIME);
  };
  for (let i = 0; i < name.length; i++) add(name.charCodeAt(i));
  add(name.length);
  add(Math.floor(stamp.ms / 2 ** 32));
  add(stamp.ms >>> 0);
  add(stamp.counter);
  add(stamp.writer);
  add(removed ? 1 : 0);
  add(value.length);
  for (let i = 0; i < value.length; i++) add(value[i] as number);
  return { high: mix(high), low: mix(low) };
}

/** Which part of its directory a name belongs to, 0 to `BUCKETS` - 1. */
export function bucketOf(name: string): number {
  let hash = BASIS_HIGH;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), FNV_PRIME);
  return mix(hash) % BUCKETS;
}

/** The finishing step of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
