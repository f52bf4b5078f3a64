import type { Ref } from "../core/contacts.ts";
import type { Context } from "./context.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, type Direction } from "./ring-order.ts";

/** All that has to be known of an overlay to say what its tables should hold. */
export type OverlayOfMembers = Pick<Context, "contacts" | "digits" | "self"> & {
  readonly options: Pick<Context["options"], "k">;
  readonly table: Pick<Context["table"], "levels">;
};

/** The rings of one level, in two columns: a million members need no array for each ring. */
export interface Rings {
  readonly level: number;
  /** Members ring after ring, each ring in name order. */
  readonly order: Int32Array;
  /** Where each ring begins; the last entry: where the last ring ends. */
  readonly starts: Int32Array;
}

/**
 * Where the `i`th neighbour of the member at `at` stands in `order`, whose ring reaches from `start`
 * to before `end`; 0 is the nearest. Its caller has seen to it that the ring has so many others.
 */
export function neighbourIn(
  start: number,
  end: number,
  at: number,
  direction: Direction,
  i: number,
): number {
  const size = end - start;
  const step = direction === CLOCKWISE ? i + 1 : size - 1 - i;
  return start + ((at - start + step) % size);
}

/**
 * What the tables of a converged overlay hold, computed from the sorted names by one who sees all
 * members: what checks compare with, and what an overlay can be constructed from.
 */
export class Oracle {
  readonly #net: OverlayOfMembers;
  /** All members that are in, in name order. */
  readonly #members: Int32Array;

  constructor(net: OverlayOfMembers, members: ArrayLike<Member>) {
    this.#net = net;
    this.#members = Int32Array.from(members);
    if (!this.#isSorted()) this.#members.sort((a, b) => this.#compare(a, b));
  }

  /**
   * The rings of each level with two members or more, from the root ring up. Rings of one are left
   * out, as their member has no neighbour there.
   */
  *levels(): Generator<Rings> {
    const { length } = this.#members;
    let rings: Rings = { level: 0, order: this.#members, starts: Int32Array.of(0, length) };
    while (rings.order.length > 1 && rings.level < this.#net.table.levels) {
      yield rings;
      rings = this.#split(rings);
    }
  }

  /** The member at a name or, if there is none, before it. */
  ownerOfName(target: Ref): Member {
    const { contacts } = this.#net;
    const count = this.#members.length;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (contacts.compareNames(this.#self(this.#at(middle)), target) <= 0) low = middle + 1;
      else high = middle;
    }
    return this.#at((low + count - 1) % count);
  }

  /** Whether a node is one of the members. */
  has(node: Ref): boolean {
    return this.#self(this.ownerOfName(node)) === node;
  }

  /** The members that come first for a numeric ID, best first. */
  ownersOfId(target: Ref, count: number): readonly Member[] {
    const { digits } = this.#net;
    return [...(this.#members as Iterable<Member>)]
      .sort((a, b) => digits.compareFor(target, this.#self(a), this.#self(b)))
      .slice(0, count);
  }

  /** The rings of the next level: each ring falls into one for each digit. */
  #split({ level, order, starts }: Rings): Rings {
    const { digits, options } = this.#net;
    const next = new Int32Array(order.length);
    const nextStarts: number[] = [0];
    let end = 0;
    const parts: number[][] = Array.from({ length: options.k }, () => []);
    for (let r = 0; r + 1 < starts.length; r++) {
      for (let i = starts[r] as number; i < (starts[r + 1] as number); i++) {
        const member = order[i] as Member;
        const self = this.#self(member);
        if (digits.height(self) > level) parts[digits.digit(self, level)]?.push(member);
      }
      for (const part of parts) {
        if (part.length > 1) {
          for (let i = 0; i < part.length; i++) next[end++] = part[i] as number;
          nextStarts.push(end);
        }
        part.length = 0;
      }
    }
    return { level: level + 1, order: next.subarray(0, end), starts: Int32Array.from(nextStarts) };
  }

  #isSorted(): boolean {
    for (let i = 1; i < this.#members.length; i++) {
      if (this.#compare(this.#at(i - 1), this.#at(i)) > 0) return false;
    }
    return true;
  }

  #compare(a: number, b: number): number {
    return this.#net.contacts.compareNames(this.#self(a), this.#self(b));
  }

  #at(place: number): Member {
    return this.#members[place] as Member;
  }

  #self(member: number): Ref {
    return this.#net.self(member as Member);
  }
}
