import { NO_REF, type Ref } from "../core/contacts.ts";
import type { Message, MessageOf } from "../wire/message.ts";
import { NO_LEVEL, RouteByName, RouteByNumericId } from "./messages.ts";

/** What a route carries unchanged from its origin to its end. */
export interface Carried {
  readonly id: number;
  readonly origin: Ref;
  readonly attempt: number;
  readonly body: Message | undefined;
}

/** Filled anew for each route: `send` copies it. */
const byName = RouteByName.make({
  target: NO_REF,
  clockwise: true,
  hops: 0,
  remainingMs: 0,
  carried: { id: 0, origin: NO_REF, attempt: 0, body: undefined },
});

const byNumericId = RouteByNumericId.make({
  target: NO_REF,
  level: NO_LEVEL,
  final: false,
  joining: false,
  hops: 0,
  remainingMs: 0,
  start: NO_REF,
  best: NO_REF,
  second: NO_REF,
  third: NO_REF,
  carried: { id: 0, origin: NO_REF, attempt: 0, body: undefined },
});

/** A route by name that has not gone anywhere yet; it belongs to the caller until the next call. */
export function newByName(
  target: Ref,
  clockwise: boolean,
  remainingUs: number,
  carried: Carried,
): MessageOf<typeof RouteByName> {
  byName.target = target;
  byName.clockwise = clockwise;
  byName.hops = 0;
  byName.remainingMs = Math.ceil(remainingUs / 1000);
  byName.carried = carried;
  return byName;
}

/** The same by numeric ID. */
export function newByNumericId(
  target: Ref,
  joining: boolean,
  remainingUs: number,
  carried: Carried,
): MessageOf<typeof RouteByNumericId> {
  const route = byNumericId;
  route.target = target;
  route.level = NO_LEVEL;
  route.final = false;
  route.joining = joining;
  route.hops = 0;
  route.remainingMs = Math.ceil(remainingUs / 1000);
  route.start = NO_REF;
  route.best = NO_REF;
  route.second = NO_REF;
  route.third = NO_REF;
  route.carried = carried;
  return route;
}
