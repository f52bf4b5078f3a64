import type { Ref } from "../../core/contacts.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import { type Direction, opposite } from "../ring-order.ts";

interface Deaths {
  sinceUs: number;
  /** Leaves of either side that were called down since then. */
  readonly count: [number, number];
  /** Whether the nearest was among them. */
  readonly nearest: [boolean, boolean];
}

/**
 * Tells an organisation's edge from nodes that crash: within one period of the failure detector as many
 * leaves of one side were called down as it has, the nearest among them, while the other side lives.
 */
export class SilentSides {
  readonly #net: Context;
  readonly #periodUs: number;
  /** BOUNDED: one entry a member. */
  readonly #deaths = new Map<Member, Deaths>();

  constructor(net: Context) {
    this.#net = net;
    this.#periodUs = net.transport.bounds().downUs;
  }

  /** A leaf is about to go. True once when its side is silent with it. */
  losing(member: Member, node: Ref, direction: Direction): boolean {
    const { leaves, table, world } = this.#net;
    if (!leaves.has(member, direction, node)) return false;
    const nowUs = world.nowUs();
    let deaths = this.#deaths.get(member);
    if (deaths === undefined || nowUs - deaths.sinceUs > this.#periodUs) {
      deaths = { sinceUs: nowUs, count: [0, 0], nearest: [false, false] };
      this.#deaths.set(member, deaths);
    }
    deaths.count[direction]++;
    if (table.neighbour(member, 0, direction) === node) deaths.nearest[direction] = true;
    const isEmptied = leaves.count(member, direction) === 1;
    const isSilent = deaths.count[direction] === leaves.side || isEmptied;
    return isSilent && deaths.nearest[direction] && leaves.count(member, opposite(direction)) > 0;
  }

  clear(member: Member): void {
    this.#deaths.delete(member);
  }
}
