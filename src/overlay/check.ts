import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Context } from "./context.ts";
import { neighbourIn, Oracle, type Rings } from "./oracle.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";
import { RingPlaces } from "./ring-places.ts";

const DIRECTIONS = [CLOCKWISE, COUNTER_CLOCKWISE] as const;
/** Violations that are described; more are only counted. */
const DESCRIBED_MAX = 20;

/** One broken invariant, as `I1` to `I7` of the overlay's documentation. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

export interface CheckReport {
  /** Slots and steps compared. */
  readonly checked: number;
  readonly violationCount: number;
  readonly violations: readonly Violation[];
}

/** Collects violations; the first few in words. */
export class Violations {
  checked = 0;
  count = 0;
  readonly described: Violation[] = [];
  readonly #onFound: ((violation: Violation) => void) | undefined;

  /** `onFound` hears of those that are described, where and when they are found. */
  constructor(onFound?: (violation: Violation) => void) {
    this.#onFound = onFound;
  }

  add(invariant: string, describe: () => string): void {
    this.count++;
    if (this.described.length === DESCRIBED_MAX) return;
    const violation = { invariant, what: describe() };
    this.described.push(violation);
    this.#onFound?.(violation);
  }

  get report(): CheckReport {
    return {
      checked: this.checked,
      violationCount: this.count,
      violations: this.described,
    };
  }
}

/** A member with the overlay object that hosts it. */
export interface HostedMember {
  readonly net: Context;
  readonly member: Member;
}

/** Members by number, as an array has them: a million need not be objects all at once. */
export interface HostedMembers {
  readonly length: number;
  at(number: number): HostedMember | undefined;
}

/** One slot of a member's tables. */
interface Slot {
  /** Place among the members that are checked. */
  readonly number: number;
  /** Of the R-Table; undefined: a leaf. */
  readonly level: number | undefined;
  readonly direction: Direction;
  readonly i: number;
}

/**
 * The tables of a quiescent overlay against the oracle: I1 (root ring sorted and complete), I2
 * (rings mutual and of one prefix), I3 (nesting), I4 (leaf sets), I5 (nobody points to a node that
 * is not in). With exact pointers I2 and I3 follow; they are reported under the level's invariant.
 * Overlay objects, where they are several, share one contact table.
 */
export function checkTables(nodes: HostedMembers, violations: Violations): void {
  const first = nodes.at(0);
  if (first === undefined) return;
  new TableCheck(nodes, first.net, violations).run();
}

/** Level after level, so that a million members need no more than a few columns. */
class TableCheck {
  readonly #nodes: HostedMembers;
  readonly #violations: Violations;
  readonly #contacts: Context["contacts"];
  readonly #oracle: Oracle;
  readonly #refs: Int32Array;
  /** How many levels each member should have. */
  readonly #levels: Uint8Array;

  constructor(nodes: HostedMembers, net: Context, violations: Violations) {
    const { contacts, digits, options, table } = net;
    this.#nodes = nodes;
    this.#violations = violations;
    this.#contacts = contacts;
    this.#refs = new Int32Array(nodes.length);
    for (let number = 0; number < nodes.length; number++) {
      const node = nodes.at(number) as HostedMember;
      this.#refs[number] = node.net.self(node.member);
    }
    const self = (number: Member): Ref => this.#self(number);
    const numbers = this.#refs.map((_, number) => number) as ArrayLike<number>;
    const all = { contacts, digits, options, table, self };
    this.#oracle = new Oracle(all, numbers as ArrayLike<Member>);
    this.#levels = new Uint8Array(nodes.length);
  }

