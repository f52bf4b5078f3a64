import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Peer } from "../transport/transport.ts";
import { RETURN_TO_SENDER } from "../transport/transport.ts";
import type { Message, MessageOf } from "../wire/message.ts";
import { bestOf, dropBest, dropFirst, enterBest } from "./best-three.ts";
import { DOUBTFUL } from "./carried.ts";
import type { Context } from "./context.ts";
import { forEachKnown, knowsEverybody, nextAlongLeaves } from "./known.ts";
import { NO_LEVEL, RouteByName, RouteByNumericId } from "./messages.ts";
import { nextHopByName, nextOnNumericRing, nextOnRing, wasHandOver } from "./next-hop.ts";
import type { Member } from "./overlay.ts";
import type { Requests } from "./requests.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";
import type { Servers } from "./served.ts";

type ByName = MessageOf<typeof RouteByName>;
/** What the field holds: a climb may be longer, a route is given up before. */
const HOPS_MAX = 255;

type ByNumericId = MessageOf<typeof RouteByNumericId>;

/** Sees every step of every route: for the invariants I6 and I7, and for traces. */
export interface RouteObserver {
  onRoute(member: Member, message: ByName | ByNumericId): void;
}

/** Takes routed messages on, hop by hop. Keeps no state: what fails comes back from the transport. */
export class Router {
  readonly #net: Context;
  readonly #requests: Requests;
  readonly #servers: Servers;
  readonly #climb: (member: Member, message: ByNumericId) => void;
  observer: RouteObserver | undefined;

  /** `climb`: one step of a join's way up, which no request takes. */
  constructor(
    net: Context,
    requests: Requests,
    servers: Servers,
    climb: (member: Member, message: ByNumericId) => void,
  ) {
    this.#net = net;
    this.#requests = requests;
    this.#servers = servers;
    this.#climb = climb;
  }

  onRouteByName(member: Member, from: Peer, message: ByName): void {
    message.remainingMs = this.#lessTransit(member, from, message.remainingMs);
    this.forwardByName(member, message, []);
  }

  onRouteByNumericId(member: Member, from: Peer, message: ByNumericId): void {
    message.remainingMs = this.#lessTransit(member, from, message.remainingMs);
    if (message.joining) {
      this.climb(member, message);
      return;
    }
    // Whom a route ends at need not be told that it is the best.
    if (message.final && message.best === NO_REF) message.best = this.#net.self(member);
    this.forwardByNumericId(member, message);
  }

