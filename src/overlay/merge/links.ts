import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { Neighbourhood } from "../neighbourhood.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { MergeCounters } from "./figures.ts";
import { RingLink } from "./messages.ts";

/** Times that a link is offered on to a nearer node that the last one named. */
const STEPS_MAX = 16;

/**
 * Makes two nodes neighbours on a ring, both by each other's own voice: who offers enters the other
 * only when it answers, so that a path which works one way alone links nobody. Only nearer ones enter:
 * repeated and crossing offers converge.
 */
export class RingLinks {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #counters: MergeCounters;
  readonly #link = RingLink.make({
    level: 0,
    clockwise: false,
    answer: false,
    isNew: false,
    steps: 0,
    from: NO_REF,
    nearest: NO_REF,
  });

  /** Two nodes are neighbours, perhaps for long; told on both sides: at the left one if `direction` is clockwise. `isNew`: one of them did not know it. */
  onLinked: (
    member: Member,
    link: { readonly level: number; readonly direction: Direction; readonly isNew: boolean },
    other: Ref,
  ) => void = () => undefined;

  constructor(net: Context, neighbourhood: Neighbourhood, counters: MergeCounters) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
    this.#counters = counters;
  }

  /** Offers itself to a node that may stand next to the member on this side. */
  offer(member: Member, level: number, direction: Direction, to: Ref, steps = 0): void {
    const link = this.#link;
    link.level = level;
    link.clockwise = direction === COUNTER_CLOCKWISE;
    link.answer = false;
    link.isNew = false;
    link.steps = steps;
    link.from = this.#net.self(member);
    link.nearest = NO_REF;
    this.#net.send(member, to, link);
  }

  onLink(member: Member, message: MessageOf<typeof RingLink>): void {
    const net = this.#net;
    const { level, clockwise, answer, steps, from, nearest } = message;
    if (net.state(member) !== "in" || from === NO_REF || level >= net.table.levels) return;
    const self = net.self(member);
    if (from === self || !net.digits.shareRing(self, from, level)) return;
    if (net.order.sameName(self, from)) {
      this.#counters.nameConflicts++;
      return;
    }
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    const wasNew = message.isNew;
    this.#neighbourhood.hear(member, from);
    const isNew = this.#neighbourhood.insertOnRing(member, level, direction, from);
    if (isNew) this.#counters.linked(level, net.world.nowUs());
    if (answer) {
      const isNearer = nearest !== NO_REF && net.order.isInside(self, nearest, from, direction);
      if (isNearer && steps < STEPS_MAX) this.offer(member, level, direction, nearest, steps + 1);
    } else {
      this.#reply(member, message, direction, isNew);
    }
    if (net.table.neighbour(member, level, direction) === from) {
      this.onLinked(member, { level, direction, isNew: isNew || wasNew }, from);
    }
  }

  #reply(
    member: Member,
    { level, clockwise, steps, from }: MessageOf<typeof RingLink>,
    direction: Direction,
    isNew: boolean,
  ): void {
    const nearest = this.#net.table.neighbour(member, level, direction);
    const link = this.#link;
    link.level = level;
    link.clockwise = !clockwise;
    link.answer = true;
    link.isNew = isNew;
    link.steps = steps;
    link.from = this.#net.self(member);
    link.nearest = nearest === from ? NO_REF : nearest;
    this.#net.send(member, from, link);
  }
}
