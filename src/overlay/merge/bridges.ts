import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { MemberTimer } from "../../core/world.ts";
import { RETURN_TO_SENDER } from "../../transport/transport.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import { nextOnRing } from "../next-hop.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { MergeCounters } from "./figures.ts";
import type { RingLinks } from "./links.ts";
import { BridgeOffer, BridgeWalk } from "./messages.ts";

/** Walks of one member that wait for their turn; the highest level makes room. */
const WAITING_MAX = 32;
/** Walks that a member began and does not begin again, and for how long; the first are forgotten first. */
const BEGUN_MAX = 32;
const BEGUN_MS = 30_000;
/** A walk collects k digit values: k (1 + 1/2 + … + 1/k) steps expected. So many times k are enough. */
const WALK_HOPS_FACTOR = 8;

type Walk = MessageOf<typeof BridgeWalk>;

interface Bridge {
  readonly level: number;
  /** The right one of the two. Kept. */
  readonly other: Ref;
  readonly dueUs: number;
}

/**
 * From two nodes that have become neighbours on a ring upwards: for each ring above that theirs
 * splits into, the nearest of it to the left and to the right become neighbours too, and so on.
 * Lower levels first, one walk at a time and member. Source: Efficient Recovery from Organizational
 * Disconnects in SkipNet (IPTPS 2003).
 */
export class Bridges {
  readonly #net: Context;
  readonly #links: RingLinks;
  readonly #counters: MergeCounters;
  readonly #timer: MemberTimer;
  readonly #random;
  readonly #offer = BridgeOffer.make({ level: 0, other: NO_REF });
  /** BOUNDED: one entry a member, of `BEGUN_MAX`. */
  readonly #begun = new Map<Member, Bridge[]>();
  /** BOUNDED: one entry a member, of `WAITING_MAX`. */
  readonly #waiting = new Map<Member, Bridge[]>();

  constructor(net: Context, links: RingLinks, counters: MergeCounters) {
    this.#net = net;
    this.#links = links;
    this.#counters = counters;
    this.#timer = net.world.timer("overlay.bridge", (member) => this.#turn(member as Member));
    this.#random = net.world.random("overlay.bridge");
  }

