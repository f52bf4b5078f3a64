import { NO_REF, type Ref } from "../core/contacts.ts";
import { shareFirstComponent } from "../core/names.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { NO_LEVEL, RouteByName, type RouteByNumericId } from "./messages.ts";
import { Oracle } from "./oracle.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";
import type { RouteObserver } from "./router.ts";

/** Violations that are described; more are only counted. */
const DESCRIBED_MAX = 20;

/** One broken invariant, as `I1` to `I7` of the overlay's documentation. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

export interface CheckReport {
  /** Slots and steps compared. */
  readonly checked: number;
  readonly violationCount: number;
  readonly violations: readonly Violation[];
}

/** Collects violations; the first few in words. */
export class Violations {
  checked = 0;
  count = 0;
  readonly described: Violation[] = [];
  readonly #onFound: ((violation: Violation) => void) | undefined;

  /** `onFound` hears of those that are described, where and when they are found. */
  constructor(onFound?: (violation: Violation) => void) {
    this.#onFound = onFound;
  }

  add(invariant: string, describe: () => string): void {
    this.count++;
    if (this.described.length === DESCRIBED_MAX) return;
    const violation = { invariant, what: describe() };
    this.described.push(violation);
    this.#onFound?.(violation);
  }

  get report(): CheckReport {
    return {
      checked: this.checked,
      violationCount: this.count,
      violations: this.described,
    };
  }
}

/** A member with the overlay object that hosts it. */
export interface HostedMember {
  readonly net: Context;
  readonly member: Member;
}

/**
 * The tables of a quiescent overlay against the oracle: I1 (root ring sorted and complete), I2
 * (rings mutual and of one prefix), I3 (nesting), I4 (leaf sets), I5 (nobody points to a node that
 * is not in). With exact pointers I2 and I3 follow; they are reported under the level's invariant.
 * Overlay objects, where they are several, share one contact table.
 */
export function checkTables(nodes: readonly HostedMember[], violations: Violations): void {
  const [first] = nodes;
  if (first === undefined) return;
  const { contacts, digits, options, table } = first.net;
  const refs = nodes.map(({ net, member }) => net.self(member));
  const self = (number: Member): Ref => refs[number] as Ref;
  const numbers = nodes.map((_, number) => number as Member);
  const all = { contacts, digits, options, table, memberCount: nodes.length, self };
  const oracle = new Oracle(all, numbers);
  const isIn = new Set(refs);
  const name = (ref: Ref): string => (ref === NO_REF ? "nobody" : contacts.name(ref));
  /** One slot of one member. */
  const compare = (where: () => string, invariant: string, have: Ref, want: Ref): void => {
    violations.checked++;
    if (have !== want) {
      violations.add(invariant, () => `${where()} is ${name(have)}, not ${name(want)}`);
    }
    if (have !== NO_REF && !isIn.has(have)) {
      violations.add("I5", () => `${where()}: ${name(have)} is not in the overlay`);
    }
  };
  nodes.forEach((node, number) => {
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      checkSide(node, oracle, number as Member, direction, compare);
    }
  });
}

/** One side of the tables of a member, which the oracle knows by `number`. */
function checkSide(
  { net, member }: HostedMember,
  oracle: Oracle,
  number: Member,
  direction: Direction,
  compare: (where: () => string, invariant: string, have: Ref, want: Ref) => void,
): void {
  const way = direction === CLOCKWISE ? "right" : "left";
  const me = (): string => net.contacts.name(net.self(member));
  for (let i = 0; i < net.leaves.side; i++) {
    const want = oracle.onRing(number, 0, direction, i);
    compare(
      () => `${me()}: leaf ${i} to the ${way}`,
      "I4",
      net.leaves.at(member, direction, i),
      want,
    );
  }
  const top = Math.max(oracle.topLevel(number), net.table.topLevel(member));
  for (let level = 0; level <= top; level++) {
    for (let i = 0; i < net.table.width; i++) {
      const want = oracle.onRing(number, level, direction, i);
      const have = net.table.pointer(member, level, direction, i);
      const invariant = level === 0 ? "I1" : "I2";
      compare(() => `${me()}: level ${level} ${way} ${i}`, invariant, have, want);
    }
  }
  const { pointers } = net.shortcuts;
  if (pointers === undefined) return;
  const levels = oracle.withoutDuplicates(number, direction, pointers.width);
  for (let level = 0; level <= Math.max(top, pointers.topLevel(member)); level++) {
    for (let i = 0; i < pointers.width; i++) {
      const have = pointers.pointer(member, level, direction, i);
      const where = (): string => `${me()}: pointer ${i} of level ${level} to the ${way}`;
      compare(where, "I8", have, levels[level]?.[i] ?? NO_REF);
    }
  }
}

