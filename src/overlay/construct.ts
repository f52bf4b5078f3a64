import type { Context } from "./context.ts";
import { Oracle } from "./oracle.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";
import type { RTable } from "./tables.ts";

/**
 * Fills the tables of these members as a converged overlay has them, without a message: for
 * experiments that begin with one. The members' states are set to `in`.
 */
export function constructOverlay(net: Context, members: readonly Member[]): void {
  const oracle = new Oracle(net, members);
  for (const member of members) {
    net.setState(member, "in");
    const top = oracle.topLevel(member);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let i = 0; i < net.leaves.side; i++) {
        net.leaves.set(member, direction, i, oracle.onRing(member, 0, direction, i));
      }
      for (let level = 0; level <= top; level++) {
        for (let i = 0; i < net.table.width; i++) {
          net.table.setPointer(
            member,
            level,
            direction,
            i,
            oracle.onRing(member, level, direction, i),
          );
        }
      }
      if (net.shortcuts.pointers !== undefined) {
        fillPointers(oracle, net.shortcuts.pointers, member, direction);
      }
    }
  }
}

function fillPointers(oracle: Oracle, table: RTable, member: Member, direction: Direction): void {
  const levels = oracle.withoutDuplicates(member, direction, table.width);
  levels.forEach((nodes, level) => {
    nodes.forEach((node, i) => {
      table.setPointer(member, level, direction, i, node);
    });
  });
}
