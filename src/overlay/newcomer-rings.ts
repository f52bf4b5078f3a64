import { NO_REF, type Ref } from "../core/contacts.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import type { LeafRepair } from "./leaf-repair.ts";
import type { LinkReply } from "./messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";
import type { RingRepair } from "./ring-repair.ts";

/** A newcomer that has been linked fills its tables and tells its neighbours on all rings. */
export class NewcomerRings {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #rings: RingRepair;
  readonly #leaves: LeafRepair;

  constructor(net: Context, neighbourhood: Neighbourhood, rings: RingRepair, leaves: LeafRepair) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
    this.#rings = rings;
    this.#leaves = leaves;
  }

  /**
   * The root ring; the rings above, from the lowest; then the leaf set.
   *
   * @param found - For each level from the top, as in `overlay.joinSearch`.
   */
  enter(
    member: Member,
    left: Ref,
    { right, left: lefts, rights }: MessageOf<typeof LinkReply>,
    found: readonly Ref[],
  ): void {
    const neighbourhood = this.#neighbourhood;
    neighbourhood.insert(member, left);
    neighbourhood.insert(member, right);
    for (const node of lefts ?? []) neighbourhood.insert(member, node);
    for (const node of rights ?? []) neighbourhood.insert(member, node);
    const levels = found.length / (2 * this.#net.table.width);
    for (let level = 1; level < levels; level++) {
      this.#insertFound(member, level, found, (levels - 1 - level) * 2 * this.#net.table.width);
      this.#tellRing(member, level);
    }
    this.#leaves.announce(member);
    this.#rings.start(member);
  }

  /** It gave the join up. */
  leave(member: Member): void {
    this.#rings.stop(member);
  }

  #insertFound(member: Member, level: number, found: readonly Ref[], from: number): void {
    const net = this.#net;
    const self = net.self(member);
    for (let i = from; i < from + 2 * net.table.width; i++) {
      const node = found[i] as Ref;
      if (node === self || !net.digits.shareRing(self, node, level)) continue;
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        this.#neighbourhood.insertOnRing(member, level, direction, node);
      }
    }
  }

  /** In dense tables of small rings the same node stands on both sides: once is enough there. */
  #tellRing(member: Member, level: number): void {
    const { table } = this.#net;
    const told: Ref[] = [];
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      for (let i = 0; i < table.width; i++) {
        const node = table.pointer(member, level, direction, i);
        if (node === NO_REF || (table.width > 1 && told.includes(node))) continue;
        if (table.width > 1) told.push(node);
        this.#rings.hintTo(member, node, level, direction, true);
      }
    }
  }
}
