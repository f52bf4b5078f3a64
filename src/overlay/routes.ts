import type { Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import { shareFirstComponent } from "../core/names.ts";
import type { NumericId } from "../core/numeric-id.ts";
import type { Message } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { routeIteratively, type SendRequest } from "./iterative.ts";
import type { Member, RouteOptions, RouteReply } from "./overlay.ts";
import type { Requests } from "./requests.ts";
import { newByName, newByNumericId } from "./route-start.ts";
import type { Router } from "./router.ts";

/** Where routes begin: a member asks for a name or a numeric ID, and hears who answered. */
export class Routes {
  readonly #net: Context;
  readonly #requests: Requests;
  readonly #router: Router;
  readonly #send: SendRequest;
  readonly #coin;

  /** `send`: a request straight to a node, for iterative delivery. */
  constructor(net: Context, requests: Requests, router: Router, send: SendRequest) {
    this.#net = net;
    this.#requests = requests;
    this.#router = router;
    this.#send = send;
    this.#coin = net.world.random("overlay.coin");
  }

  /** The target is a contact or a bare name. */
  toName(
    member: Member,
    target: Ref,
    body: Message | undefined,
    options: RouteOptions,
  ): Promise<RouteReply> {
    const net = this.#net;
    const self = net.self(member);
    const related = shareFirstComponent(net.contacts.name(self), net.contacts.name(target));
    const toRight = related ? net.contacts.compareNames(target, self) >= 0 : this.#coin.chance(0.5);
    if (net.state(member) !== "in") return notMember();
    if (options.delivery === "iterative") {
      return routeIteratively(net, member, target, toRight, body, options, this.#send);
    }
    return this.#requests.start(member, target, options, (id, attempt, remainingUs, avoid) => {
      // An unrelated name may be reached either way: the next try takes the other.
      const clockwise = related || attempt % 2 === 1 ? toRight : !toRight;
      const carried = { id, origin: self, attempt, body };
      const message = newByName(target, clockwise, remainingUs, carried);
      this.#router.forwardByName(member, message, avoid);
    });
  }

  /** Numeric routes are always recursive: a ring walk has its state in the message. */
  toNumericId(
    member: Member,
    id: NumericId,
    body: Message | undefined,
    options: RouteOptions,
  ): Promise<RouteReply> {
    const net = this.#net;
    if (net.state(member) !== "in") return notMember();
    const target = net.contacts.numericOnly(id);
    return this.#requests.start(member, target, options, (requestId, attempt, remainingUs) => {
      const carried = { id: requestId, origin: net.self(member), attempt, body };
      this.#router.forwardByNumericId(member, newByNumericId(target, false, remainingUs, carried));
    });
  }
}

function notMember(): Promise<RouteReply> {
  return Promise.reject(new SkipnetError("E_NOT_MEMBER", "join first"));
}
