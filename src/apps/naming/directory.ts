import { BUCKETS, bucketOf, type Digest, digestOf, EMPTY_DIGEST, xorDigests } from "./digest.ts";
import { compareEntries, type Entry, entryBytes } from "./entry.ts";

/** `stored`: it won. `same`: it was there. `superseded`: a later one is there. `full`: over a limit. */
export type MergeResult = "stored" | "same" | "superseded" | "full";

/**
 * One directory as one holder knows it: for every name the entry that won, tombstones included.
 * Merging entries in any order, any number of times, gives the same directory.
 */
export class Directory {
  readonly #entriesMax: number;
  /** BOUNDED: `entriesMax`. */
  readonly #entries = new Map<string, Entry>();
  #digest: Digest = EMPTY_DIGEST;
  #live = 0;
  #bytes = 0;
  #version = 0;
  /** All names in order; made when asked for. BOUNDED: as the entries. */
  #sorted: string[] | undefined = [];

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Names, tombstones included. */
  get size(): number {
    return this.#entries.size;
  }

  /** Names that are not tombstones. */
  get liveCount(): number {
    return this.#live;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get digest(): Digest {
    return this.#digest;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** The entry, unless it is a tombstone. */
  live(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    return entry === undefined || entry.removed ? undefined : entry;
  }

  merge(entry: Entry): MergeResult {
    const present = this.#entries.get(entry.name);
    if (present === undefined) {
      if (this.#entries.size >= this.#entriesMax) return "full";
      this.#sorted = undefined;
    } else {
      const order = compareEntries(entry, present);
      if (order === 0) return "same";
      if (order < 0) return "superseded";
      this.#account(present, -1);
    }
    this.#entries.set(entry.name, entry);
    this.#account(entry, 1);
    return "stored";
  }

  /** Forgets tombstones older than this. Returns how many. */
  purge(beforeMs: number): number {
    let purged = 0;
    for (const entry of this.#entries.values()) {
      if (!entry.removed || entry.stamp.ms >= beforeMs) continue;
      this.#entries.delete(entry.name);
      this.#account(entry, -1);
      purged++;
    }
    if (purged > 0) this.#sorted = undefined;
    return purged;
  }

  /** Names that are not tombstones, in order, after the given one. */
  page(
    after: string,
    limit: number,
  ): { readonly names: readonly string[]; readonly more: boolean } {
    const names: string[] = [];
    const sorted = this.#names();
    for (let i = firstAfter(sorted, after); i < sorted.length; i++) {
      const name = sorted[i] as string;
      if (this.live(name) === undefined) continue;
      if (names.length === limit) return { names, more: true };
      names.push(name);
    }
    return { names, more: false };
  }

  /** Entries of some parts with names after `after`, up to and with `upTo` (undefined: to the end), in order. */
  *range(buckets: ReadonlySet<number>, after: string, upTo: string | undefined): Generator<Entry> {
    const sorted = this.#names();
    for (let i = firstAfter(sorted, after); i < sorted.length; i++) {
      const name = sorted[i] as string;
      if (upTo !== undefined && name > upTo) return;
      const entry = this.#entries.get(name);
      if (entry !== undefined && buckets.has(bucketOf(name))) yield entry;
    }
  }

  /** Two words for each part: the high and the low half of its digest. */
  bucketDigests(): number[] {
    const words = new Array<number>(2 * BUCKETS).fill(0);
    for (const entry of this.#entries.values()) {
      const at = 2 * bucketOf(entry.name);
      const { high, low } = digestOf(entry);
      words[at] = ((words[at] as number) ^ high) >>> 0;
      words[at + 1] = ((words[at + 1] as number) ^ low) >>> 0;
    }
    return words;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  #names(): string[] {
    this.#sorted ??= [...this.#entries.keys()].sort();
    return this.#sorted;
  }

  #account(entry: Entry, sign: 1 | -1): void {
    this.#digest = xorDigests(this.#digest, digestOf(entry));
    if (!entry.removed) this.#live += sign;
    this.#bytes += sign * entryBytes(entry);
    this.#version++;
  }
}

/** Index of the first name after the given one. */
function firstAfter(sorted: readonly string[], after: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
