import type { Ref } from "../core/contacts.ts";
import type { Oracle, Rings } from "./oracle.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, type Direction } from "./ring-order.ts";

/** Where each member stands on the rings of the oracle: for what has to be asked member by member. */
export class RingPlaces {
  readonly #self: (member: Member) => Ref;
  readonly #levels: Rings[] = [];
  /** For each level: where a member stands in its order; -1: it is alone there. */
  readonly #places: Int32Array[] = [];
  /** Made when first asked for. */
  #byNode: Map<Ref, Member> | undefined;

  /** `memberCount`: one more than the greatest number of a member. */
  constructor(oracle: Oracle, memberCount: number, self: (member: Member) => Ref) {
    this.#self = self;
    for (const rings of oracle.levels()) {
      const places = new Int32Array(memberCount).fill(-1);
      rings.order.forEach((member, place) => {
        places[member] = place;
      });
      this.#levels.push(rings);
      this.#places.push(places);
    }
  }

  /** For each level the next `width` nodes of its ring that lie beyond all those of lower levels, nearest first. */
  withoutDuplicates(member: Member, direction: Direction, width: number): (readonly Ref[])[] {
    const found: Ref[][] = [];
    /** Steps on the root ring from the member to the furthest node so far. */
    let reached = 0;
    for (const [level, { order, starts }] of this.#levels.entries()) {
      const own = this.#places[level]?.[member] as number;
      if (own < 0) break;
      const r = ringAt(starts, own);
      const start = starts[r] as number;
      const size = (starts[r + 1] as number) - start;
      const nodes: Ref[] = [];
      let furthest = reached;
      for (let i = 1; i < size && nodes.length < width; i++) {
        const step = direction === CLOCKWISE ? i : size - i;
        const other = order[start + ((own - start + step) % size)] as Member;
        const away = this.#stepsTo(member, other, direction);
        if (away <= reached) continue;
        nodes.push(this.#self(other));
        furthest = away;
      }
      if (nodes.length === 0) break;
      reached = furthest;
      found.push(nodes);
    }
    return found;
  }

  /** Levels on which the member has neighbours. */
  levelsOf(member: Member): number {
    let count = 0;
    while ((this.#places[count]?.[member] ?? -1) >= 0) count++;
    return count;
  }

  /** Members of the ring that the member stands on at a level, itself included; 0: it is alone there. */
  ringSize(member: Member, level: number): number {
    const rings = this.#levels[level];
    const own = this.#places[level]?.[member] ?? -1;
    if (rings === undefined || own < 0) return 0;
    const r = ringAt(rings.starts, own);
    return (rings.starts[r + 1] as number) - (rings.starts[r] as number);
  }

  /** The node so many steps clockwise from the member on its ring at a level; it is not alone there. */
  onRing(member: Member, level: number, steps: number): Ref {
    const { order, starts } = this.#levels[level] as Rings;
    const own = this.#places[level]?.[member] as number;
    const r = ringAt(starts, own);
    const start = starts[r] as number;
    const size = (starts[r + 1] as number) - start;
    return this.#self(order[start + ((own - start + steps) % size)] as Member);
  }

  /** Steps clockwise on the root ring from the member to a node; 0 where that is no member. */
  stepsToNode(member: Member, node: Ref): number {
    const { order } = this.#levels[0] as Rings;
    this.#byNode ??= new Map(
      Array.from(order, (one) => [this.#self(one as Member), one as Member]),
    );
    const other = this.#byNode.get(node);
    return other === undefined ? 0 : this.#stepsTo(member, other, CLOCKWISE);
  }

  #stepsTo(member: Member, other: Member, direction: Direction): number {
    const places = this.#places[0] as Int32Array;
    const count = (this.#levels[0] as Rings).order.length;
    const away = (places[other] as number) - (places[member] as number);
    return ((direction === CLOCKWISE ? away : -away) + count) % count;
  }
}

/** Which ring reaches over a place of the order. */
function ringAt(starts: Int32Array, place: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) <= place) low = middle;
    else high = middle;
  }
  return low;
}
