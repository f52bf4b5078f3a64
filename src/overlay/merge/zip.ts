import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { Random } from "../../core/random.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { MergeCounters } from "./figures.ts";
import type { RingLinks } from "./links.ts";
import { RingZip } from "./messages.ts";
import type { Newcomers } from "./newcomers.ts";
import type { FoundPlace, Places } from "./places.ts";

/** Before somebody finds another ring others may have, and have met some of it. */
const LEAD_MS = 3_000;
/** For so long a part of the ring that was handed to a member is not handed on by it again. */
const HANDLED_MS = 10_000;

/** A part of a ring: up to whom, and a member of the other ring to ask. */
interface Part {
  readonly id: number;
  readonly until: Ref;
  readonly via: Ref;
  readonly sinceUs: number;
}

interface Handled {
  until: Ref;
  atUs: number;
}

/**
 * Merges two rings: every member between whose neighbours others stand finds its place among them.
 *
 * Who finds another ring hands its own ring out in parts, each to the first node of the part, which
 * finds its place in the other ring, offers itself to the neighbours there, and hands on those parts of
 * its part in which it knows others to be. Two contiguous segments cost a logarithm; interleaved rings
 * one question a member, in a logarithm of steps. Nobody lets go of a neighbour but for a nearer one.
 */
export class Zip {
  readonly #net: Context;
  readonly #places: Places;
  readonly #links: RingLinks;
  readonly #newcomers: Newcomers;
  readonly #counters: MergeCounters;
  readonly #random: Random;
  readonly #message = RingZip.make({ id: 0, until: NO_REF, via: NO_REF, ageMs: 0 });
  /** What a member handed on last. BOUNDED: one entry a member. */
  readonly #handled = new Map<Member, Handled>();

  constructor(
    net: Context,
    parts: { readonly places: Places; readonly links: RingLinks; readonly newcomers: Newcomers },
    counters: MergeCounters,
  ) {
    const { places, links, newcomers } = parts;
    this.#net = net;
    this.#newcomers = newcomers;
    this.#places = places;
    this.#links = links;
    this.#counters = counters;
    this.#random = net.world.random("overlay.zip");
  }

  /** A place was found that may be in another ring: links the member, and lets both rings follow. */
  onFound(member: Member, found: FoundPlace): void {
    const { question, end, left, right } = found;
    const self = this.#net.self(member);
    if (this.#net.order.sameName(end, self)) {
      if (end !== self) this.#counters.nameConflicts++;
      return;
    }
    const others = [end, ...left, ...right];
    const isForeign = !others.includes(self);
    const isNews = others.some((node) => this.#isMissing(member, node));
    const until = question.zip?.until ?? self;
    const sinceUs = question.zip?.sinceUs ?? this.#net.world.nowUs() - LEAD_MS * 1000;
    const firsts = this.#firsts(member, until, sinceUs);
    const next = this.#nearest(member, others, CLOCKWISE);
    if (isForeign || isNews) {
      this.#offer(member, this.#nearest(member, others, COUNTER_CLOCKWISE), COUNTER_CLOCKWISE);
      this.#offer(member, next, CLOCKWISE);
    }
    if (question.zip !== undefined) {
      if (isForeign || isNews) this.#handOn(member, firsts, { ...question.zip, via: end }, next);
    } else if (question.cause !== "edge" && isForeign && !this.isBusy(member)) {
      this.#counters.ringsFound++;
      this.#handle(member, self);
      const id = 1 + this.#random.below(0xffff_fffe);
      this.#send(member, end, { id, until: end, via: self, sinceUs });
      this.#handOn(member, firsts, { id, until, via: end, sinceUs }, next);
    }
  }

  /** The member's turn in a merge. */
  onZip(member: Member, { id, until, via, ageMs }: MessageOf<typeof RingZip>): void {
    const net = this.#net;
    if (net.state(member) !== "in" || until === NO_REF || via === NO_REF) return;
    if (via === net.self(member) || this.#isHandled(member, until)) return;
    this.#handle(member, until);
    this.#counters.zipSteps++;
    const sinceUs = net.world.nowUs() - ageMs * 1000;
    this.#places.ask(member, { cause: "zip", via, clockwise: true, zip: { id, until, sinceUs } });
  }

  /** Whether the member took part in a merge just now. */
  isBusy(member: Member): boolean {
    const handled = this.#handled.get(member);
    return handled !== undefined && this.#net.world.nowUs() - handled.atUs <= HANDLED_MS * 1000;
  }

  clear(member: Member): void {
    const handled = this.#handled.get(member);
    if (handled === undefined) return;
    this.#handled.delete(member);
    this.#net.contacts.release(handled.until);
  }

  /** Whether the node belongs into the member's leaf set and is not there. */
  #isMissing(member: Member, node: Ref): boolean {
    const { leaves, order } = this.#net;
    const self = this.#net.self(member);
    if (order.sameName(node, self) || leaves.holding(member, node) > 0) return false;
    return ([CLOCKWISE, COUNTER_CLOCKWISE] as const).some((direction) => {
      const last = leaves.at(member, direction, leaves.side - 1);
      return last === NO_REF || order.isInside(self, node, last, direction);
    });
  }

  #nearest(member: Member, nodes: readonly Ref[], direction: Direction): Ref {
    const { order } = this.#net;
    const self = this.#net.self(member);
    let nearest = NO_REF;
    for (const node of nodes) {
      if (order.sameName(node, self)) continue;
      if (nearest === NO_REF || order.isInside(self, node, nearest, direction)) nearest = node;
    }
    return nearest;
  }