  /** The transport could not deliver it: another way, round the node that does not answer. */
  onReturn(
    member: Member,
    peer: Peer,
    to: Ref | undefined,
    message: Message,
    isDoubtful: boolean,
  ): void {
    if (to !== undefined) this.#net.suspects.add(member, to);
    if (!RouteByName.is(message) && !RouteByNumericId.is(message)) return;
    message.hops--;
    if (RouteByNumericId.is(message) && message.joining) {
      this.climb(member, message);
      return;
    }
    if (!this.#goesOn(member, message, isDoubtful)) return;
    if (isDoubtful) message.remainingMs = this.#lessSilence(member, peer, message.remainingMs);
    if (RouteByName.is(message)) {
      if (to !== undefined && wasHandOver(this.#net, member, to, message.target)) {
        message.clockwise = false;
      }
      this.forwardByName(member, message, []);
    } else {
      if (message.final && message.best === NO_REF) dropFirst(message);
      else if (to !== undefined) dropBest(message, to);
      this.forwardByNumericId(member, message);
    }
  }

  /** Whether a message that came back is wanted still; notes that there may be two of it now. */
  #goesOn(member: Member, message: ByName | ByNumericId, isDoubtful: boolean): boolean {
    const { id, origin } = message.carried;
    if (id === 0) return true;
    if (origin === this.#net.self(member)) {
      // Over: nobody may act upon it any more, as its caller may have heard a definite no.
      if (!this.#requests.isOpen(id % DOUBTFUL)) return false;
      if (isDoubtful) this.#requests.copied(id % DOUBTFUL);
    }
    if (isDoubtful && id < DOUBTFUL) message.carried = { ...message.carried, id: id + DOUBTFUL };
    return true;
  }

  /** The message cannot be delivered anywhere: it is over a limit. Its origin gets a definite no. */
  onUndeliverable(member: Member, message: Message): void {
    if (RouteByName.is(message) || RouteByNumericId.is(message)) {
      this.#servers.decline(member, message.carried, message.hops, "unsupported");
    }
  }

  forwardByName(member: Member, message: ByName, avoid: readonly Ref[]): void {
    const net = this.#net;
    this.observer?.onRoute(member, message);
    const direction = message.clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    let next = nextHopByName(net, member, message.target, direction, avoid);
    // Where only the hops of earlier tries lead on, one of them is tried again: here is not the end.
    if (next === NO_REF && avoid.length > 0) {
      next = nextHopByName(net, member, message.target, direction);
    }
    if (next === NO_REF) {
      const isSuccessor =
        !message.clockwise && !net.order.sameName(net.self(member), message.target);
      // Placement is at the predecessor: one more hop back from where a counter-clockwise route stops.
      next = isSuccessor ? nextOnRing(net, member, 0, COUNTER_CLOCKWISE) : NO_REF;
      if (next === NO_REF) {
        this.#deliver(member, message, []);
        return;
      }
      message.clockwise = true;
    }
    if (message.carried.origin === net.self(member))
      this.#requests.firstHop(message.carried.id, next);
    if (this.#isSpent(member, message)) return;
    message.hops++;
    if (net.send(member, next, message, RETURN_TO_SENDER) === "full") {
      this.#servers.decline(member, message.carried, message.hops, "overloaded");
    }
  }

  /** One step of a join's way up. */
  climb(member: Member, message: ByNumericId): void {
    this.observer?.onRoute(member, message);
    this.#climb(member, message);
  }

  /** One step of figure 5, with the robustness rules of passing the start by name and of three best. */
  forwardByNumericId(member: Member, message: ByNumericId): void {
    const net = this.#net;
    const self = net.self(member);
    this.observer?.onRoute(member, message);
    if (message.final) {
      this.#finish(member, message);
      return;
    }
    const prefix = net.digits.commonPrefix(message.target, self);
    const longest =
      message.best === NO_REF ? -1 : net.digits.commonPrefix(message.target, message.best);
    if (net.state(member) === "in") enterBest(net.digits, message, self);
    if (prefix > longest || message.level === NO_LEVEL) {
      message.level = prefix;
      message.start = self;
    } else if (message.start === NO_REF) {
      // A shortcut that came back: the walk of this ring begins here.
      message.start = self;
    }
    const next = this.#takesShortcuts()
      ? this.#nextWithShortcuts(member, message)
      : this.#nextOfWalk(member, message);
    if (next === NO_REF) {
      message.final = true;
      this.#finish(member, message);
      return;
    }
    this.#sendNumeric(member, next, message);
  }

  #takesShortcuts(): boolean {
    return this.#net.options.routeWith === "all";
  }

  /**
   * Routes of requests use all that the member knows: where its leaf set holds the whole overlay it
   * names the best itself; else a known node with a longer prefix saves the walk to it.
   */
  #nextWithShortcuts(member: Member, message: ByNumericId): Ref {
    const net = this.#net;
    if (message.best === NO_REF) return this.#nextOfWalk(member, message);
    if (knowsEverybody(net, member)) {
      forEachKnown(net, member, (node) => enterBest(net.digits, message, node));
      return NO_REF;
    }
    let longest = net.digits.commonPrefix(message.target, message.best);
    let furthest = NO_REF;
    const near = net.shortcuts.cTable?.towards(member, net.self(member), message.target) ?? NO_REF;
    if (net.isUsable(member, near) && net.digits.commonPrefix(message.target, near) > longest) {
      message.start = NO_REF;
      return near;
    }
    forEachKnown(net, member, (node) => {
      const prefix = net.digits.commonPrefix(message.target, node);
      if (prefix <= longest) return;
      longest = prefix;
      furthest = node;
    });
    if (furthest === NO_REF) return this.#nextOfWalk(member, message);
    // The first of a longer prefix begins a walk of its own.
    message.start = NO_REF;
    return furthest;
  }

  /** The next node of the ring walk; goes down a ring where fewer than three were seen; `NO_REF` at its end. */
  #nextOfWalk(member: Member, message: ByNumericId): Ref {
    const net = this.#net;
    const self = net.self(member);
    for (;;) {
      const level = Math.min(message.level, net.table.levels - 1);
      if (level === 0 && net.options.routeWith === "all") {
        return nextAlongLeaves(net, member, message);
      }
      const next = nextOnNumericRing(net, member, level);
      const isRound =
        next === NO_REF || net.order.liesBetween(self, message.start, next, CLOCKWISE);
      if (!isRound) return next;
      if (level === 0 || this.#hasThree(message, level)) return NO_REF;
      message.level = level - 1;
      message.start = self;
    }
  }

  /** Three of this ring were seen; those met on the way up do not count. */
  #hasThree(message: ByNumericId, level: number): boolean {
    const { third, target } = message;
    return third !== NO_REF && this.#net.digits.commonPrefix(target, third) >= level;
  }

