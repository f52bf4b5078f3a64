import type { Random } from "../../../src/core/random.ts";
import type { IdRing, IdWords } from "../id-ring.ts";
import { HERE, type RoutingTables } from "../routing-tables.ts";
import { buildPrefixTable, DIGIT_BITS, digitOf, EMPTY, type PrefixTable } from "./prefix-table.ts";

const LEAVES = 16;

/** Options of the Pastry baseline. */
export interface PastryOptions {
  /** Nodes in the leaf set, half on each side. Default 16. */
  readonly leafSetSize?: number | undefined;
  /** Time between two nodes: table entries are near. Left out: they are random. */
  readonly distanceUs?: ((from: number, to: number) => number) | undefined;
  /** What chooses among the nodes that fit an entry. */
  readonly random: Random;
}

/**
 * Pastry (Rowstron and Druschel, Middleware 2001), b = 4, with the tables of a converged overlay. A
 * key is held by the node whose ID is numerically closest to it.
 */
export class Pastry implements RoutingTables {
  readonly name = "Pastry";
  readonly #ring: IdRing;
  readonly #side: number;
  /** Steps clockwise from the first of the leaf set to the last; in a small ring, once round. */
  readonly #span: number;
  readonly #table: PrefixTable;

  constructor(ring: IdRing, { leafSetSize = LEAVES, distanceUs, random }: PastryOptions) {
    this.#ring = ring;
    this.#side = leafSetSize / 2;
    this.#span = Math.min(leafSetSize, ring.count);
    this.#table = buildPrefixTable(ring, random, distanceUs);
  }

  next(node: number, key: IdWords): number {
    const ring = this.#ring;
    const place = ring.placeOf(node);
    const toLeaf = this.#nearestLeaf(place, key);
    if (toLeaf !== undefined) return toLeaf === place ? HERE : ring.nodeAt(toLeaf);
    const row = Math.floor(ring.commonBits(place, key) / DIGIT_BITS);
    const entry = this.#table.entry(place, row, digitOf(key, row));
    if (entry !== EMPTY) return ring.nodeAt(entry);
    const nearer = this.#anyNearer(place, row, key);
    return nearer === place ? HERE : ring.nodeAt(nearer);
  }

  owner(key: IdWords): number {
    const ring = this.#ring;
    const after = ring.successor(key);
    const before = ring.step(after, -1);
    return ring.nodeAt(ring.isNearer(before, after, key) ? before : after);
  }

  /** Routing table and leaf set together. */
  uniqueEntries(node: number): number {
    const known = this.#known(this.#ring.placeOf(node));
    return new Set(known).size;
  }

  /** Where the leaf set spans the key: the nearest of it and the node itself. */
  #nearestLeaf(place: number, key: IdWords): number | undefined {
    const ring = this.#ring;
    const first = ring.step(place, -this.#side);
    // Two of them stand on both sides of the key, and one of those two is the nearest.
    for (let i = 0; i < this.#span; i++) {
      const before = ring.step(first, i);
      const after = ring.step(before, 1);
      if (!ring.isBetween(before, key, after)) continue;
      return ring.isNearer(before, after, key) ? before : after;
    }
    return ring.compare(first, key) === 0 ? first : undefined;
  }

  /** The rare case: no entry fits; any known node with as long a prefix that is nearer. */
  #anyNearer(place: number, row: number, key: IdWords): number {
    const ring = this.#ring;
    let nearest = place;
    for (const known of this.#known(place)) {
      if (ring.commonBits(known, key) < row * DIGIT_BITS) continue;
      if (ring.isNearer(known, nearest, key)) nearest = known;
    }
    return nearest;
  }

  #known(place: number): number[] {
    const first = this.#ring.step(place, -this.#side);
    const leaves = Array.from({ length: this.#span + 1 }, (_, i) => this.#ring.step(first, i));
    return [...this.#table.entries(place), ...leaves].filter((known) => known !== place);
  }
}