  /** To the present neighbour, who may not know it, or to one who stands nearer. */
  #offer(member: Member, node: Ref, direction: Direction): void {
    const { table, order } = this.#net;
    const present = table.neighbour(member, 0, direction);
    const self = this.#net.self(member);
    if (node === NO_REF) return;
    const isFurther =
      present !== NO_REF && present !== node && !order.isInside(self, node, present, direction);
    if (!isFurther) this.#links.offer(member, 0, direction, node);
  }

  /** The member's pointers within its part, in their order, as they were: where the parts begin that it may hand on. */
  #firsts(member: Member, until: Ref, sinceUs: number): readonly Ref[] {
    const { table, leaves, order } = this.#net;
    const self = this.#net.self(member);
    const firsts = new Set<Ref>();
    const newcomers = this.#newcomers.since(member, sinceUs);
    const isFirst = (node: Ref): boolean =>
      !newcomers.includes(node) && order.isInside(self, node, until, CLOCKWISE);
    for (let i = 0; i < leaves.count(member, CLOCKWISE) && firsts.size === 0; i++) {
      const leaf = leaves.at(member, CLOCKWISE, i);
      if (isFirst(leaf)) firsts.add(leaf);
    }
    for (let level = 0; level <= table.topLevel(member); level++) {
      for (let i = 0; i < table.width; i++) {
        const node = table.pointer(member, level, CLOCKWISE, i);
        if (node !== NO_REF && isFirst(node)) firsts.add(node);
      }
    }
    return [...firsts].sort((a, b) => (order.isInside(self, a, b, CLOCKWISE) ? -1 : 1));
  }

  /** Hands on the parts in which others may stand: `next` is the first of them after the member. */
  #handOn(
    member: Member,
    firsts: readonly Ref[],
    { id, until, via, sinceUs }: Part,
    next: Ref,
  ): void {
    const { order, suspects } = this.#net;
    const self = this.#net.self(member);
    if (next === NO_REF) return;
    firsts.forEach((first, i) => {
      const end = firsts[i + 1] ?? until;
      if (!order.isInside(self, next, end, CLOCKWISE) || suspects.has(member, first)) return;
      const isBefore = order.isInside(self, next, first, CLOCKWISE);
      this.#send(member, first, { id, until: end, via: isBefore ? next : via, sinceUs });
    });
  }

  #send(member: Member, to: Ref, part: Part): void {
    this.#message.id = part.id;
    this.#message.until = part.until;
    this.#message.via = part.via;
    this.#message.ageMs = Math.round((this.#net.world.nowUs() - part.sinceUs) / 1000);
    this.#net.send(member, to, this.#message);
  }

  /** Whether the member handed on this part, or a longer one, just now. */
  #isHandled(member: Member, until: Ref): boolean {
    const handled = this.#handled.get(member);
    if (handled === undefined || !this.isBusy(member)) return false;
    const self = this.#net.self(member);
    if (handled.until === self || handled.until === until) return true;
    return this.#net.order.liesBetween(self, until, handled.until, CLOCKWISE);
  }

  #handle(member: Member, until: Ref): void {
    this.#net.contacts.keep(until);
    this.clear(member);
    this.#handled.set(member, { until, atUs: this.#net.world.nowUs() });
  }
}
