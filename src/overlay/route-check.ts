import { NO_REF, type Ref } from "../core/contacts.ts";
import { shareFirstComponent } from "../core/names.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Violations } from "./check.ts";
import type { Context } from "./context.ts";
import { NO_LEVEL, RouteByName, RouteByNumericId } from "./messages.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";
import type { RouteObserver } from "./router.ts";

/** Routes whose steps are remembered at once; older ones are no longer checked. */
const ROUTES_MAX = 100_000;

/** Where climbs are, by the row of the joiner: half of all messages of a joining overlay belong to one. */
class Climbs {
  #ids = new Int32Array(64);
  #levels = new Uint8Array(64);

  /** Notes that a climb is on this level now; the level before, or `NO_LEVEL`. */
  pass(row: number, id: number, level: number): number {
    if (row >= this.#ids.length) this.#grow(row);
    const last = this.#ids[row] === id ? (this.#levels[row] as number) : NO_LEVEL;
    this.#ids[row] = id;
    this.#levels[row] = level;
    return last;
  }

  #grow(row: number): void {
    const size = 2 ** Math.ceil(Math.log2(row + 1));
    const ids = new Int32Array(size);
    ids.set(this.#ids);
    this.#ids = ids;
    const levels = new Uint8Array(size);
    levels.set(this.#levels);
    this.#levels = levels;
  }
}

/** The last steps of all routes under way, for the checkers of several overlay objects together. */
export class RouteSteps {
  /** By route: the last node seen, or the last level. BOUNDED: `ROUTES_MAX`. */
  readonly last = new Map<string, number>();
  readonly climbs = new Climbs();
}

/**
 * Watches every step of every route: I6 (a name route visits only names between source and target;
 * the final hand-over after a counter-clockwise stop is exempt) and I7 (the ring level of a numeric
 * route never decreases, but where it saw fewer than three nodes of its ring).
 */
export class RouteChecker implements RouteObserver {
  readonly #net: Context;
  readonly #violations: Violations;
  readonly #last: Map<string, number>;
  readonly #climbs: Climbs;
  /** Steps of routes within an organisation at nodes without the prefix that source and target share. */
  outsidePrefix = 0;

  /**
   * Nodes are kept apart, and I6 is not checked. A target may be on the other side, so that its route ends where its
   * neighbours hand it round; and what arrives at a node that nobody hears goes back to its sender as well, so
   * that two copies of a route are under way.
   */
  isSeparated = false;

  /** `steps`: of the other overlay objects' checkers, through which the same routes go. */
  constructor(net: Context, violations: Violations, steps = new RouteSteps()) {
    this.#net = net;
    this.#violations = violations;
    this.#last = steps.last;
    this.#climbs = steps.climbs;
  }

  onRoute(
    member: Member,
    message: MessageOf<typeof RouteByName> | MessageOf<typeof RouteByNumericId>,
  ): void {
    const { id, origin, attempt } = message.carried;
    if (RouteByNumericId.is(message) && message.joining) {
      this.#climb(message);
      return;
    }
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

  #climb({ carried, level }: MessageOf<typeof RouteByNumericId>): void {
    const { id, origin } = carried;
    this.#violations.checked++;
    const last = this.#climbs.pass(this.#net.contacts.row(origin), id, level);
    if (last === NO_LEVEL || level >= last) return;
    this.#violations.add(
      "I7",
      () => `climb ${id} of ${this.#net.contacts.name(origin)}: level ${level} after ${last}`,
    );
  }

  /** A route for three holders goes down from a ring of which it has seen fewer; else never. */
  #wentDown(message: MessageOf<typeof RouteByNumericId>, last: number): boolean {
    if (message.final || message.level >= last) return false;
    const { third, target } = message;
    return third !== NO_REF && this.#net.digits.commonPrefix(target, third) >= last;
  }

  #byName(member: Member, message: MessageOf<typeof RouteByName>, last: number | undefined): void {
    const { order, contacts } = this.#net;
    const self = this.#net.self(member);
    const { target, carried, clockwise } = message;
    const { origin } = carried;
    if (this.isSeparated) return;
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
