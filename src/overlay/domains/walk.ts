import { NO_REF, type Ref } from "../../core/contacts.ts";
import { isInDomain } from "../../core/names.ts";
import type { MessageOf } from "../../wire/message.ts";
import { enterBest } from "../best-three.ts";
import type { Context } from "../context.ts";
import { forEachKnown } from "../known.ts";
import { NO_LEVEL } from "../messages.ts";
import { nextHopByName, nextOnRing } from "../next-hop.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { RouteInDomain } from "./messages.ts";

/** A route that this member owns until it sends it on. */
export type DomainRoute = MessageOf<typeof RouteInDomain>;

/** The next hop of a route that has not reached its domain; `NO_REF`: there is nobody in it. */
export function towardsDomain(net: Context, member: Member, route: DomainRoute): Ref {
  let inside = NO_REF;
  const look = (node: Ref): void => {
    if (inside !== NO_REF || net.suspects.has(member, node)) return;
    if (isInDomain(net.contacts.name(node), route.domain)) inside = node;
  };
  net.shortcuts.forEachNear(member, look);
  forEachKnown(net, member, look);
  if (inside !== NO_REF) return inside;
  // All names of the domain come right after its own.
  const first = net.contacts.nameOnly(route.domain);
  return nextHopByName(net, member, first, route.clockwise ? CLOCKWISE : COUNTER_CLOCKWISE);
}

/**
 * One step of the numeric search among the members of a name prefix. On each level those form a list, a
 * piece of the ring: it is walked to the right up to its end, then from where the walk began to the left;
 * where a member shares more digits with the target, the walk goes on with the list of the level above.
 * `NO_REF`: all was seen. Source: SkipNet (USITS 2003) §3.6 and figure 5.
 */
export function nextInDomain(net: Context, member: Member, route: DomainRoute): Ref {
  const { digits } = net;
  const self = net.self(member);
  const prefix = digits.commonPrefix(route.target, self);
  const longest = route.best === NO_REF ? -1 : digits.commonPrefix(route.target, route.best);
  if (net.state(member) === "in") enterBest(digits, route, self);
  if (prefix > longest || route.level === NO_LEVEL) begin(net, member, route, prefix);
  else if (route.start === NO_REF) begin(net, member, route, route.level);
  const shortcut = shortcutTo(net, member, route, Math.max(longest, prefix));
  if (shortcut === NO_REF) return nextOfWalk(net, member, route);
  route.start = NO_REF;
  return shortcut;
}

/** The walk of a list begins at this member. */
function begin(net: Context, member: Member, route: DomainRoute, level: number): void {
  route.level = level;
  route.start = net.self(member);
  route.turned = false;
  route.behind = besides(net, member, route, COUNTER_CLOCKWISE);
}

/** A known member of the domain that shares more digits with the target than any seen. */
function shortcutTo(net: Context, member: Member, route: DomainRoute, longest: number): Ref {
  if (net.options.routeWith !== "all") return NO_REF;
  const { target, domain } = route;
  const isBetter = (node: Ref): boolean =>
    net.isUsable(member, node) &&
    net.digits.commonPrefix(target, node) > longest &&
    isInDomain(net.contacts.name(node), domain);
  const near = net.shortcuts.cTable?.towards(member, net.self(member), target) ?? NO_REF;
  if (isBetter(near)) return near;
  let found = NO_REF;
  forEachKnown(net, member, (node) => {
    if (found === NO_REF && isBetter(node)) found = node;
  });
  return found;
}

/** On along the list; down a list where fewer members than wanted were seen. */
function nextOfWalk(net: Context, member: Member, route: DomainRoute): Ref {
  for (;;) {
    const next = route.turned ? nextLeft(net, member, route) : nextRight(net, member, route);
    if (next !== NO_REF || !goDown(net, member, route)) return next;
  }
}

/** At the right end the walk turns, and goes on with the left neighbour of where it began. */
function nextRight(net: Context, member: Member, route: DomainRoute): Ref {
  const self = net.self(member);
  const right = besides(net, member, route, CLOCKWISE);
  if (right !== NO_REF) {
    // The whole ring is in the domain: it may come round.
    return net.order.liesBetween(self, route.start, right, CLOCKWISE) ? NO_REF : right;
  }
  route.turned = true;
  if (route.behind === NO_REF || net.isUsable(member, route.behind)) return route.behind;
  return route.start === self ? nextLeft(net, member, route) : route.start;
}

function nextLeft(net: Context, member: Member, route: DomainRoute): Ref {
  const left = besides(net, member, route, COUNTER_CLOCKWISE);
  if (left === NO_REF) return NO_REF;
  const isRound = net.order.liesBetween(net.self(member), route.start, left, COUNTER_CLOCKWISE);
  return isRound ? NO_REF : left;
}

/** Begins with the list below, unless enough members were seen. */
function goDown(net: Context, member: Member, route: DomainRoute): boolean {
  const { level, target, wanted } = route;
  const last = [route.best, route.second, route.third][wanted - 1] ?? NO_REF;
  const isEnough = last !== NO_REF && net.digits.commonPrefix(target, last) >= level;
  if (level === 0 || isEnough) return false;
  begin(net, member, route, level - 1);
  return true;
}

/** The neighbour on the ring of the walk, if it is in the domain. */
function besides(net: Context, member: Member, route: DomainRoute, direction: Direction): Ref {
  const level = Math.min(route.level, net.table.levels - 1);
  const node = nextOnRing(net, member, level, direction);
  if (node === NO_REF || !isInDomain(net.contacts.name(node), route.domain)) return NO_REF;
  return node;
}
