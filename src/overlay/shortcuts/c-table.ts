import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { Digits } from "../digits.ts";
import type { Member } from "../overlay.ts";
import type { SlotListener } from "../tables.ts";
import { NearSlots } from "./near-slots.ts";

/**
 * The C-Table, as Pastry's routing table: row r, column d holds a near node whose numeric ID shares r
 * digits with the member's and goes on with digit d. A numeric route gains a digit a hop by it, where
 * the walk of a ring takes k / 2. Source: SkipNet (USITS 2003) §4; Pastry (Middleware 2001).
 */
export class CTable {
  readonly rows: number;
  readonly columns: number;
  readonly #digits: Digits;
  readonly #slots: NearSlots;

  constructor(digits: Digits, rows: number, columns: number, listener: SlotListener) {
    this.#digits = digits;
    this.rows = rows;
    this.columns = columns;
    this.#slots = new NearSlots(rows * columns, listener);
  }

  reserve(member: Member): void {
    this.#slots.reserve(member);
  }

  at(member: Member, row: number, column: number): Ref {
    return this.#slots.get(member, row * this.columns + column);
  }

  /** A node was measured: it enters if it is the nearest of its place. `self`: the member's own contact. */
  offer(member: Member, self: Ref, node: Ref, rttUs: number): void {
    const slot = this.#slotOf(self, node);
    if (slot < 0) return;
    const entry = this.#slots.get(member, slot);
    if (entry !== NO_REF && entry !== node && rttUs >= this.#slots.rttUs(member, slot)) return;
    this.#slots.set(member, slot, node, rttUs);
  }

  /** The entry that shares one digit more with the target than the member does; `NO_REF`: none known. */
  towards(member: Member, self: Ref, target: Ref): Ref {
    const slot = this.#slotOf(self, target);
    return slot < 0 ? NO_REF : this.#slots.get(member, slot);
  }

  remove(member: Member, node: Ref): void {
    this.#slots.remove(member, node);
  }

  clear(member: Member): void {
    this.#slots.clear(member);
  }

  forEach(member: Member, visit: (node: Ref, rttUs: number) => void): void {
    this.#slots.forEach(member, visit);
  }

  #slotOf(self: Ref, node: Ref): number {
    const row = this.#digits.commonPrefix(self, node);
    if (row >= this.rows || row >= this.#digits.height(node)) return -1;
    return row * this.columns + this.#digits.digit(node, row);
  }
}
