import type { Contact } from "../core/contacts.ts";
import type { Context } from "./context.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";

/** What a process would write down of a member, to find its way back after a restart: all that its tables hold. */
export function savedNeighbours(net: Context, member: Member): readonly Contact[] {
  const neighbourhood = new Neighbourhood(net);
  const nodes = new Set([
    ...neighbourhood.sideOf(member, CLOCKWISE),
    ...neighbourhood.sideOf(member, COUNTER_CLOCKWISE),
  ]);
  return [...nodes].map((ref) => net.contacts.contact(ref));
}

/**
 * Puts what was saved into the tables of a member that has joined again, where it is nearer than what the join
 * found. Those who have died since are found out as any neighbour is.
 */
export function reloadNeighbours(net: Context, member: Member, saved: readonly Contact[]): void {
  const neighbourhood = new Neighbourhood(net);
  const self = net.self(member);
  for (const contact of saved) {
    const node = net.contacts.intern(contact);
    neighbourhood.insert(member, node);
    const shared = Math.min(net.digits.commonPrefix(self, node), net.table.levels - 1);
    for (let level = 1; level <= shared; level++) {
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        neighbourhood.insertPointerOnRing(member, level, direction, node);
      }
    }
  }
}

/** Empties the tables of a member whose process has died: the dead watch nobody. For simulators, which host many. */
export function forgetTables(net: Context, member: Member): void {
  new Neighbourhood(net).clear(member);
}
