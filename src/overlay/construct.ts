import type { Ref } from "../core/contacts.ts";
import type { Context } from "./context.ts";
import { neighbourIn, Oracle, type Rings } from "./oracle.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";
import { RingPlaces } from "./ring-places.ts";
import { constructNear } from "./shortcuts/construct-near.ts";
import type { RTable } from "./tables.ts";

/**
 * Fills the tables of these members as a converged overlay has them, without a message: for
 * experiments that begin with one. The members' states are set to `in`.
 */
export function constructOverlay(net: Context, members: readonly Member[]): void {
  for (const member of members) net.setState(member, "in");
  const oracle = new Oracle(net, members);
  for (const rings of oracle.levels()) {
    for (let r = 0; r + 1 < rings.starts.length; r++) fillRing(net, rings, r);
  }
  const { pointers, hasNear } = net.shortcuts;
  if (pointers === undefined && !hasNear) return;
  const places = new RingPlaces(oracle, net.memberCount, (member) => net.self(member));
  const random = net.world.random("overlay.construct");
  for (const member of members) {
    if (pointers !== undefined) fillPointers(places, pointers, member);
    if (hasNear) constructNear(net, places, member, random);
  }
}

/** The pointers of all members of one ring; of the root ring their leaf sets too. */
function fillRing(net: Context, { level, order, starts }: Rings, r: number): void {
  const { leaves, table } = net;
  const start = starts[r] as number;
  const end = starts[r + 1] as number;
  const others = end - start - 1;
  for (let at = start; at < end; at++) {
    const member = order[at] as Member;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      const node = (i: number): Ref =>
        net.self(order[neighbourIn(start, end, at, direction, i)] as Member);
      for (let i = 0; level === 0 && i < Math.min(leaves.side, others); i++) {
        leaves.set(member, direction, i, node(i));
      }
      for (let i = 0; i < Math.min(table.width, others); i++) {
        table.setPointer(member, level, direction, i, node(i));
      }
    }
  }
}

function fillPointers(places: RingPlaces, table: RTable, member: Member): void {
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    const levels = places.withoutDuplicates(member, direction, table.width);
    levels.forEach((nodes, level) => {
      nodes.forEach((node, i) => {
        table.setPointer(member, level, direction, i, node);
      });
    });
  }
}
