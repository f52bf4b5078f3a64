import { NO_REF } from "../../core/contacts.ts";
import { SkipnetError } from "../../core/errors.ts";
import {
  assertNodeName,
  isInDomain,
  parseObjectName,
  shareFirstComponent,
} from "../../core/names.ts";
import { hashName, type NumericId } from "../../core/numeric-id.ts";
import { type Peer, RETURN_TO_SENDER } from "../../transport/transport.ts";
import type { Message } from "../../wire/message.ts";
import { bestOf } from "../best-three.ts";
import { DOUBTFUL } from "../carried.ts";
import type { Context } from "../context.ts";
import type { HandlesMessages, RegisterHandler, Returned } from "../handlers.ts";
import { NO_LEVEL } from "../messages.ts";
import type { Member, RouteOptions, RouteReply } from "../overlay.ts";
import type { Requests } from "../requests.ts";
import type { Routes } from "../routes.ts";
import type { Servers } from "../served.ts";
import { RouteInDomain } from "./messages.ts";
import { type DomainRoute, nextInDomain, towardsDomain } from "./walk.ts";

/** Options of a route within a domain. */
export interface DomainRouteOptions extends RouteOptions {
  /** How many members, best first, the reply is to name: 1 (default) to 3. More take more hops. */
  readonly holders?: 1 | 2 | 3 | undefined;
}

/**
 * Constrained load balancing: an object `prefix!suffix` is placed by the hash of its suffix among the
 * members whose names begin with the prefix, and neither it nor a route to it leaves them. `!suffix`
 * is placed among all, and a name without `!` on the node that it says. Source: SkipNet (USITS 2003) §3.6.
 */
export class Domains implements HandlesMessages {
  readonly #net: Context;
  readonly #requests: Requests;
  readonly #servers: Servers;
  readonly #routes: Routes;
  readonly #coin;

  constructor(net: Context, requests: Requests, servers: Servers, routes: Routes) {
    this.#net = net;
    this.#requests = requests;
    this.#servers = servers;
    this.#routes = routes;
    this.#coin = net.world.random("overlay.domains");
  }

  register(on: RegisterHandler): void {
    on(RouteInDomain, (member, message, from) => this.#onRoute(member, message, from));
  }

  /** To where an object is placed that is called `prefix!suffix`, `!suffix` or `node/path`. */
  routeToObject(
    member: Member,
    name: string,
    body: Message | undefined,
    options: DomainRouteOptions,
  ): Promise<RouteReply> {
    const placed = parseObjectName(name);
    if (placed === undefined) {
      return this.#routes.toName(member, this.#net.contacts.nameOnly(name), body, options);
    }
    const id = hashName(placed.suffix);
    if (placed.domain === "") return this.#routes.toNumericId(member, id, body, options);
    return this.route(member, placed.domain, id, body, options);
  }

  /**
   * To the member of the domain whose numeric ID comes first for `id`. Rejects with `E_NAME` where the
   * domain is no prefix of node names, else as other routes do: `E_NO_ROUTE` where nobody is in it.
   */
  async route(
    member: Member,
    domain: string,
    id: NumericId,
    body: Message | undefined,
    options: DomainRouteOptions,
  ): Promise<RouteReply> {
    const net = this.#net;
    assertNodeName(domain);
    if (net.state(member) !== "in") throw new SkipnetError("E_NOT_MEMBER", "join first");
    const target = net.contacts.numericOnly(id);
    const self = net.self(member);
    const own = net.contacts.name(self);
    const isRelated = shareFirstComponent(own, domain);
    return this.#requests.start(member, target, options, (requestId, attempt, remainingUs) => {
      const isRight = net.contacts.compareNames(net.contacts.nameOnly(domain), self) > 0;
      this.#forward(
        member,
        RouteInDomain.make({
          carried: { id: requestId, origin: self, attempt, body },
          domain,
          target,
          clockwise: isRelated ? isRight : this.#coin.chance(0.5),
          level: NO_LEVEL,
          turned: false,
          final: false,
          wanted: options.holders ?? 1,
          hops: 0,
          remainingMs: Math.ceil(remainingUs / 1000),
          start: NO_REF,
          behind: NO_REF,
          best: NO_REF,
          second: NO_REF,
          third: NO_REF,
        }),
      );
    });
  }

  onReturn(member: Member, { message, isDoubtful }: Returned): boolean {
    if (!RouteInDomain.is(message)) return false;
    const { id, origin } = message.carried;
    let { carried } = message;
    if (origin === this.#net.self(member) && id !== 0) {
      // Over: nobody may act upon it any more, as its caller may have heard a definite no.
      if (!this.#requests.isOpen(id % DOUBTFUL)) return true;
      if (isDoubtful) this.#requests.copied(id % DOUBTFUL);
    }
    if (isDoubtful && id !== 0 && id < DOUBTFUL) carried = { ...carried, id: id + DOUBTFUL };
    // Whom it was on its way to in the end does not answer: who comes first now is sought anew.
    const anew = { level: NO_LEVEL, best: NO_REF, second: NO_REF, third: NO_REF, final: false };
    const hops = Math.max(0, message.hops - 1);
    this.#forward(member, { ...message, carried, hops, ...(message.final ? anew : {}) });
    return true;
  }

  #onRoute(member: Member, message: DomainRoute, from: Peer): void {
    const net = this.#net;
    // A copy of a request that has ended long ago.
    if (!net.contacts.isKnown(message.target) || message.wanted < 1 || message.wanted > 3) return;
    const spentMs = net.oneWayUs(member, from) / 1000;
    const remainingMs = Math.max(0, Math.round(message.remainingMs - spentMs));
    this.#forward(member, { ...message, remainingMs });
  }

  #forward(member: Member, route: DomainRoute): void {
    const net = this.#net;
    const self = net.self(member);
    if (route.final) {
      if (net.state(member) === "in" && isInDomain(net.contacts.name(self), route.domain)) {
        this.#deliver(member, route);
      } else this.#servers.decline(member, route.carried, route.hops, "notMember");
      return;
    }
    if (!isInDomain(net.contacts.name(self), route.domain)) {
      const next = towardsDomain(net, member, route);
      if (next === NO_REF) this.#servers.decline(member, route.carried, route.hops, "noRoute");
      else this.#send(member, next, route);
      return;
    }
    const next = nextInDomain(net, member, route);
    if (next !== NO_REF) this.#send(member, next, route);
    else if (route.best === self) this.#deliver(member, route);
    else if (route.best === NO_REF) {
      this.#servers.decline(member, route.carried, route.hops, "noRoute");
    } else {
      route.final = true;
      this.#send(member, route.best, route);
    }
  }

  #deliver(member: Member, route: DomainRoute): void {
    const { carried, hops, remainingMs } = route;
    if (remainingMs === 0) {
      this.#servers.decline(member, carried, hops, "expired");
      return;
    }
    const holders = bestOf(route).slice(0, route.wanted);
    this.#servers.deliver(member, carried, { hops, holders, remainingUs: remainingMs * 1000 });
  }

  #send(member: Member, next: NonNullable<DomainRoute["best"]>, route: DomainRoute): void {
    const net = this.#net;
    const { carried, hops, remainingMs } = route;
    if (hops >= net.hopsMax) this.#servers.decline(member, carried, hops, "tooManyHops");
    else if (remainingMs === 0) this.#servers.decline(member, carried, hops, "expired");
    else {
      route.hops++;
      if (net.send(member, next, route, RETURN_TO_SENDER) === "full") {
        this.#servers.decline(member, carried, hops, "overloaded");
      }
    }
  }
}
