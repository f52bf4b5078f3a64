import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Context } from "./context.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, type Direction } from "./ring-order.ts";

/** All that has to be known of an overlay to say what its tables should hold. */
export type OverlayOfMembers = Pick<Context, "contacts" | "digits" | "memberCount" | "self"> & {
  readonly options: Pick<Context["options"], "k">;
  readonly table: Pick<Context["table"], "levels">;
};

/**
 * What the tables of a converged overlay hold, computed from the sorted names by one who sees all
 * members: what checks compare with, and what an overlay can be constructed from.
 */
export class Oracle {
  readonly #net: OverlayOfMembers;
  /** All members that are in, in name order. */
  readonly members: readonly Member[];
  /** For each level the rings' members in name order, and each member's ring and place there. */
  readonly #rings: (readonly Member[])[][] = [];
  readonly #ringOf: Int32Array[] = [];
  readonly #placeOf: Int32Array[] = [];

  constructor(net: OverlayOfMembers, members: readonly Member[]) {
    this.#net = net;
    this.members = [...members].sort((a, b) => net.contacts.compareNames(net.self(a), net.self(b)));
    let rings: (readonly Member[])[] = [this.members];
    for (let level = 0; level < net.table.levels && rings.length > 0; level++) {
      const ringOf = new Int32Array(net.memberCount).fill(-1);
      const placeOf = new Int32Array(net.memberCount);
      rings.forEach((ring, r) => {
        ring.forEach((member, place) => {
          ringOf[member] = r;
          placeOf[member] = place;
        });
      });
      this.#rings.push(rings);
      this.#ringOf.push(ringOf);
      this.#placeOf.push(placeOf);
      rings = rings.flatMap((ring) => this.#split(ring, level)).filter((ring) => ring.length > 1);
    }
  }

  /** The rings of the next level, each of at least two. */
  #split(ring: readonly Member[], level: number): (readonly Member[])[] {
    const { digits, options } = this.#net;
    const children: Member[][] = Array.from({ length: options.k }, () => []);
    for (const member of ring) children[digits.digit(this.#net.self(member), level)]?.push(member);
    return children;
  }

  /** The `i`th node from the member on its ring at a level, 0 the nearest; `NO_REF` past all others. */
  onRing(member: Member, level: number, direction: Direction, i: number): Ref {
    const r = this.#ringOf[level]?.[member] ?? -1;
    if (r < 0) return NO_REF;
    const ring = this.#rings[level]?.[r] as readonly Member[];
    if (i >= ring.length - 1) return NO_REF;
    const place = this.#placeOf[level]?.[member] as number;
    const step = direction === CLOCKWISE ? i + 1 : ring.length - 1 - i;
    return this.#net.self(ring[(place + step) % ring.length] as Member);
  }

  /** For each level the next `width` nodes of its ring that lie beyond all those of lower levels, nearest first. */
  withoutDuplicates(member: Member, direction: Direction, width: number): (readonly Ref[])[] {
    const levels: Ref[][] = [];
    /** Steps on the root ring from the member to the furthest node so far. */
    let reached = 0;
    const steps = (place: number): number => {
      const from = this.#placeOf[0]?.[member] as number;
      const count = this.members.length;
      return (direction === CLOCKWISE ? place - from + count : from - place + count) % count;
    };
    for (let level = 0; level <= this.topLevel(member); level++) {
      const ring = this.#rings[level]?.[this.#ringOf[level]?.[member] as number] ?? [];
      const own = this.#placeOf[level]?.[member] as number;
      const nodes: Ref[] = [];
      let furthest = reached;
      for (let i = 1; i < ring.length && nodes.length < width; i++) {
        const at = direction === CLOCKWISE ? own + i : own + ring.length - i;
        const other = ring[at % ring.length] as Member;
        const away = steps(this.#placeOf[0]?.[other] as number);
        if (away <= reached) continue;
        nodes.push(this.#net.self(other));
        furthest = away;
      }
      if (nodes.length === 0) break;
      reached = furthest;
      levels.push(nodes);
    }
    return levels;
  }

  /** Highest level on which the member has neighbours; -1: none. */
  topLevel(member: Member): number {
    let level = this.#ringOf.length - 1;
    while (level >= 0 && (this.#ringOf[level]?.[member] ?? -1) < 0) level--;
    return this.members.length > 1 ? level : -1;
  }

  /** The member at a name or, if there is none, before it. */
  ownerOfName(target: Ref): Member {
    const { contacts } = this.#net;
    let low = 0;
    let high = this.members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const name = this.#net.self(this.members[middle] as Member);
      if (contacts.compareNames(name, target) <= 0) low = middle + 1;
      else high = middle;
    }
    return this.members[(low + this.members.length - 1) % this.members.length] as Member;
  }

  /** The members that come first for a numeric ID, best first. */
  ownersOfId(target: Ref, count: number): readonly Member[] {
    const { digits } = this.#net;
    return [...this.members]
      .sort((a, b) => digits.compareFor(target, this.#net.self(a), this.#net.self(b)))
      .slice(0, count);
  }
}
