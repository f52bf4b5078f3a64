import { bool, nested, ref, text, u8, u32 } from "../../wire/fields.ts";
import { defineMessage } from "../../wire/message.ts";

/** Longest end of a range, bytes: a node's name and what is below it. */
export const RANGE_NAME_BYTES_MAX = 1_024;

export const RangeTask = defineMessage({
  tag: 59,
  name: "overlay.rangeTask",
  doc: "Ask all nodes of a piece of the name space; each splits what is left between those that it knows there.",
  fields: {
    id: u32("of the query"),
    origin: ref("who asked and gets the answers"),
    low: text("first name of the piece", RANGE_NAME_BYTES_MAX),
    high: text("first name behind it", RANGE_NAME_BYTES_MAX),
    withOwner: bool("the node before `low`, which holds what is called so, is asked too"),
    depth: u8("hops since the origin"),
    remainingMs: u32("what is left of the caller's deadline, milliseconds"),
    body: nested("the question; none: only who is there"),
  },
});

export const RangePart = defineMessage({
  tag: 60,
  name: "overlay.rangePart",
  doc: "To the origin: what one node answers, and which names it speaks for.",
  fields: {
    id: u32("of the query"),
    by: ref("who answers"),
    low: text("from this name", RANGE_NAME_BYTES_MAX),
    high: text("to before this one there is nobody else", RANGE_NAME_BYTES_MAX),
    isAsked: bool(
      "it is one of those who were to be asked; false: it only knows that nobody is there",
    ),
    depth: u8("hops from the origin to it"),
    body: nested("the reply"),
  },
});

/** Message types of range queries. */
export const RANGE_MESSAGES = [RangeTask, RangePart] as const;