  /** The member has a new right neighbour on a ring. `delayMs`: not before. */
  add(member: Member, level: number, other: Ref, delayMs: number): void {
    const net = this.#net;
    if (level + 1 >= net.table.levels) return;
    const waiting = this.#waiting.get(member) ?? [];
    const isSame = (bridge: Bridge): boolean => bridge.level === level && bridge.other === other;
    if (waiting.some(isSame)) return;
    const sinceUs = net.world.nowUs() - BEGUN_MS * 1000;
    if (this.#begun.get(member)?.some((bridge) => isSame(bridge) && bridge.dueUs > sinceUs)) return;
    const dueUs = net.world.nowUs() + delayMs * 1000;
    waiting.push({ level, other, dueUs });
    net.contacts.keep(other);
    waiting.sort((a, b) => a.level - b.level);
    const last = waiting.length > WAITING_MAX ? waiting.pop() : undefined;
    if (last !== undefined) net.contacts.release(last.other);
    this.#waiting.set(member, waiting);
    this.#arm(member, waiting);
  }

  clear(member: Member): void {
    for (const { other } of this.#waiting.get(member) ?? []) this.#net.contacts.release(other);
    this.#waiting.delete(member);
    this.#begun.delete(member);
    this.#timer.cancel(member);
  }

  onWalk(member: Member, walk: Walk): void {
    if (this.#net.state(member) !== "in") return;
    this.#counters.walked(walk.level);
    this.#step(member, walk);
  }

  /** The next one does not answer: on past it. */
  onReturn(member: Member, walk: Walk): void {
    const isAtSeam = walk.clockwise && walk.hops === 0;
    if (this.#net.state(member) === "in" && !isAtSeam) this.#step(member, walk);
  }

  onOffer(member: Member, { level, other }: MessageOf<typeof BridgeOffer>): void {
    const net = this.#net;
    const self = net.self(member);
    if (net.state(member) !== "in" || other === NO_REF || level >= net.table.levels) return;
    if (other === self || !net.digits.shareRing(self, other, level)) return;
    const present = net.usableNeighbour(member, level, CLOCKWISE);
    // Who is the neighbour already may not know it.
    if (
      present !== NO_REF &&
      present !== other &&
      !net.order.isInside(self, other, present, CLOCKWISE)
    )
      return;
    this.#links.offer(member, level, CLOCKWISE, other);
  }

  #turn(member: Member): void {
    const waiting = this.#waiting.get(member);
    if (waiting === undefined) return;
    if (this.#net.state(member) !== "in") {
      this.clear(member);
      return;
    }
    const nowUs = this.#net.world.nowUs();
    const at = waiting.findIndex(({ dueUs }) => dueUs <= nowUs);
    if (at >= 0) {
      const [{ level, other }] = waiting.splice(at, 1) as [Bridge];
      this.#begin(member, level, other);
      this.#net.contacts.release(other);
    }
    if (waiting.length === 0) this.#waiting.delete(member);
    else this.#arm(member, waiting);
  }

  #begin(member: Member, level: number, other: Ref): void {
    const self = this.#net.self(member);
    // Somebody came in between: whoever linked those two walks from there.
    if (this.#net.table.neighbour(member, level, CLOCKWISE) !== other) return;
    const begun = this.#begun.get(member) ?? [];
    if (begun.length === BEGUN_MAX) begun.shift();
    begun.push({ level, other, dueUs: this.#net.world.nowUs() });
    this.#begun.set(member, begun);
    const ends = { leftEnd: self, rightEnd: other };
    const walk = { level, clockwise: false, ...ends, hops: 0, left: [], right: [] };
    this.#step(member, BridgeWalk.make(walk));
  }

  /** Notes this member where its ring above still lacks one, and hands the walk on. */
  #step(member: Member, seen: Walk): void {
    const net = this.#net;
    // A copy: what comes back to who sent it on has to be what was sent.
    const walk = BridgeWalk.make(seen);
    const { level, clockwise, leftEnd, rightEnd } = walk;
    const self = net.self(member);
    const mine = net.digits.digit(self, level);
    const isMine = (ref: Ref): boolean => net.digits.digit(ref, level) === mine;
    if (clockwise) {
      if (walk.left.some(isMine) && !walk.right.some(isMine)) walk.right = [...walk.right, self];
    } else if (!walk.left.some(isMine)) walk.left = [...walk.left, self];
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    const isFull = clockwise
      ? walk.right.length === walk.left.length
      : walk.left.length === net.options.k;
    const next = isFull ? NO_REF : this.#next(member, walk, direction);
    if (next !== NO_REF) {
      walk.hops++;
      net.send(member, next, walk, RETURN_TO_SENDER);
    } else if (clockwise) this.#offerAll(member, walk);
    else {
      const half = { ...walk, level, clockwise: true, leftEnd, rightEnd, hops: 0 };
      net.send(member, rightEnd, BridgeWalk.make(half));
    }
  }

  /** The next of the walk's ring, unless that would go round to the other end. */
  #next(member: Member, walk: Walk, direction: Direction): Ref {
    const net = this.#net;
    const { level, leftEnd, rightEnd, hops } = walk;
    if (hops >= WALK_HOPS_FACTOR * net.options.k) return NO_REF;
    const next = nextOnRing(net, member, level, direction);
    const end = walk.clockwise ? leftEnd : rightEnd;
    const self = net.self(member);
    if (next === NO_REF || self === end) return NO_REF;
    return net.order.isInside(self, next, end, direction) ? next : NO_REF;
  }

  /** The nearest pairs of all rings above that were met on both sides. */
  #offerAll(member: Member, { level, left, right }: Walk): void {
    const net = this.#net;
    for (const other of right) {
      const digit = net.digits.digit(other, level);
      const first = left.find((ref) => net.digits.digit(ref, level) === digit);
      if (first === undefined || first === other) continue;
      this.#offer.level = level + 1;
      this.#offer.other = other;
      net.send(member, first, this.#offer);
    }
  }

  #arm(member: Member, waiting: readonly Bridge[]): void {
    let dueUs = Number.POSITIVE_INFINITY;
    for (const bridge of waiting) dueUs = Math.min(dueUs, bridge.dueUs);
    const { world, options } = this.#net;
    const paceUs = options.bridgePaceMs * 1000 * (0.75 + this.#random.float() / 2);
    this.#timer.arm(member, Math.round(Math.max(paceUs, dueUs - world.nowUs())));
  }
}
