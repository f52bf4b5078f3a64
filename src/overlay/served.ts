import type { Ref } from "../core/contacts.ts";
import type { ServedCall } from "../transport/calls.ts";
import type { DeclineReason } from "../transport/messages.ts";
import type { AnyMessageType, Message } from "../wire/message.ts";
import { TAG_MAX } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { answerNextHop } from "./iterative.ts";
import { NextHopQuery, RouteAnswer } from "./messages.ts";
import type { Member, ServedRequest } from "./overlay.ts";
import type { Requests } from "./requests.ts";

type AnyServer = (member: Member, request: ServedRequest<Message>) => void;

/** Application handlers by message type, and the way their answers take back to the origin. */
export class Servers {
  readonly #net: Context;
  readonly #requests: Requests;
  readonly #byTag: (AnyServer | undefined)[] = new Array(TAG_MAX + 1).fill(undefined);

  constructor(net: Context, requests: Requests) {
    this.#net = net;
    this.#requests = requests;
  }

  register(type: AnyMessageType, server: AnyServer): void {
    if (this.#byTag[type.tag] !== undefined) throw new RangeError(`${type.name} is served already`);
    this.#byTag[type.tag] = server;
  }

  serve(member: Member, request: ServedRequest<Message>): void {
    const server = this.#byTag[request.body.type.tag];
    if (server === undefined) request.decline("unsupported");
    else server(member, request);
  }

  /** The end of a route: serves what it carried, or only says where it ended. */
  deliver(
    member: Member,
    carried: { readonly id: number; readonly origin: Ref; readonly body: Message | undefined },
    about: {
      readonly hops: number;
      readonly remainingUs: number;
      readonly holders: readonly Ref[];
    },
  ): void {
    const { id, body } = carried;
    const answer = this.#answerer(member, id, carried.origin, about.hops, about.holders);
    if (this.#net.state(member) !== "in") answer("notMember", undefined);
    else if (body === undefined) answer("done", undefined);
    else {
      this.serve(member, {
        body,
        origin: carried.origin,
        ...about,
        reply: (reply) => answer("done", reply),
        decline: (why) => answer(why, undefined),
      });
    }
  }

  /** A definite no to the origin of a route. */
  decline(
    member: Member,
    carried: { id: number; origin: Ref },
    hops: number,
    why: DeclineReason,
  ): void {
    this.#answerer(member, carried.id, carried.origin, hops, [])(why, undefined);
  }

  #answerer(
    member: Member,
    id: number,
    origin: Ref,
    hops: number,
    holders: readonly Ref[],
  ): (status: "done" | DeclineReason, body: Message | undefined) => void {
    const { contacts } = this.#net;
    if (id === 0) return () => undefined;
    // A reply may come long after: passing contacts are remembered by value until then.
    const asker = contacts.remember(origin);
    const held = holders.map((holder) => contacts.remember(holder));
    return (status, body) => {
      const by = this.#net.self(member);
      const nodes = held.map((contact) => contacts.recall(contact));
      const answer = RouteAnswer.make({
        id,
        status,
        hops: Math.min(hops, 255),
        by,
        holders: nodes,
        body,
      });
      const to = contacts.recall(asker);
      if (to === by) this.#requests.onAnswer(answer);
      else this.#net.send(member, to, answer);
    };
  }
}

/** A request that came straight from a peer, and not by a route. */
export function serveCall(net: Context, servers: Servers, call: ServedCall): void {
  const member = net.memberAt(call.port);
  if (net.state(member) !== "in") {
    call.decline("notMember");
    return;
  }
  if (NextHopQuery.is(call.body)) {
    call.reply(answerNextHop(net, member, call.body));
    return;
  }
  servers.serve(member, {
    body: call.body,
    origin: undefined,
    remainingUs: call.remainingUs,
    hops: 0,
    holders: [],
    reply: (body) => call.reply(body),
    decline: (why) => call.decline(why),
  });
}
