import { NO_REF, type Ref } from "../core/contacts.ts";
import type { MessageOf } from "../wire/message.ts";
import { enterBest } from "./best-three.ts";
import type { Context } from "./context.ts";
import type { RouteByNumericId } from "./messages.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";

/** Whether the leaf set holds the whole overlay: its two sides meet on the far side of the ring. */
export function knowsEverybody(net: Context, member: Member): boolean {
  const { leaves, order } = net;
  const furthestRight = leaves.at(member, CLOCKWISE, leaves.side - 1);
  const furthestLeft = leaves.at(member, COUNTER_CLOCKWISE, leaves.side - 1);
  if (furthestRight === NO_REF || furthestLeft === NO_REF) return true;
  return order.liesBetween(net.self(member), furthestLeft, furthestRight, CLOCKWISE);
}

/**
 * A numeric walk of the root ring goes from leaf to leaf: it enters those that it passes among the
 * best seen, and hands on to the furthest. `NO_REF`: the walk is round.
 */
export function nextAlongLeaves(
  net: Context,
  member: Member,
  message: MessageOf<typeof RouteByNumericId>,
): Ref {
  const { leaves, order, digits } = net;
  let furthest = NO_REF;
  for (let i = 0; i < leaves.side; i++) {
    const leaf = leaves.at(member, CLOCKWISE, i);
    if (leaf === NO_REF) break;
    if (order.liesBetween(net.self(member), message.start, leaf, CLOCKWISE)) return NO_REF;
    if (net.suspects.has(member, leaf)) continue;
    enterBest(digits, message, leaf);
    furthest = leaf;
  }
  return furthest;
}

/** Visits the nodes of a member's tables that are not suspected; some more than once. */
export function forEachKnown(net: Context, member: Member, visit: (node: Ref) => void): void {
  const { leaves, table } = net;
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    for (let i = 0; i < leaves.side; i++) {
      const leaf = leaves.at(member, direction, i);
      if (leaf === NO_REF) break;
      if (!net.suspects.has(member, leaf)) visit(leaf);
    }
    for (let level = 1; level <= table.topLevel(member); level++) {
      for (let i = 0; i < table.width; i++) {
        const node = table.pointer(member, level, direction, i);
        if (node !== NO_REF && !net.suspects.has(member, node)) visit(node);
      }
    }
  }
}

/** How many different nodes a member's tables hold. */
export function distinctNeighbours({ leaves, table, shortcuts }: Context, member: Member): number {
  const seen = scratch;
  let count = 0;
  const add = (node: Ref): void => {
    if (node === NO_REF) return;
    for (let i = 0; i < count; i++) if (seen[i] === node) return;
    seen[count++] = node;
  };
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    for (let i = 0; i < leaves.side; i++) add(leaves.at(member, direction, i));
    for (let level = 0; level <= table.topLevel(member); level++) {
      for (let i = 0; i < table.width; i++) add(table.pointer(member, level, direction, i));
    }
  }
  shortcuts.forEach(member, add);
  return count;
}

/** A few dozen at most: walking them is faster than a set. BOUNDED: the slots of one member. */
const scratch: Ref[] = [];

/** Distinct nodes that the R-Table of a member points to. */
export function distinctPointers({ table }: Context, member: Member): number {
  const seen = new Set<Ref>();
  for (let level = table.topLevel(member); level >= 0; level--) {
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let i = 0; i < table.width; i++) seen.add(table.pointer(member, level, direction, i));
    }
  }
  seen.delete(NO_REF);
  return seen.size;
}
