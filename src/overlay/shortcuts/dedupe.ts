import { NO_REF, type Ref } from "../../core/contacts.ts";
import { RETURN_TO_SENDER } from "../../transport/transport.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { RTable } from "../tables.ts";
import { PointersAsked, PointersTold } from "./messages.ts";
import { ShortcutPace } from "./pace.ts";

/** Waits for no answer. */
const NONE = -1;

/**
 * Duplicate-pointer elimination: the neighbour at a level is the neighbour one level above again with
 * probability 1/k, and says nothing new there. Instead each level points to the next nodes of its ring
 * that no lower level points to. The true neighbours stay in the R-Table, for numeric routes and repair.
 * Source: SkipNet (USITS 2003) §4.
 *
 * From the bottom up, one question a level at most: of the nodes that lower levels point to, the
 * furthest that is on the ring of this level knows who comes next.
 */
export class Deduplication {
  readonly #net: Context;
  readonly #pointers: RTable;
  readonly #pace: ShortcutPace;
  /** By member and direction: the level that an answer is awaited for. */
  #awaited = new Int8Array(2).fill(NONE);

  constructor(net: Context, pointers: RTable) {
    this.#net = net;
    this.#pointers = pointers;
    this.#pace = new ShortcutPace(net, "overlay.dedupe", net.options.repairPeriodMs, (member) =>
      this.#turn(member),
    );
  }

  start(member: Member): void {
    if (2 * member + 1 >= this.#awaited.length) {
      const longer = new Int8Array(Math.max(this.#awaited.length * 2, 2 * member + 2)).fill(NONE);
      longer.set(this.#awaited);
      this.#awaited = longer;
    }
    this.#pace.start(member);
  }

  stop(member: Member): void {
    this.#pace.stop(member);
  }

  /** The R-Table has changed: what was built on it may be wrong. */
  changed(member: Member): void {
    this.#pace.hurry(member);
  }

  onAsked(member: Member, message: MessageOf<typeof PointersAsked>): void {
    const net = this.#net;
    const { from, level, clockwise } = message;
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    const nodes = net.state(member) === "in" ? this.#ringPointers(member, level, direction) : [];
    net.send(member, from, PointersTold.make({ level, clockwise, nodes }));
  }

  onTold(member: Member, { level, clockwise, nodes }: MessageOf<typeof PointersTold>): void {
    const net = this.#net;
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    const at = 2 * member + direction;
    if (net.state(member) !== "in" || this.#awaited[at] !== level) return;
    this.#awaited[at] = NONE;
    const last = this.#last(member, direction, level);
    const self = net.self(member);
    const next = nodes.filter(
      (node) =>
        node !== self &&
        net.digits.shareRing(self, node, level) &&
        !net.dead.has(member, node) &&
        this.#isBeyond(member, last, node, direction),
    );
    this.#set(member, direction, level, next);
    // Nobody: the ring is round here, and so are all above it.
    if (next.length === 0) this.#clearFrom(member, direction, level + 1);
    else this.#build(member, direction, level + 1);
  }

  #turn(member: Member): void {
    if (this.#net.state(member) !== "in") return;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      this.#build(member, direction, 0);
    }
    this.#pace.arm(member);
  }

  /** Nobody answers there: the next best is asked. */
  onReturn(member: Member, { level, clockwise }: MessageOf<typeof PointersAsked>): void {
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    if (this.#awaited[2 * member + direction] === level) this.#build(member, direction, level);
  }

  /** From this level up, until another has to be asked. */
  #build(member: Member, direction: Direction, from: number): void {
    const net = this.#net;
    this.#awaited[2 * member + direction] = NONE;
    for (let level = from; level <= net.table.topLevel(member); level++) {
      const own = this.#ringPointers(member, level, direction);
      const last = this.#last(member, direction, level);
      const known = own.filter((node) => !this.#isBeyond(member, last, node, direction));
      if (own.length === 0) {
        this.#clearFrom(member, direction, level);
        return;
      }
      if (known.length > 0) {
        this.#ask(member, direction, level, known);
        return;
      }
      this.#set(member, direction, level, own);
    }
    this.#clearFrom(member, direction, net.table.topLevel(member) + 1);
  }

  #ask(member: Member, direction: Direction, level: number, known: readonly Ref[]): void {
    const net = this.#net;
    const whom = this.#furthestOnRing(member, direction, level, known);
    if (whom === NO_REF) return;
    this.#awaited[2 * member + direction] = level;
    const clockwise = direction === CLOCKWISE;
    const asked = PointersAsked.make({ from: net.self(member), level, clockwise });
    net.send(member, whom, asked, RETURN_TO_SENDER);
  }

  /** Of the known neighbours and the nodes that lower levels point to: the furthest that is on this ring. */
  #furthestOnRing(member: Member, direction: Direction, level: number, known: readonly Ref[]): Ref {
    const net = this.#net;
    const self = net.self(member);
    let furthest = NO_REF;
    const consider = (node: Ref): void => {
      if (!net.isUsable(member, node) || !net.digits.shareRing(self, node, level)) return;
      if (furthest === NO_REF || net.order.liesBetween(furthest, node, self, direction)) {
        furthest = node;
      }
    };
    for (const node of known) consider(node);
    for (let lower = 0; lower < level; lower++) {
      for (let i = 0; i < this.#pointers.width; i++) {
        consider(this.#pointers.pointer(member, lower, direction, i));
      }
    }
    return furthest;
  }

  /** The furthest node that a lower level points to; the member itself where there is none. */
  #last(member: Member, direction: Direction, level: number): Ref {
    for (let lower = level - 1; lower >= 0; lower--) {
      for (let i = this.#pointers.width - 1; i >= 0; i--) {
        const node = this.#pointers.pointer(member, lower, direction, i);
        if (node !== NO_REF) return node;
      }
    }
    return this.#net.self(member);
  }

  /** Whether a walk from `last` meets the node before it is round. */
  #isBeyond(member: Member, last: Ref, node: Ref, direction: Direction): boolean {
    return this.#net.order.liesBetween(last, node, this.#net.self(member), direction);
  }

  /** The true neighbours, nearest first. */
  #ringPointers(member: Member, level: number, direction: Direction): readonly Ref[] {
    const { table } = this.#net;
    const nodes: Ref[] = [];
    for (let i = 0; i < table.width && level < table.levels; i++) {
      const node = table.pointer(member, level, direction, i);
      if (node !== NO_REF) nodes.push(node);
    }
    return nodes;
  }

  #set(member: Member, direction: Direction, level: number, nodes: readonly Ref[]): void {
    for (let i = 0; i < this.#pointers.width; i++) {
      this.#pointers.setPointer(member, level, direction, i, nodes[i] ?? NO_REF);
    }
  }

  #clearFrom(member: Member, direction: Direction, from: number): void {
    for (let level = this.#pointers.topLevel(member); level >= from; level--) {
      this.#set(member, direction, level, []);
    }
  }
}
