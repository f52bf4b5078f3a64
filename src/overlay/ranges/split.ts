import { NO_REF, type Ref } from "../../core/contacts.ts";
import { compareName } from "../../core/names.ts";
import type { Context } from "../context.ts";
import { nextHopByName, nextOnRing } from "../next-hop.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../ring-order.ts";
import type { NameRange } from "./gaps.ts";

/** What a member does with a piece of the name space. */
export interface Split {
  /** The names that it speaks for itself; undefined: none. */
  readonly own: NameRange | undefined;
  /** Whether it is one of those who are asked. */
  readonly isAsked: boolean;
  /** Who gets the rest, in name order. */
  readonly parts: readonly (NameRange & { readonly to: Ref })[];
}

/**
 * Splits a piece of the name space between the nodes that the member knows in it: from each to the next.
 * So no two are asked to do the same, and each is asked once. A member in the piece speaks for the names
 * up to its right neighbour, and whoever has nobody of the piece on its left for those before it. A piece
 * in which it knows nobody goes towards its lower end.
 */
export function split(net: Context, member: Member, piece: NameRange, withOwner: boolean): Split {
  const { contacts } = net;
  const name = contacts.name(net.self(member));
  const { low, high } = piece;
  const known = membersIn(net, member, piece);
  const isInside = compareName(low, name) <= 0 && compareName(name, high) < 0;
  if (!isInside) return splitOutside(net, member, piece, withOwner, known);
  const right = known.filter((node) => compareName(contacts.name(node), name) > 0);
  const left = known.filter((node) => compareName(contacts.name(node), name) < 0);
  const parts: { to: Ref; low: string; high: string }[] = [];
  left.forEach((node, i) => {
    const next = left[i + 1];
    const from = i === 0 ? low : contacts.name(node);
    parts.push({ to: node, low: from, high: next === undefined ? name : contacts.name(next) });
  });
  right.forEach((node, i) => {
    const next = right[i + 1];
    const to = next === undefined ? high : contacts.name(next);
    parts.push({ to: node, low: contacts.name(node), high: to });
  });
  let from = name;
  const before = net.table.neighbour(member, 0, COUNTER_CLOCKWISE);
  const isFirst = before === NO_REF || !isIn(contacts.name(before), { low, high: name });
  if (left.length === 0 && isFirst && compareName(low, name) < 0) {
    if (withOwner && before !== NO_REF) parts.unshift({ to: before, low, high: name });
    else from = low;
  }
  return {
    own: { low: from, high: endOfOwn(net, member, { low: name, high }) },
    isAsked: true,
    parts,
  };
}

function splitOutside(
  net: Context,
  member: Member,
  { low, high }: NameRange,
  withOwner: boolean,
  known: readonly Ref[],
): Split {
  const { contacts } = net;
  const target = contacts.nameOnly(low);
  const right = net.table.neighbour(member, 0, CLOCKWISE);
  const isOwner =
    right === NO_REF || net.order.isInside(net.self(member), target, right, CLOCKWISE);
  if (isOwner) {
    // What is called `low` is here; the nodes of the piece come next.
    const parts = known.map((node, i) => {
      const next = known[i + 1];
      return {
        to: node,
        low: contacts.name(node),
        high: next === undefined ? high : contacts.name(next),
      };
    });
    return { own: { low, high: endOfOwn(net, member, { low, high }) }, isAsked: withOwner, parts };
  }
  if (known.length > 0) {
    const parts = known.map((node, i) => {
      const next = known[i + 1];
      const from = i === 0 ? low : contacts.name(node);
      return { to: node, low: from, high: next === undefined ? high : contacts.name(next) };
    });
    return { own: undefined, isAsked: false, parts };
  }
  const isRight = contacts.compareNames(target, net.self(member)) > 0;
  let next = nextHopByName(net, member, target, isRight ? CLOCKWISE : COUNTER_CLOCKWISE);
  // Nobody between the piece and this member: the one before it owns the lower end.
  if (next === NO_REF && !isRight) next = nextOnRing(net, member, 0, COUNTER_CLOCKWISE);
  const parts = next === NO_REF ? [] : [{ to: next, low, high }];
  return { own: undefined, isAsked: false, parts };
}

/** Up to its right neighbour, even if that is suspected: a member cannot speak for another. */
function endOfOwn(net: Context, member: Member, { low, high }: NameRange): string {
  const right = net.table.neighbour(member, 0, CLOCKWISE);
  if (right === NO_REF) return high;
  const name = net.contacts.name(right);
  return isIn(name, { low, high }) ? name : high;
}

/** The usable neighbours of all levels in a piece, and the nearest leaf beyond a suspect one; in name order. */
function membersIn(net: Context, member: Member, piece: NameRange): readonly Ref[] {
  const { table, contacts, shortcuts } = net;
  const nodes = new Set<Ref>();
  const add = (node: Ref): void => {
    if (net.isUsable(member, node) && isIn(contacts.name(node), piece)) nodes.add(node);
  };
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    add(nextOnRing(net, member, 0, direction));
    for (let level = table.topLevel(member); level >= 0; level--) {
      for (let i = 0; i < table.width; i++) add(table.pointer(member, level, direction, i));
    }
  }
  shortcuts.forEachWatched(member, add);
  return [...nodes].sort((a, b) => contacts.compareNames(a, b));
}

function isIn(name: string, { low, high }: NameRange): boolean {
  return compareName(low, name) <= 0 && compareName(name, high) < 0;
}
