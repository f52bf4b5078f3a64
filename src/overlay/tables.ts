import { grown } from "../core/column.ts";
import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Member } from "./overlay.ts";
import type { Direction } from "./ring-order.ts";

/** Told of every node that enters or leaves a slot of a member's tables. */
export interface SlotListener {
  onEnter(member: Member, ref: Ref): void;
  onExit(member: Member, ref: Ref): void;
}

/** What all tables share: slots in one column, and news of their changes. */
export class Slots {
  readonly #width: number;
  readonly #listener: SlotListener;
  #slots: Int32Array;

  constructor(width: number, listener: SlotListener) {
    this.#width = width;
    this.#listener = listener;
    this.#slots = new Int32Array(width).fill(NO_REF);
  }

  reserve(member: Member): void {
    const needed = (member + 1) * this.#width;
    if (needed <= this.#slots.length) return;
    let size = Math.max(this.#slots.length, this.#width);
    while (size < needed) size *= 2;
    const slots = new Int32Array(size).fill(NO_REF);
    slots.set(this.#slots);
    this.#slots = slots;
  }

  get(member: Member, slot: number): Ref {
    return this.#slots[member * this.#width + slot] as Ref;
  }

  set(member: Member, slot: number, ref: Ref): void {
    const at = member * this.#width + slot;
    const former = this.#slots[at] as Ref;
    if (former === ref) return;
    // Entering first: a node that only changes its slot is never let go.
    this.#slots[at] = ref;
    if (ref !== NO_REF) this.#listener.onEnter(member, ref);
    if (former !== NO_REF) this.#listener.onExit(member, former);
  }

  /** Puts a node at `slot` and moves those behind it on, up to `end`: the last may fall out. */
  insert(member: Member, slot: number, end: number, ref: Ref): void {
    const base = member * this.#width;
    const dropped = this.#slots[base + end - 1] as Ref;
    // A few slots: a loop is faster than a call into the engine.
    for (let i = base + end - 1; i > base + slot; i--)
      this.#slots[i] = this.#slots[i - 1] as number;
    this.#slots[base + slot] = ref;
    this.#listener.onEnter(member, ref);
    if (dropped !== NO_REF) this.#listener.onExit(member, dropped);
  }

  /** Takes out what stands at `slot` and moves those behind it up. */
  remove(member: Member, slot: number, end: number): void {
    const base = member * this.#width;
    const former = this.#slots[base + slot] as Ref;
    for (let i = base + slot; i < base + end - 1; i++)
      this.#slots[i] = this.#slots[i + 1] as number;
    this.#slots[base + end - 1] = NO_REF;
    if (former !== NO_REF) this.#listener.onExit(member, former);
  }

  /** How many of the first `end` slots of a member hold the node. */
  holding(member: Member, ref: Ref, end: number): number {
    const slots = this.#slots;
    const from = member * this.#width;
    let count = 0;
    for (let i = from; i < from + end; i++) if (slots[i] === ref) count++;
    return count;
  }
}

/** Levels whose slots each member has from the beginning. */
const LOWER_LEVELS = 8;
/** By member: no row among those of the levels above. */
const NO_ROW = 0;

/**
 * The R-Table: for each level and direction the next nodes of the member's ring there, nearest
 * first. Sparse: one; dense: k - 1. Source: SkipNet (USITS 2003) §3.2, and §4.3 for the density.
 *
 * Of a million members one in sixteen has a neighbour above the eighth level: what the others would
 * leave empty there is made when it is needed.
 */
export class RTable {
  readonly levels: number;
  /** Pointers a level and direction. */
  readonly width: number;
  readonly #lower: Slots;
  readonly #upper: Slots;
  readonly #lowerLevels: number;
  /** By member: its row in the upper slots, from 1; and by row its member. */
  #rows = new Int32Array(1);
  readonly #owners: Member[] = [0 as Member];
  /** Highest level with a neighbour, by member; -1: alone. */
  #top = new Int8Array(1).fill(-1);

  constructor(levels: number, width: number, listener: SlotListener) {
    this.levels = levels;
    this.width = width;
    this.#lowerLevels = Math.min(levels, LOWER_LEVELS);
    this.#lower = new Slots(this.#lowerLevels * 2 * width, listener);
    const owner = (row: number): Member => this.#owners[row] as Member;
    this.#upper = new Slots(Math.max(0, levels - LOWER_LEVELS) * 2 * width, {
      onEnter: (row, ref) => listener.onEnter(owner(row), ref),
      onExit: (row, ref) => listener.onExit(owner(row), ref),
    });
  }

  reserve(member: Member): void {
    this.#lower.reserve(member);
    if (member < this.#top.length) return;
    const length = Math.max(this.#top.length * 2, member + 1);
    const top = new Int8Array(length).fill(-1);
    top.set(this.#top);
    this.#top = top;
    this.#rows = grown(this.#rows, length);
  }

  /** The nearest neighbour, or `NO_REF` where the member is alone on this ring. */
  neighbour(member: Member, level: number, direction: Direction): Ref {
    return this.pointer(member, level, direction, 0);
  }

  /** The `i`th neighbour, 0 the nearest, `width` - 1 the furthest. */
  pointer(member: Member, level: number, direction: Direction, i: number): Ref {
    const slot = (level * 2 + direction) * this.width + i;
    if (level < this.#lowerLevels) return this.#lower.get(member, slot);
    const row = this.#rows[member] as number;
    return row === NO_ROW ? NO_REF : this.#upper.get(row as Member, slot - this.#lowerEnd);
  }

  setPointer(member: Member, level: number, direction: Direction, i: number, ref: Ref): void {
    // Raised before and lowered after: what is told of the change counts the slots below the top.
    if (ref !== NO_REF && level > (this.#top[member] as number)) this.#top[member] = level;
    const slot = (level * 2 + direction) * this.width + i;
    if (level < this.#lowerLevels) this.#lower.set(member, slot, ref);
    else if (ref !== NO_REF || this.#rows[member] !== NO_ROW) {
      this.#upper.set(this.#upperRow(member), slot - this.#lowerEnd, ref);
    }
    if (ref === NO_REF) this.#lowerTop(member, level);
  }

  /** Inserts a pointer as the `i`th; the furthest may fall out. */
  insert(member: Member, level: number, direction: Direction, i: number, ref: Ref): void {
    if (level > (this.#top[member] as number)) this.#top[member] = level;
    const first = (level * 2 + direction) * this.width;
    if (level < this.#lowerLevels) {
      this.#lower.insert(member, first + i, first + this.width, ref);
    } else {
      const above = first - this.#lowerEnd;
      this.#upper.insert(this.#upperRow(member), above + i, above + this.width, ref);
    }
  }

  /** Takes the `i`th pointer out; those behind it move up. */
  remove(member: Member, level: number, direction: Direction, i: number): void {
    const first = (level * 2 + direction) * this.width;
    if (level < this.#lowerLevels) this.#lower.remove(member, first + i, first + this.width);
    else {
      const above = first - this.#lowerEnd;
      this.#upper.remove(this.#upperRow(member), above + i, above + this.width);
    }
    this.#lowerTop(member, level);
  }

  /** The highest level on which the member has a neighbour; -1 if it has none at all. */
  topLevel(member: Member): number {
    return this.#top[member] as number;
  }

  holding(member: Member, ref: Ref): number {
    // Sparse: nothing stands above the top. Dense: what is not the nearest may.
    const levels = this.width === 1 ? (this.#top[member] as number) + 1 : this.levels;
    const end = Math.min(levels, this.#lowerLevels) * 2 * this.width;
    const count = this.#lower.holding(member, ref, end);
    const row = this.#rows[member] as number;
    if (row === NO_ROW || levels <= this.#lowerLevels) return count;
    const above = (levels - this.#lowerLevels) * 2 * this.width;
    return count + this.#upper.holding(row as Member, ref, above);
  }

  get #lowerEnd(): number {
    return this.#lowerLevels * 2 * this.width;
  }

  #upperRow(member: Member): Member {
    const known = this.#rows[member] as number;
    if (known !== NO_ROW) return known as Member;
    const row = this.#owners.push(member) - 1;
    this.#rows[member] = row;
    this.#upper.reserve(row as Member);
    return row as Member;
  }

  #lowerTop(member: Member, emptied: number): void {
    let level = this.#top[member] as number;
    if (emptied !== level) return;
    while (
      level >= 0 &&
      this.neighbour(member, level, 0) === NO_REF &&
      this.neighbour(member, level, 1) === NO_REF
    ) {
      level--;
    }
    this.#top[member] = level;
  }
}

/**
 * The leaf set: the nearest nodes on both sides of the member on the root ring. It, and not the
 * R-Table, makes routing survive failures. Source: SkipNet (USITS 2003) §3.5.
 */
export class LeafSet {
  /** Nodes on one side. */
  readonly side: number;
  readonly #slots: Slots;

  constructor(size: number, listener: SlotListener) {
    this.side = size / 2;
    this.#slots = new Slots(size, listener);
  }

  reserve(member: Member): void {
    this.#slots.reserve(member);
  }

  /** The `i`th on a side, 0 the nearest; `NO_REF` past the last. */
  at(member: Member, direction: Direction, i: number): Ref {
    return this.#slots.get(member, direction * this.side + i);
  }

  set(member: Member, direction: Direction, i: number, ref: Ref): void {
    this.#slots.set(member, direction * this.side + i, ref);
  }

  /** Inserts a leaf as the `i`th of its side; the furthest may fall out. */
  insert(member: Member, direction: Direction, i: number, ref: Ref): void {
    this.#slots.insert(member, direction * this.side + i, (direction + 1) * this.side, ref);
  }

  /** Takes the `i`th leaf of a side out; those behind it move up. */
  remove(member: Member, direction: Direction, i: number): void {
    this.#slots.remove(member, direction * this.side + i, (direction + 1) * this.side);
  }

  count(member: Member, direction: Direction): number {
    let n = 0;
    while (n < this.side && this.at(member, direction, n) !== NO_REF) n++;
    return n;
  }

  /** Whether the node stands on this side. */
  has(member: Member, direction: Direction, ref: Ref): boolean {
    for (let i = 0; i < this.side; i++) if (this.at(member, direction, i) === ref) return true;
    return false;
  }

  holding(member: Member, ref: Ref): number {
    return this.#slots.holding(member, ref, 2 * this.side);
  }
}
