import { clockwiseOf, type IdRing, type IdWords } from "../id-ring.ts";
import { HERE, type RoutingTables } from "../routing-tables.ts";

/** Bits of an ID, and so fingers of a node. */
const FINGERS = 128;
/** The nearest nodes clockwise that each node knows. */
const SUCCESSORS = 16;

/** Options of the Chord baseline. */
export interface ChordOptions {
  /** Length of the successor list. Default 16. */
  readonly successors?: number | undefined;
}

/**
 * Chord (Stoica et al., SIGCOMM 2001) with the tables that stabilisation ends with: 128 fingers, the
 * predecessor and a successor list, without regard to proximity. A key is held by its successor.
 */
export class Chord implements RoutingTables {
  readonly name = "Chord";
  readonly #ring: IdRing;
  readonly #successors: number;
  /** Distinct fingers of each place, the nearest first, and where each place's begin. */
  readonly #fingers: Int32Array;
  readonly #begins: Int32Array;

  constructor(ring: IdRing, { successors = SUCCESSORS }: ChordOptions = {}) {
    this.#ring = ring;
    this.#successors = Math.min(successors, ring.count - 1);
    const fingers: number[] = [];
    this.#begins = new Int32Array(ring.count + 1);
    for (let place = 0; place < ring.count; place++) {
      fingers.push(...fingersOf(ring, place));
      this.#begins[place + 1] = fingers.length;
    }
    this.#fingers = Int32Array.from(fingers);
  }

  next(node: number, key: IdWords): number {
    const ring = this.#ring;
    const place = ring.placeOf(node);
    if (ring.isBetween(ring.step(place, -1), key, place)) return HERE;
    const successor = ring.step(place, 1);
    if (ring.isBetween(place, key, successor)) return ring.nodeAt(successor);
    return ring.nodeAt(this.#closestPreceding(place, key));
  }

  owner(key: IdWords): number {
    return this.#ring.nodeAt(this.#ring.successor(key));
  }

  /** The fingers alone: that is what gives the paper's 16.3 at 2^16 nodes. */
  uniqueEntries(node: number): number {
    const place = this.#ring.placeOf(node);
    return (this.#begins[place + 1] as number) - (this.#begins[place] as number);
  }

  /** The known node that goes furthest without passing the key. */
  #closestPreceding(place: number, key: IdWords): number {
    const ring = this.#ring;
    const precedes = (known: number): boolean => !ring.isBetween(place, key, known);
    let furthest = ring.step(place, 1);
    const begin = this.#begins[place] as number;
    for (let i = (this.#begins[place + 1] as number) - 1; i >= begin; i--) {
      const finger = this.#fingers[i] as number;
      if (!precedes(finger)) continue;
      furthest = finger;
      break;
    }
    const reached = ring.step(furthest, -place);
    for (let i = this.#successors; i > reached; i--) {
      const known = ring.step(place, i);
      if (precedes(known)) return known;
    }
    return furthest;
  }
}

/** The distinct fingers of a place, the nearest first; the place itself is none. */
function fingersOf(ring: IdRing, place: number): number[] {
  const found: number[] = [];
  for (let bit = FINGERS - 1; bit >= 0; bit--) {
    const finger = ring.successor(clockwiseOf(ring.words(place), bit));
    if (finger !== place && finger !== found.at(-1)) found.push(finger);
    // Whatever is nearer still has the same successor.
    if (finger === ring.step(place, 1)) break;
  }
  return found.reverse();
}