/** Routes whose steps are remembered at once; older ones are no longer checked. */
const ROUTES_MAX = 100_000;

/**
 * Watches every step of every route: I6 (a name route visits only names between source and target;
 * the final hand-over after a counter-clockwise stop is exempt) and I7 (the ring level of a numeric
 * route never decreases, but where it saw fewer than three nodes of its ring).
 */
export class RouteChecker implements RouteObserver {
  readonly #net: Context;
  readonly #violations: Violations;
  /** By route: the last node seen, or the last level. BOUNDED: `ROUTES_MAX`. */
  readonly #last: Map<string, number>;
  /** Steps of routes within an organisation at nodes without the prefix that source and target share. */
  outsidePrefix = 0;

  /** `routes`: of the other overlay objects' checkers, through which the same routes go. */
  constructor(net: Context, violations: Violations, routes = new Map<string, number>()) {
    this.#net = net;
    this.#violations = violations;
    this.#last = routes;
  }

  onRoute(
    member: Member,
    message: MessageOf<typeof RouteByName> | MessageOf<typeof RouteByNumericId>,
  ): void {
    const { id, origin, attempt } = message.carried;
    const route = `${message.type.tag}/${origin}/${id}/${attempt}`;
    const last = this.#last.get(route);
    this.#violations.checked++;
    if (RouteByName.is(message)) this.#byName(member, message, last);
    else if (last !== undefined && this.#wentDown(message, last)) {
      this.#violations.add("I7", () => `route ${route}: level ${message.level} after ${last}`);
    }
    if (this.#last.size > ROUTES_MAX) this.#last.clear();
    if (RouteByName.is(message)) this.#last.set(route, this.#net.self(member));
    else if (message.level !== NO_LEVEL) this.#last.set(route, message.level);
  }

  /** A route for three holders goes down from a ring of which it has seen fewer; else never. */
  #wentDown(message: MessageOf<typeof RouteByNumericId>, last: number): boolean {
    if (message.final || message.level >= last) return false;
    const { third, target } = message;
    if (message.joining) return true;
    return third !== NO_REF && this.#net.digits.commonPrefix(target, third) >= last;
  }

  #byName(member: Member, message: MessageOf<typeof RouteByName>, last: number | undefined): void {
    const { order, contacts } = this.#net;
    const self = this.#net.self(member);
    const { target, carried, clockwise } = message;
    const { origin } = carried;
    if (shareFirstComponent(contacts.name(origin), contacts.name(target))) {
      this.#related(self, origin, target);
    }
    if (last === undefined || last === self) return;
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    const previous = last as Ref;
    // Turned clockwise after a counter-clockwise stop: the hand-over to the predecessor.
    const isHandOver = clockwise && !order.liesBetween(previous, self, target, CLOCKWISE);
    if (isHandOver && order.liesBetween(self, target, previous, CLOCKWISE)) return;
    if (!order.liesBetween(previous, self, target, direction)) {
      this.#violations.add(
        "I6",
        () =>
          `route from ${contacts.name(origin)} to ${contacts.name(target)} went from ` +
          `${contacts.name(previous)} to ${contacts.name(self)}`,
      );
    }
  }

  /** Within an organisation there is one way, without going round: nothing behind the source, nothing past the target. */
  #related(self: Ref, origin: Ref, target: Ref): void {
    const { contacts } = this.#net;
    const name = contacts.name(self);
    const isRight = contacts.compareNames(target, origin) >= 0;
    const isBehind = contacts.compareNames(self, origin) * (isRight ? 1 : -1) < 0;
    const isPast = isRight && contacts.compareNames(self, target) > 0;
    if (isBehind || isPast) {
      this.#violations.add(
        "I6",
        () => `route from ${contacts.name(origin)} to ${contacts.name(target)} came to ${name}`,
      );
    }
    if (!name.startsWith(commonPrefix(contacts.name(origin), contacts.name(target)))) {
      this.outsidePrefix++;
    }
  }
}

function commonPrefix(a: string, b: string): string {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return a.slice(0, i);
}