  #finish(member: Member, message: ByNumericId): void {
    const net = this.#net;
    const self = net.self(member);
    const { best } = message;
    if (best !== self && best !== NO_REF) {
      if (this.#takesShortcuts()) {
        message.best = NO_REF;
        message.start = NO_REF;
      }
      this.#sendNumeric(member, best, message);
      return;
    }
    const { carried } = message;
    if (best === NO_REF) this.#servers.decline(member, carried, message.hops, "noRoute");
    else this.#deliver(member, message, bestOf(message));
  }

  /** The end of a route, if it is still in time: a late one is certainly not acted upon. */
  #deliver(member: Member, message: ByName | ByNumericId, holders: readonly Ref[]): void {
    const { carried, hops, remainingMs } = message;
    if (remainingMs === 0) this.#servers.decline(member, carried, hops, "expired");
    else this.#servers.deliver(member, carried, { hops, holders, remainingUs: remainingMs * 1000 });
  }

  #sendNumeric(member: Member, next: Ref, message: ByNumericId): void {
    if (this.#isSpent(member, message)) return;
    message.hops = Math.min(message.hops + 1, HOPS_MAX);
    if (this.#net.send(member, next, message, RETURN_TO_SENDER) === "full") {
      this.#servers.decline(member, message.carried, message.hops, "overloaded");
    }
  }

  /** A hop that cannot make it says so: a definite no. */
  #isSpent(member: Member, message: ByName | ByNumericId): boolean {
    if (message.hops >= this.#net.hopsMax) {
      this.#servers.decline(member, message.carried, message.hops, "tooManyHops");
      return true;
    }
    if (message.remainingMs > 0) return false;
    this.#servers.decline(member, message.carried, message.hops, "expired");
    return true;
  }

  #lessTransit(member: Member, from: Peer, remainingMs: number): number {
    return Math.max(0, Math.round(remainingMs - this.#net.oneWayUs(member, from) / 1000));
  }

  /** A message that comes back has waited for an answer until now. */
  #lessSilence(member: Member, peer: Peer, remainingMs: number): number {
    const { transport } = this.#net;
    const waitedUs = transport.health(this.#net.port(member), peer)?.rtoUs ?? 0;
    return Math.max(0, Math.round(remainingMs - waitedUs / 1000));
  }
}
