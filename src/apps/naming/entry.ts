import type { Stamp } from "./stamp.ts";
import { compareStamps } from "./stamp.ts";

/** What a directory knows of one name: its last write, a removal included. Never changed. */
export interface Entry {
  /** Ends in a slash where it is a directory. */
  readonly name: string;
  readonly stamp: Stamp;
  /** A tombstone. */
  readonly removed: boolean;
  /** Empty for directories and tombstones. */
  readonly value: Uint8Array;
}

export const NO_VALUE: Uint8Array = new Uint8Array(0);

/** What an entry is taken to occupy besides its name and value, in bytes. */
const ENTRY_OVERHEAD_BYTES = 96;

/**
 * The total order by which entries of one name win: the later stamp; of one stamp (which only a
 * broken writer gives twice) the tombstone, then the greater value. So that merging is a maximum:
 * commutative, associative, idempotent.
 */
export function compareEntries(a: Entry, b: Entry): number {
  const byStamp = compareStamps(a.stamp, b.stamp);
  if (byStamp !== 0) return byStamp;
  if (a.removed !== b.removed) return a.removed ? 1 : -1;
  return compareBytes(a.value, b.value);
}

/** What the entry occupies, in bytes, about. */
export function entryBytes(entry: Entry): number {
  return ENTRY_OVERHEAD_BYTES + 2 * entry.name.length + entry.value.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