  run(): void {
    for (const rings of this.#oracle.levels()) this.#checkLevel(rings);
    for (let number = 0; number < this.#nodes.length; number++) this.#checkAbove(number);
    const shortcuts = this.#nodes.at(0)?.net.shortcuts;
    if (shortcuts?.pointers !== undefined) this.#checkShortcuts();
    if (shortcuts?.hasNear === true) this.#checkNear();
  }

  #checkLevel({ level, order, starts }: Rings): void {
    for (let r = 0; r + 1 < starts.length; r++) {
      const start = starts[r] as number;
      const end = starts[r + 1] as number;
      for (let at = start; at < end; at++) {
        const number = order[at] as number;
        this.#levels[number] = level + 1;
        for (const direction of DIRECTIONS) {
          const want = (i: number): Ref =>
            i < end - start - 1
              ? this.#self(order[neighbourIn(start, end, at, direction, i)] as number)
              : NO_REF;
          this.#checkSide(number, level, direction, want);
        }
      }
    }
  }

  #checkSide(number: number, level: number, direction: Direction, want: (i: number) => Ref): void {
    const { net, member } = this.#nodes.at(number) as HostedMember;
    const { leaves, table } = net;
    for (let i = 0; level === 0 && i < leaves.side; i++) {
      const have = leaves.at(member, direction, i);
      this.#violations.checked++;
      if (have !== want(i)) this.#wrong({ number, level: undefined, direction, i }, have, want(i));
    }
    for (let i = 0; i < table.width; i++) {
      const have = table.pointer(member, level, direction, i);
      this.#violations.checked++;
      if (have !== want(i)) this.#wrong({ number, level, direction, i }, have, want(i));
    }
  }

  /** Levels on which a member is alone; where it is alone altogether, its leaf set too. */
  #checkAbove(number: number): void {
    const { net, member } = this.#nodes.at(number) as HostedMember;
    const levels = this.#levels[number] as number;
    const last = Math.max(net.table.topLevel(member), levels === 0 ? 0 : -1);
    for (let level = levels; level <= last; level++) {
      for (const direction of DIRECTIONS) this.#checkSide(number, level, direction, () => NO_REF);
    }
  }

  /** I8: pointers without duplicates, where the overlay keeps them. */
  #checkShortcuts(): void {
    const self = (number: Member): Ref => this.#self(number);
    const places = new RingPlaces(this.#oracle, this.#nodes.length, self);
    for (let number = 0; number < this.#nodes.length; number++) {
      const { net, member } = this.#nodes.at(number) as HostedMember;
      const { pointers } = net.shortcuts;
      if (pointers === undefined) continue;
      for (const direction of DIRECTIONS) {
        const wanted = places.withoutDuplicates(number as Member, direction, pointers.width);
        const last = Math.max(
          wanted.length - 1,
          pointers.topLevel(member),
          net.table.topLevel(member),
        );
        for (let level = 0; level <= last; level++) {
          for (let i = 0; i < pointers.width; i++) {
            const have = pointers.pointer(member, level, direction, i);
            const want = wanted[level]?.[i] ?? NO_REF;
            this.#violations.checked++;
            if (have !== want) this.#wrong({ number, level, direction, i }, have, want, "I8");
          }
        }
      }
    }
  }

  /** I9: P-Table and C-Table hold near nodes, whichever those are: members, and not the member itself. */
  #checkNear(): void {
    for (let number = 0; number < this.#nodes.length; number++) {
      const { net, member } = this.#nodes.at(number) as HostedMember;
      const self = this.#self(number);
      net.shortcuts.forEachNear(member, (node) => {
        this.#violations.checked++;
        if (node !== self && this.#oracle.has(node)) return;
        const { contacts } = net;
        const what = (): string => `${contacts.name(self)} takes ${contacts.name(node)} for near`;
        this.#violations.add("I9", what);
      });
    }
  }

  #wrong(slot: Slot, have: Ref, want: Ref, invariant = invariantOf(slot)): void {
    const where = (): string => this.#where(slot);
    const name = (ref: Ref): string => (ref === NO_REF ? "nobody" : this.#contacts.name(ref));
    this.#violations.add(invariant, () => `${where()} is ${name(have)}, not ${name(want)}`);
    if (have !== NO_REF && !this.#oracle.has(have)) {
      this.#violations.add("I5", () => `${where()}: ${name(have)} is not in the overlay`);
    }
  }

  #where({ number, level, direction, i }: Slot): string {
    const me = this.#contacts.name(this.#self(number));
    const way = direction === CLOCKWISE ? "right" : "left";
    return level === undefined
      ? `${me}: leaf ${i} to the ${way}`
      : `${me}: level ${level} ${way} ${i}`;
  }

  #self(number: number): Ref {
    return this.#refs[number] as Ref;
  }
}

function invariantOf({ level }: Slot): string {
  if (level === undefined) return "I4";
  return level === 0 ? "I1" : "I2";
}
