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

export function newByName(
  target: Ref,
  clockwise: boolean,
  remainingUs: number,
  carried: Carried,
): MessageOf<typeof RouteByName> {
  const remainingMs = Math.ceil(remainingUs / 1000);
  return RouteByName.make({ target, clockwise, hops: 0, remainingMs, carried });
}

export function newByNumericId(
  target: Ref,
  joining: boolean,
  remainingUs: number,
  carried: Carried,
): MessageOf<typeof RouteByNumericId> {
  return RouteByNumericId.make({
    target,
    level: NO_LEVEL,
    final: false,
    joining,
    hops: 0,
    remainingMs: Math.ceil(remainingUs / 1000),
    start: NO_REF,
    best: NO_REF,
    second: NO_REF,
    third: NO_REF,
    carried,
  });
}
