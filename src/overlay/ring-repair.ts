import { NO_REF, type Ref } from "../core/contacts.ts";
import { RETURN_TO_SENDER } from "../transport/transport.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import type { LeafRepair } from "./leaf-repair.ts";
import { RingCorrection, RingHint, RingPointers, RingSearch } from "./messages.ts";
import type { EmptySlot, Neighbourhood } from "./neighbourhood.ts";
import { nextOnRing } from "./next-hop.ts";
import type { Member } from "./overlay.ts";
import { RepairPace } from "./repair-pace.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction, opposite } from "./ring-order.ts";

/** A search that has gone so many times the expected k hops is given up; the next period tries again. */
const SEARCH_HOPS_FACTOR = 40;

/**
 * Keeps the rings of all levels right: hints to neighbours, which correct each other, and searches
 * along the ring below for what is missing. Levels above 0 are hints that make routes short; routing
 * is right without them. Source: SkipNet (USITS 2003) §3.5.
 */
export class RingRepair {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #leaves: LeafRepair;
  readonly pace: RepairPace;
  readonly #hint = RingHint.make({
    level: 0,
    clockwise: false,
    joining: false,
    from: NO_REF,
    other: NO_REF,
  });
  readonly #correction = RingCorrection.make({
    level: 0,
    clockwise: false,
    joining: false,
    node: NO_REF,
  });
  readonly #newSearch = RingSearch.make({ level: 0, clockwise: true, hops: 0, from: NO_REF });

  constructor(net: Context, neighbourhood: Neighbourhood, leaves: LeafRepair) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
    this.#leaves = leaves;
    this.pace = new RepairPace(net.world, net.options, (member) => this.#turn(member));
  }

  /** Begins the periodic repair of a member that has joined. */
  start(member: Member): void {
    this.pace.start(member);
  }

  stop(member: Member): void {
    this.pace.stop(member);
  }

  /** A node of this level was missing or wrong. */
  alarm(member: Member, level: number): void {
    this.pace.alarm(member, level);
  }

  /** Slots have lost their node: seek others at once, from the lowest level up. */
  refill(member: Member, empty: readonly EmptySlot[]): void {
    for (const { level, direction } of empty) {
      if (level > 0) this.#search(member, level, direction);
    }
  }

  /** Tells the neighbour on a side of a ring that the member stands next to it. */
  hint(member: Member, level: number, direction: Direction, joining: boolean): void {
    const neighbour = this.#net.usableNeighbour(member, level, direction);
    if (neighbour !== NO_REF) this.hintTo(member, neighbour, level, direction, joining);
  }

  hintTo(member: Member, to: Ref, level: number, direction: Direction, joining: boolean): void {
    const net = this.#net;
    const hint = this.#hint;
    hint.level = level;
    hint.clockwise = direction === COUNTER_CLOCKWISE;
    hint.joining = joining;
    hint.from = net.self(member);
    hint.other = net.table.neighbour(member, level, opposite(direction));
    if (joining) net.phases.notify++;
    net.send(member, to, hint);
  }

  onHint(member: Member, message: MessageOf<typeof RingHint>): void {
    const net = this.#net;
    const { level, from, other, joining, clockwise } = message;
    if (!this.#isOnRing(member, from, level) || net.state(member) !== "in") return;
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    this.#neighbourhood.hear(member, from);
    const former = net.table.neighbour(member, level, direction);
    const isNearer = this.#neighbourhood.insertOnRing(member, level, direction, from);
    if (isNearer && !joining) this.alarm(member, level);
    if (net.options.dense) {
      this.#sendPointers(member, from, level);
      return;
    }
    const nearest = net.table.neighbour(member, level, direction);
    if (nearest !== from) {
      // Somebody stands between: the sender should know.
      if (nearest !== NO_REF)
        this.#correct(member, from, level, opposite(direction), nearest, joining);
    } else if (
      former !== NO_REF &&
      former !== from &&
      former !== other &&
      (other === NO_REF || net.order.isInside(from, former, other, direction))
    ) {
      this.#correct(member, from, level, direction, former, joining);
    }
  }

  onCorrection(member: Member, message: MessageOf<typeof RingCorrection>): void {
    const { level, node, joining, clockwise } = message;
    if (!this.#isOnRing(member, node, level) || this.#net.state(member) !== "in") return;
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    if (this.#neighbourhood.insertOnRing(member, level, direction, node)) {
      this.hintTo(member, node, level, direction, joining);
      if (!joining) this.alarm(member, level);
    }
  }

  onSearch(member: Member, message: MessageOf<typeof RingSearch>): void {
    const net = this.#net;
    const { from, level } = message;
    const direction = message.clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    if (net.state(member) !== "in" || from === net.self(member)) return;
    if (this.#isOnRing(member, from, level)) {
      this.#neighbourhood.hear(member, from);
      if (this.#neighbourhood.insertOnRing(member, level, opposite(direction), from)) {
        this.alarm(member, level);
      }
      this.hintTo(member, from, level, opposite(direction), false);
      return;
    }
    this.#sendSearch(member, message);
  }

  /** A search met a node that does not answer. */
  onReturn(member: Member, message: MessageOf<typeof RingSearch>): void {
    this.#sendSearch(member, message);
  }

  onPointers(member: Member, message: MessageOf<typeof RingPointers>): void {
    const { level } = message;
    let wasWrong = false;
    for (const node of [...message.left, ...message.right]) {
      if (!this.#isOnRing(member, node, level)) continue;
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        if (this.#neighbourhood.insertPointerOnRing(member, level, direction, node))
          wasWrong = true;
      }
    }
    if (wasWrong) this.alarm(member, level);
  }

  #turn(member: Member): void {
    const net = this.#net;
    if (net.state(member) !== "in") return;
    const top = net.table.topLevel(member);
    const level = this.pace.takeLevel(member, top);
    const isAlarmed = this.pace.isAlarmed(member);
    const isThorough = this.pace.isThorough(member);
    if (isAlarmed) this.#leaves.exchange(member);
    if (level === 0) this.#verifyRoot(member, isAlarmed);
    else if (level < net.table.levels && level <= net.digits.height(net.self(member))) {
      this.#verifyRing(member, level, CLOCKWISE, isAlarmed || isThorough || net.options.dense);
      // The left neighbour does the same; but where there is none, or when something was wrong, its turn
      // is too far away.
      const left = net.usableNeighbour(member, level, COUNTER_CLOCKWISE);
      if (isAlarmed || (left === NO_REF && level <= top)) {
        this.#search(member, level, COUNTER_CLOCKWISE);
      }
      if (net.options.dense) {
        this.#comparePointers(member, level, CLOCKWISE);
        this.#comparePointers(member, level, COUNTER_CLOCKWISE);
      }
    }
    this.pace.next(member, level, top);
  }

  /**
   * A neighbour that is told who takes it for one says what has come between. But two rings that were
   * founded at the same moment look perfect, each for itself: only the ring below tells, so a thorough
   * turn walks it; and so does one that has no neighbour to tell.
   */
  #verifyRing(member: Member, level: number, direction: Direction, isThorough: boolean): void {
    const neighbour = this.#net.usableNeighbour(member, level, direction);
    if (isThorough || neighbour === NO_REF) this.#search(member, level, direction);
    else this.hintTo(member, neighbour, level, direction, false);
  }

  /** The right neighbour sees most of the same leaves, and knows at once if the member is not next to it. */
  #verifyRoot(member: Member, isAlarmed: boolean): void {
    if (isAlarmed) {
      this.hint(member, 0, CLOCKWISE, false);
      this.hint(member, 0, COUNTER_CLOCKWISE, false);
    } else this.#leaves.verify(member);
  }

  /** The nearest knows what lies beyond, the furthest what lies between: both answer a hint with their pointers. */
  #comparePointers(member: Member, level: number, direction: Direction): void {
    const { table } = this.#net;
    let last = table.width - 1;
    while (last > 0 && table.pointer(member, level, direction, last) === NO_REF) last--;
    const furthest = table.pointer(member, level, direction, last);
    this.hint(member, level, direction, false);
    if (last > 0 && this.#net.isUsable(member, furthest)) {
      this.hintTo(member, furthest, level, direction, false);
    }
  }

  #search(member: Member, level: number, direction: Direction): void {
    const search = this.#newSearch;
    search.level = level;
    search.clockwise = direction === CLOCKWISE;
    search.hops = 0;
    search.from = this.#net.self(member);
    this.#sendSearch(member, search);
  }

  /** On along the highest ring below the one sought, unless that would pass the seeker. */
  #sendSearch(member: Member, message: MessageOf<typeof RingSearch>): void {
    const net = this.#net;
    const direction = message.clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    const self = net.self(member);
    if (message.hops > SEARCH_HOPS_FACTOR * net.options.k) return;
    let next = NO_REF;
    for (let below = message.level - 1; below >= 0 && next === NO_REF; below--) {
      next = nextOnRing(net, member, below, direction);
    }
    if (next === NO_REF || next === message.from) return;
    if (self !== message.from && net.order.liesBetween(self, message.from, next, direction)) return;
    message.hops++;
    net.send(member, next, message, RETURN_TO_SENDER);
  }

  #correct(
    member: Member,
    to: Ref,
    level: number,
    direction: Direction,
    node: Ref,
    joining: boolean,
  ): void {
    const correction = this.#correction;
    correction.level = level;
    correction.clockwise = direction === CLOCKWISE;
    correction.joining = joining;
    correction.node = node;
    if (joining) this.#net.phases.notify++;
    this.#net.send(member, to, correction);
  }

  #sendPointers(member: Member, to: Ref, level: number): void {
    const { table } = this.#net;
    const side = (direction: Direction): Ref[] => {
      const nodes: Ref[] = [];
      for (let i = 0; i < table.width; i++) {
        const ref = table.pointer(member, level, direction, i);
        if (ref !== NO_REF) nodes.push(ref);
      }
      return nodes;
    };
    this.#net.send(
      member,
      to,
      RingPointers.make({ level, left: side(COUNTER_CLOCKWISE), right: side(CLOCKWISE) }),
    );
  }

  #isOnRing(member: Member, node: Ref, level: number): boolean {
    const net = this.#net;
    return (
      node !== NO_REF &&
      level < net.table.levels &&
      net.digits.shareRing(net.self(member), node, level)
    );
  }
}
