import { expect, test } from "vitest";
import { answeredHops, messageKey, routeAttempt } from "../../bench/trace/message-keys.ts";
import type { Address, Incarnation } from "../../src/core/address.ts";
import { ContactTable, NO_REF } from "../../src/core/contacts.ts";
import { DOUBTFUL } from "../../src/overlay/carried.ts";
import { NO_LEVEL, RouteAnswer, RouteByNumericId } from "../../src/overlay/messages.ts";

const contacts = new ContactTable();
const origin = contacts.pin({
  name: "a.b",
  address: "sim://1" as Address,
  incarnation: 1 as Incarnation,
});
const ends = { from: "sim://1#1", to: "sim://2#1" };

function route(id: number) {
  return RouteByNumericId.make({
    carried: { id, origin, attempt: 2, body: undefined },
    target: origin,
    level: NO_LEVEL,
    final: false,
    joining: false,
    hops: 3,
    remainingMs: 100,
    start: NO_REF,
    best: NO_REF,
    second: NO_REF,
    third: NO_REF,
  });
}

const answer = (id: number) =>
  RouteAnswer.make({ id, status: "done", hops: 4, by: origin, holders: [], body: undefined });

test("a route is followed on when a hop doubts whether a copy of it was taken", () => {
  expect(messageKey(route(77 + DOUBTFUL), ends, contacts)).toBe(
    messageKey(route(77), ends, contacts),
  );
  expect(routeAttempt(route(77 + DOUBTFUL))).toEqual({ origin, id: 77, attempt: 2 });
  expect(messageKey(answer(77 + DOUBTFUL), ends, contacts)).toBe(
    messageKey(answer(77), ends, contacts),
  );
  expect(answeredHops(answer(77 + DOUBTFUL))).toEqual({ id: 77, hops: 4 });
});
