import type { Ref } from "../core/contacts.ts";
import { NO_REF } from "../core/contacts.ts";
import type { Peer } from "../transport/transport.ts";
import type { Context } from "./context.ts";
import { forEachKnown } from "./known.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";

/** Helpers named for one node. */
const HELPERS_MAX = 16;

/** The transport may ask others about a suspect node, before it says that it is down. */
export function assistTransport(net: Context): void {
  net.transport.assistedBy?.((port, about) => {
    const node = net.peers.refOf(about);
    return node === undefined ? [] : helpersFor(net, net.memberAt(port), node);
  });
}

/**
 * Who may know whether a node lives that this member suspects, the likeliest first: those next to it in the leaf set,
 * which have it in theirs; those on a ring with it; then whoever the member knows. Without those suspected.
 */
export function helpersFor(net: Context, member: Member, about: Ref): readonly Peer[] {
  const found = new Set<Ref>();
  const add = (node: Ref | undefined): void => {
    if (node === undefined || node === NO_REF || node === about) return;
    if (found.size < HELPERS_MAX && !net.suspects.has(member, node)) found.add(node);
  };
  const leaves = leavesInOrder(net, member);
  const at = leaves.indexOf(about);
  for (let away = 1; at >= 0 && away < leaves.length; away++) {
    add(leaves[at - away]);
    add(leaves[at + away]);
  }
  for (let level = 1; level <= net.table.topLevel(member); level++) {
    const ring = pointersOf(net, member, level);
    if (ring.includes(about)) for (const node of ring) add(node);
  }
  forEachKnown(net, member, add);
  return Array.from(found, (node) => net.peers.peerOf(node));
}

/** From the furthest on the left to the furthest on the right. */
function leavesInOrder({ leaves }: Context, member: Member): readonly Ref[] {
  const left: Ref[] = [];
  const right: Ref[] = [];
  for (let i = 0; i < leaves.side; i++) {
    left.unshift(leaves.at(member, COUNTER_CLOCKWISE, i));
    right.push(leaves.at(member, CLOCKWISE, i));
  }
  return [...left, ...right].filter((node) => node !== NO_REF);
}

function pointersOf({ table }: Context, member: Member, level: number): readonly Ref[] {
  const pointers: Ref[] = [];
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    for (let i = 0; i < table.width; i++) pointers.push(table.pointer(member, level, direction, i));
  }
  return pointers;
}
