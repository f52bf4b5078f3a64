import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { Digits } from "../digits.ts";
import type { OverlayOptions } from "../options.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../ring-order.ts";
import { RTable, type SlotListener } from "../tables.ts";
import { CTable } from "./c-table.ts";
import { PTable } from "./p-table.ts";

/** What the shortcut tables are made of. */
export interface ShortcutShape {
  readonly options: OverlayOptions;
  readonly digits: Digits;
  readonly levels: number;
  readonly width: number;
  /** Told of nodes that the transport is to watch. */
  readonly watched: SlotListener;
  /** Told of nodes that are only remembered: their death is found when they are used or measured. */
  readonly kept: SlotListener;
}

/**
 * Tables beside R-Table and leaf set that make routes shorter or nearer. Routes are right without
 * them, and repair never looks at them. Each is there only if its option asks for it.
 */
export class ShortcutTables {
  /** Duplicate elimination: on each level the next nodes that no lower level points to already. */
  readonly pointers: RTable | undefined;
  readonly pTable: PTable | undefined;
  readonly cTable: CTable | undefined;

  constructor({ options, digits, levels, width, watched, kept }: ShortcutShape) {
    const { dedupe, pTable, cTable, k } = options;
    this.pointers = dedupe ? new RTable(levels, width, watched) : undefined;
    this.pTable = pTable ? new PTable(kept) : undefined;
    this.cTable = cTable ? new CTable(digits, levels, k, kept) : undefined;
  }

  reserve(member: Member): void {
    this.pointers?.reserve(member);
    this.pTable?.reserve(member);
    this.cTable?.reserve(member);
  }

  /** Watched slots of a member that hold the node. */
  holding(member: Member, node: Ref): number {
    return this.pointers === undefined ? 0 : this.pointers.holding(member, node);
  }

  /** Visits what the slots of a member hold that the transport is to watch; some nodes more than once. */
  forEachWatched(member: Member, visit: (node: Ref) => void): void {
    const { pointers } = this;
    if (pointers === undefined) return;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let level = pointers.topLevel(member); level >= 0; level--) {
        for (let i = 0; i < pointers.width; i++) {
          const node = pointers.pointer(member, level, direction, i);
          if (node !== NO_REF) visit(node);
        }
      }
    }
  }

  /** Whether there is a table of near nodes. */
  get hasNear(): boolean {
    return this.pTable !== undefined || this.cTable !== undefined;
  }

  /** Visits what P-Table and C-Table of a member hold; some nodes more than once. */
  forEachNear(member: Member, visit: (node: Ref) => void): void {
    this.pTable?.forEach(member, visit);
    this.cTable?.forEach(member, visit);
  }

  /** Visits what all slots of a member hold; some nodes more than once. */
  forEach(member: Member, visit: (node: Ref) => void): void {
    this.forEachWatched(member, visit);
    this.forEachNear(member, visit);
  }

  /** The node is gone: out of all slots. */
  remove(member: Member, node: Ref): void {
    this.removeNear(member, node);
    const { pointers } = this;
    if (pointers === undefined) return;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let level = pointers.topLevel(member); level >= 0; level--) {
        for (let i = pointers.width - 1; i >= 0; i--) {
          if (pointers.pointer(member, level, direction, i) !== node) continue;
          pointers.remove(member, level, direction, i);
        }
      }
    }
  }

  /** The node does not answer: out of the slots that nobody watches. */
  removeNear(member: Member, node: Ref): void {
    this.pTable?.remove(member, node);
    this.cTable?.remove(member, node);
  }

  /** Empties the tables of a member that has left. */
  clear(member: Member): void {
    this.pTable?.clear(member);
    this.cTable?.clear(member);
    const { pointers } = this;
    if (pointers === undefined) return;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let level = pointers.topLevel(member); level >= 0; level--) {
        for (let i = 0; i < pointers.width; i++) {
          pointers.setPointer(member, level, direction, i, NO_REF);
        }
      }
    }
  }
}
