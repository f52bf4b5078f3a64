import { NO_REF, type Ref } from "../core/contacts.ts";
import { shareFirstComponent } from "../core/names.ts";
import type { Context } from "./context.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";
import type { RTable } from "./tables.ts";

/**
 * The next hop towards a name ID: the neighbour that goes furthest without passing it.
 * `NO_REF`: this member is the closest, the route ends here. Source: SkipNet (USITS 2003), figure 4.
 */
export function nextHopByName(
  net: Context,
  member: Member,
  target: Ref,
  direction: Direction,
  avoid: readonly Ref[] = [],
): Ref {
  if (net.order.sameName(net.self(member), target)) return NO_REF;
  const fromTable =
    net.options.routeWith === "leaf"
      ? NO_REF
      : furthestOfTables(net, member, target, direction, avoid);
  if (net.options.routeWith === "rtable") return fromTable;
  return furtherLeaf(net, member, target, direction, avoid, fromTable);
}

function isOpen(net: Context, member: Member, ref: Ref, avoid: readonly Ref[]): boolean {
  return !net.suspects.has(member, ref) && (avoid.length === 0 || !avoid.includes(ref));
}

function furthestOfTables(
  net: Context,
  member: Member,
  target: Ref,
  direction: Direction,
  avoid: readonly Ref[],
): Ref {
  const { pointers } = net.shortcuts;
  const neighbour = furthestPointer(net, net.table, member, target, direction, avoid);
  if (neighbour === NO_REF) return neighbour;
  let furthest = neighbour;
  if (pointers !== undefined) {
    const pointer = furthestPointer(net, pointers, member, target, direction, avoid);
    const isFurther =
      pointer !== NO_REF && net.order.liesBetween(neighbour, pointer, target, direction);
    if (isFurther) furthest = pointer;
  }
  return nearPointer(net, member, target, direction, avoid, furthest);
}

/**
 * The P-Table's entry that goes furthest without passing the target, even where the pointer goes a little
 * further: the entry of the segment before costs less time than a pointer to anywhere. The target itself
 * is never left for a nearer node.
 */
function nearPointer(
  net: Context,
  member: Member,
  target: Ref,
  direction: Direction,
  avoid: readonly Ref[],
  pointer: Ref,
): Ref {
  const { pTable } = net.shortcuts;
  if (pTable === undefined || net.order.sameName(pointer, target)) return pointer;
  const self = net.self(member);
  let furthest = NO_REF;
  pTable.forEach(member, (node) => {
    if (!net.order.liesBetween(self, node, target, direction)) return;
    if (furthest !== NO_REF && !net.order.liesBetween(furthest, node, target, direction)) return;
    if (isOpen(net, member, node, avoid)) furthest = node;
  });
  return furthest === NO_REF ? pointer : furthest;
}

/**
 * The pointer that goes furthest without passing the target. From the highest level down: in sparse
 * tables the first that fits is the furthest (I3); in dense ones a lower level may reach further.
 */
function furthestPointer(
  net: Context,
  table: RTable,
  member: Member,
  target: Ref,
  direction: Direction,
  avoid: readonly Ref[],
): Ref {
  const { order } = net;
  const self = net.self(member);
  let furthest = NO_REF;
  for (let level = table.topLevel(member); level >= 0; level--) {
    for (let i = table.width - 1; i >= 0; i--) {
      const neighbour = table.pointer(member, level, direction, i);
      if (neighbour === NO_REF || !order.liesBetween(self, neighbour, target, direction)) continue;
      if (!isOpen(net, member, neighbour, avoid)) continue;
      if (table.width === 1 || order.sameName(neighbour, target)) return neighbour;
      if (furthest === NO_REF || order.liesBetween(furthest, neighbour, target, direction)) {
        furthest = neighbour;
      }
      break;
    }
  }
  return furthest;
}

/** The furthest leaf that does not pass the target, if it goes further than the pointer found. */
function furtherLeaf(
  net: Context,
  member: Member,
  target: Ref,
  direction: Direction,
  avoid: readonly Ref[],
  pointer: Ref,
): Ref {
  const { leaves, order } = net;
  const self = net.self(member);
  for (let i = leaves.count(member, direction) - 1; i >= 0; i--) {
    const leaf = leaves.at(member, direction, i);
    if (!order.liesBetween(self, leaf, target, direction)) continue;
    // Leaves are contiguous: the first that fits is the furthest, but a pointer may lie beyond it.
    if (pointer !== NO_REF && !order.liesBetween(self, pointer, leaf, direction)) return pointer;
    if (isOpen(net, member, leaf, avoid)) return leaf;
  }
  return pointer;
}

/** The nearest usable node clockwise on the member's ring at a level, from the R-Table or, at level 0, the leaf set. */
export function nextOnRing(net: Context, member: Member, level: number, direction: Direction): Ref {
  const neighbour = net.usableNeighbour(member, level, direction);
  if (neighbour !== NO_REF || level > 0) return neighbour;
  for (let i = 0; i < net.leaves.side; i++) {
    const leaf = net.leaves.at(member, direction, i);
    if (leaf === NO_REF) break;
    if (!net.suspects.has(member, leaf)) return leaf;
  }
  return NO_REF;
}

/**
 * Whether a route that came back from `to` was handed over to the predecessor after a
 * counter-clockwise stop: then it goes on counter-clockwise, and not once round the whole ring.
 *
 * On a ring the names alone cannot tell it from a clockwise hop. Within an organisation the
 * direction follows by comparison; elsewhere only a left neighbour is ever handed a route.
 */
export function wasHandOver(net: Context, member: Member, to: Ref, target: Ref): boolean {
  const { contacts, leaves, order } = net;
  const self = net.self(member);
  if (shareFirstComponent(contacts.name(self), contacts.name(target))) {
    return contacts.compareNames(target, self) < 0;
  }
  let isLeft = net.table.neighbour(member, 0, COUNTER_CLOCKWISE) === to;
  for (let i = 0; i < leaves.side && !isLeft; i++) {
    isLeft = leaves.at(member, COUNTER_CLOCKWISE, i) === to;
  }
  return isLeft && order.isInside(to, target, self, CLOCKWISE);
}

/** The next hop of a numeric route on its ring; see figure 5. */
export function nextOnNumericRing(net: Context, member: Member, level: number): Ref {
  return nextOnRing(net, member, level, CLOCKWISE);
}
