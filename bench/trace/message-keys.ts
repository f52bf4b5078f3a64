import type { ContactTable, Ref } from "../../src/core/contacts.ts";
import { DOUBTFUL } from "../../src/overlay/carried.ts";
import { RouteAnswer, RouteByName, RouteByNumericId } from "../../src/overlay/messages.ts";
import { Answer, Call } from "../../src/transport/messages.ts";
import type { Message } from "../../src/wire/message.ts";

/** The two ends of a message as `address#incarnation`. */
export interface Ends {
  readonly from: string;
  readonly to: string;
}

/**
 * A text that names one transmission of one message, made from what both ends know: so that what the
 * sender and the receiver saw can be put together without changing the message. Undefined: a message
 * that answers nothing and asks nothing, and so is on no operation's critical path.
 */
export function messageKey(
  message: Message,
  ends: Ends,
  contacts: ContactTable,
): string | undefined {
  if (Call.is(message)) return `call ${ends.from} ${message.id}`;
  if (Answer.is(message)) return `answer ${ends.to} ${message.id}`;
  if (RouteAnswer.is(message)) return `arrived ${ends.to} ${routeId(message.id)} ${ends.from}`;
  if (RouteByName.is(message) || RouteByNumericId.is(message)) {
    const { id, origin, attempt } = message.carried;
    if (id === 0 || !contacts.isKnown(origin)) return undefined;
    return `route ${contacts.name(origin)} ${routeId(id)} ${attempt} ${message.hops} ${ends.to}`;
  }
  return undefined;
}

/** Whose route it is, its id, and which try of its operation, from 1; undefined for other messages. */
export function routeAttempt(
  message: Message,
): { readonly origin: Ref; readonly id: number; readonly attempt: number } | undefined {
  if (!RouteByName.is(message) && !RouteByNumericId.is(message)) return undefined;
  const { origin, id, attempt } = message.carried;
  return { origin, id: routeId(id), attempt };
}

/** Hops of the request that this message answers. */
export function answeredHops(
  message: Message,
): { readonly id: number; readonly hops: number } | undefined {
  return RouteAnswer.is(message) ? { id: routeId(message.id), hops: message.hops } : undefined;
}

/** A route keeps its number when a hop doubts whether a copy of it was taken. */
const routeId = (id: number): number => id % DOUBTFUL;
