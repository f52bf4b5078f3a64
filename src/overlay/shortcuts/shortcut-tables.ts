import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { OverlayOptions } from "../options.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../ring-order.ts";
import { RTable, type SlotListener } from "../tables.ts";

/**
 * Tables beside R-Table and leaf set that make routes shorter or nearer. Routes are right without
 * them, and repair never looks at them. Each is there only if its option asks for it.
 */
export class ShortcutTables {
  /** Duplicate elimination: on each level the next nodes that no lower level points to already. */
  readonly pointers: RTable | undefined;

  /** `watched`: of nodes that the transport is to watch. */
  constructor(
    { dedupe }: OverlayOptions,
    shape: { readonly levels: number; readonly width: number },
    watched: SlotListener,
  ) {
    this.pointers = dedupe ? new RTable(shape.levels, shape.width, watched) : undefined;
  }

  reserve(member: Member): void {
    this.pointers?.reserve(member);
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

  /** The node is gone: out of all slots. */
  remove(member: Member, node: Ref): void {
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

  /** Empties the tables of a member that has left. */
  clear(member: Member): void {
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
