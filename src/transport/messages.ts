import { nested, oneOf, u32 } from "../wire/fields.ts";
import { defineMessage } from "../wire/message.ts";

/** Why a request was declined: a definite no, nothing was done. */
export const DECLINE_REASONS = [
  "overloaded",
  "expired",
  "notMember",
  "unsupported",
  "noRoute",
  "tooManyHops",
] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

export const Call = defineMessage({
  tag: 8,
  name: "transport.call",
  doc: "A request to a peer, answered by `transport.answer` with the same id.",
  fields: {
    id: u32("chosen by the caller; unique among its open calls"),
    remainingMs: u32("what is left of the caller's deadline, milliseconds"),
    body: nested("the request"),
  },
});

export const Answer = defineMessage({
  tag: 9,
  name: "transport.answer",
  doc: "The reply to a call, or a definite no.",
  fields: {
    id: u32("of the call"),
    status: oneOf("done, or why nothing was done", ["done", ...DECLINE_REASONS]),
    body: nested("the reply"),
  },
});

export const TRANSPORT_MESSAGES = [Call, Answer] as const;
