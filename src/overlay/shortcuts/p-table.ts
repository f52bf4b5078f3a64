import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../ring-order.ts";
import type { SlotListener } from "../tables.ts";
import { P_SEGMENTS_MAX } from "./messages.ts";
import { NearSlots } from "./near-slots.ts";

/**
 * The P-Table: in each segment of the ring the nearest node known, by round trip. The segments lie
 * between the end points that the R-Table names, as the distribution of names is unknown; so a hop may
 * choose among many nodes that all go about as far. Source: SkipNet (USITS 2003) §4.
 */
export class PTable {
  readonly #slots: NearSlots;

  constructor(listener: SlotListener) {
    this.#slots = new NearSlots(P_SEGMENTS_MAX, listener);
  }

  reserve(member: Member): void {
    this.#slots.reserve(member);
  }

  /** The `i`th entry, in no order; `NO_REF` where there is none. */
  at(member: Member, i: number): Ref {
    return this.#slots.get(member, i);
  }

  /** A node was measured: it enters if it is the nearest of its segment. `ends`: as `segmentEnds` gives them. */
  offer(net: Context, member: Member, ends: readonly Ref[], node: Ref, rttUs: number): void {
    const self = net.self(member);
    const segment = segmentOf(net, self, ends, node);
    if (segment < 0) return;
    this.#slots.remove(member, node);
    // Several where the R-Table has changed since: the nearest stays.
    const rivals: number[] = [];
    let slot = NO_SLOT;
    for (let i = 0; i < P_SEGMENTS_MAX; i++) {
      const entry = this.#slots.get(member, i);
      if (entry === NO_REF) slot = slot === NO_SLOT ? i : slot;
      else if (segmentOf(net, self, ends, entry) === segment) rivals.push(i);
    }
    if (rivals.some((i) => this.#slots.rttUs(member, i) <= rttUs)) return;
    for (const i of rivals) this.#slots.set(member, i, NO_REF, 0);
    slot = rivals[0] ?? slot;
    if (slot !== NO_SLOT) this.#slots.set(member, slot, node, rttUs);
  }

  remove(member: Member, node: Ref): void {
    this.#slots.remove(member, node);
  }

  clear(member: Member): void {
    this.#slots.clear(member);
  }

  forEach(member: Member, visit: (node: Ref, rttUs: number) => void): void {
    this.#slots.forEach(member, visit);
  }
}

const NO_SLOT = -1;

/**
 * The end points of a member's segments, clockwise from it: whom its ring pointers name, but for those of
 * its leaf set, which needs no shortcuts.
 */
export function segmentEnds(net: Context, member: Member): readonly Ref[] {
  const { leaves, order, shortcuts } = net;
  const table = shortcuts.pointers ?? net.table;
  const self = net.self(member);
  const ends = new Set<Ref>();
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    for (let level = table.topLevel(member); level >= 0; level--) {
      for (let i = 0; i < table.width; i++) {
        const node = table.pointer(member, level, direction, i);
        if (node !== NO_REF && leaves.holding(member, node) === 0) ends.add(node);
      }
    }
  }
  return [...ends]
    .slice(0, P_SEGMENTS_MAX)
    .sort((a, b) => (a === b ? 0 : order.liesBetween(self, a, b, CLOCKWISE) ? -1 : 1));
}

/** In which segment a node lies, counted from `from` clockwise; -1: before the first end point. */
export function segmentOf({ order }: Context, from: Ref, ends: readonly Ref[], node: Ref): number {
  if (order.sameName(from, node)) return -1;
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order.liesBetween(from, ends[middle] as Ref, node, CLOCKWISE)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
