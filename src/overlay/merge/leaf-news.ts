import type { Ref } from "../../core/contacts.ts";
import { NO_REF } from "../../core/contacts.ts";
import type { MemberTimer } from "../../core/world.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { LeafRepair } from "../leaf-repair.ts";
import type { Neighbourhood } from "../neighbourhood.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { MergeCounters } from "./figures.ts";
import { LeafNews } from "./messages.ts";

/**
 * Where two rings have met, leaf sets change on both sides of the seam: who got a new neighbour tells
 * its leaves, and who learns something by it tells its own, until nothing is new.
 */
export class LeafNewsSpread {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #leaves: LeafRepair;
  readonly #counters: MergeCounters;
  readonly #timer: MemberTimer;
  readonly #random;

  constructor(
    net: Context,
    neighbourhood: Neighbourhood,
    leaves: LeafRepair,
    counters: MergeCounters,
  ) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
    this.#leaves = leaves;
    this.#counters = counters;
    this.#timer = net.world.timer("overlay.leafNews", (member) => this.#tell(member as Member));
    this.#random = net.world.random("overlay.leafNews");
  }

  /** The member has a new neighbour on the root ring: in a while its leaves hear of its leaf set. */
  arm(member: Member): void {
    const us = this.#net.options.seamMs * 1000 * (0.75 + this.#random.float() / 2);
    this.#timer.arm(member, Math.round(us));
  }

  clear(member: Member): void {
    this.#timer.cancel(member);
  }

  onNews(member: Member, { from, left, right }: MessageOf<typeof LeafNews>): void {
    if (this.#net.state(member) !== "in") return;
    this.#neighbourhood.hear(member, from);
    let changed = this.#neighbourhood.insert(member, from);
    for (const node of [...left, ...right]) if (this.#hear(member, node)) changed = true;
    if (changed) this.arm(member);
  }

  /** Hearsay; one that the member saw die is asked, and enters by its own voice. */
  #hear(member: Member, node: Ref): boolean {
    const net = this.#net;
    if (!net.dead.has(member, node)) return this.#leaves.hearOf(member, node);
    if (!net.departed.has(member, node) && this.#isNear(member, node)) {
      this.#leaves.ask(member, node);
    }
    return false;
  }

  #isNear(member: Member, node: Ref): boolean {
    const { leaves, order } = this.#net;
    const self = this.#net.self(member);
    return ([CLOCKWISE, COUNTER_CLOCKWISE] as const).some((direction: Direction) => {
      const last = leaves.at(member, direction, leaves.side - 1);
      return last === NO_REF || order.isInside(self, node, last, direction);
    });
  }

  #tell(member: Member): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    const left = this.#neighbourhood.leavesOf(member, COUNTER_CLOCKWISE);
    const right = this.#neighbourhood.leavesOf(member, CLOCKWISE);
    const news = LeafNews.make({ from: net.self(member), left, right });
    for (const node of new Set([...left, ...right])) {
      this.#counters.leafNews++;
      net.send(member, node, news);
    }
  }
}
