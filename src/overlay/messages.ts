import { DECLINE_REASONS } from "../transport/messages.ts";
import {
  bool,
  nameRef,
  nested,
  numericRef,
  oneOf,
  optional,
  ref,
  refs,
  u8,
  u16,
  u32,
} from "../wire/fields.ts";
import { defineMessage } from "../wire/message.ts";
import { carried } from "./carried.ts";
import { RouteInDomain } from "./domains/messages.ts";
import { MERGE_MESSAGES } from "./merge/messages.ts";
import { RANGE_MESSAGES } from "./ranges/messages.ts";
import { SHORTCUT_MESSAGES } from "./shortcuts/messages.ts";

/** Most contacts in one message: two for each of 128 levels, or k - 1 on both sides of 20. */
const CONTACTS_MAX = 600;
const LEAF_CONTACTS_MAX = 65;

export const RouteByName = defineMessage({
  tag: 16,
  name: "overlay.routeByName",
  doc: "A request on its way to the node with a name or its predecessor (SkipNet figure 4).",
  flat: true,
  fields: {
    target: nameRef("the name that is sought"),
    clockwise: bool("the way round the ring"),
    hops: u8("hops so far"),
    remainingMs: u32("what is left of the caller's deadline, milliseconds"),
    carried,
  },
});

/** No ring entered yet. */
export const NO_LEVEL = 255;

export const RouteByNumericId = defineMessage({
  tag: 17,
  name: "overlay.routeByNumericId",
  doc: "A request on its way to the members whose numeric IDs come first for an ID (SkipNet figure 5), with the best three seen.",
  flat: true,
  fields: {
    carried,
    target: numericRef("the ID that is sought"),
    level: u8("the ring that is walked; 255: none yet"),
    final: bool("the walk is over: deliver"),
    joining: bool("the climb of a join: `carried.origin` joins"),
    hops: u8("hops so far"),
    remainingMs: u32("what is left of the caller's deadline, milliseconds"),
    start: ref("where the walk of this ring began; none: it is over, or begins with the receiver"),
    best: ref(
      "first by (longest common prefix, distance, smaller ID); none where the walk is over: the receiver",
    ),
    second: ref("second"),
    third: ref("third"),
  },
});

export const RouteAnswer = defineMessage({
  tag: 18,
  name: "overlay.routeAnswer",
  doc: "From the end of a route to its origin: the reply, or a definite no.",
  fields: {
    id: u32("of the request, as it came"),
    status: oneOf("done, or why nothing was done", ["done", ...DECLINE_REASONS]),
    hops: u8("hops of the request"),
    by: ref("the node that answers"),
    holders: refs("numeric routes: the first three, best first", 3),
    body: nested("the reply"),
  },
});

export const NextHopQuery = defineMessage({
  tag: 19,
  name: "overlay.nextHopQuery",
  doc: "Iterative delivery: where would you send this on?",
  nests: true,
  fields: {
    name: nameRef("the name that is sought"),
    clockwise: bool("the way round the ring"),
    avoid: refs("nodes that did not answer the origin", 16),
  },
});

export const NextHopReply = defineMessage({
  tag: 20,
  name: "overlay.nextHopReply",
  doc: "The next hop, and the way round the ring from there; none: the route ends here.",
  nests: true,
  fields: { next: ref("the next hop"), clockwise: bool("the way round the ring") },
});

export const JoinStart = defineMessage({
  tag: 24,
  name: "overlay.joinStart",
  doc: "A joiner asks any member to begin its join (phase: start).",
  fields: { id: u32("of the join"), joiner: ref("who joins") },
});

export const JoinSearch = defineMessage({
  tag: 25,
  name: "overlay.joinSearch",
  doc: "Seeks the joiner's place by name, from its top ring down to level 0 (phase: descend).",
  flat: true,
  fields: {
    joiner: ref("who joins"),
    id: u32("of the join"),
    level: u8("the ring that is searched now"),
    hops: u16("hops of the search so far"),
    found: refs(
      "for each level from the top: as many neighbours to the left as the tables have, nearest first, then to the right",
      CONTACTS_MAX,
    ),
  },
});

export const JoinFound = defineMessage({
  tag: 26,
  name: "overlay.joinFound",
  doc: "The joiner's neighbours on all levels, or why it cannot join (phase: link).",
  fields: {
    id: u32("of the join"),
    outcome: oneOf("found, or why not", ["found", "nameTaken", "failed"]),
    top: u8("the highest level found"),
    found: refs("as in overlay.joinSearch", CONTACTS_MAX),
  },
});

export const LinkRequest = defineMessage({
  tag: 27,
  name: "overlay.linkRequest",
  doc: "Insert me at level 0 between you and your right neighbour (phase: link).",
  fields: {
    id: u32("of the join"),
    newcomer: ref("who joins"),
  },
});

export const LinkReply = defineMessage({
  tag: 28,
  name: "overlay.linkReply",
  doc: "Inserted, with the left neighbour's leaf set; or whom to ask instead (phase: link).",
  fields: {
    id: u32("of the join"),
    outcome: oneOf("what became of it", ["linked", "retry", "nameTaken", "notMember"]),
    right: ref("the present right neighbour"),
    left: optional(refs("the replier's left neighbours, nearest first", LEAF_CONTACTS_MAX)),
    rights: optional(
      refs("the replier's former right neighbours, nearest first", LEAF_CONTACTS_MAX),
    ),
  },
});

export const LinkLeft = defineMessage({
  tag: 29,
  name: "overlay.linkLeft",
  doc: "Your left neighbour at level 0 is now this node (phase: link).",
  flat: true,
  fields: { left: ref("the new left neighbour"), former: ref("the left neighbour until now") },
});

export const RingHint = defineMessage({
  tag: 32,
  name: "overlay.ringHint",
  doc: "I may be your neighbour on this ring (phase: notify when joining; else repair).",
  flat: true,
  fields: {
    level: u8("of the ring"),
    clockwise: bool("true: I am to your right"),
    joining: bool("part of a join"),
    from: ref("who"),
    other: ref("whom I take for my neighbour beyond you"),
  },
});

export const RingCorrection = defineMessage({
  tag: 33,
  name: "overlay.ringCorrection",
  doc: "Between us, or beyond me, you should know this node on this ring.",
  flat: true,
  fields: {
    level: u8("of the ring"),
    clockwise: bool("true: it may be to your right"),
    joining: bool("answer to a hint of a join"),
    node: ref("whom"),
  },
});

export const RingSearch = defineMessage({
  tag: 34,
  name: "overlay.ringSearch",
  doc: "Walks the ring below until it meets a member of mine (forward-until).",
  flat: true,
  fields: {
    level: u8("of the ring that lacks a neighbour"),
    clockwise: bool("the way it walks"),
    hops: u16("hops so far"),
    from: ref("who seeks"),
  },
});

export const RingPointers = defineMessage({
  tag: 35,
  name: "overlay.ringPointers",
  doc: "Dense tables: my pointers on this ring, in answer to a hint.",
  fields: {
    level: u8("of the ring"),
    left: refs("to the left, nearest first", 15),
    right: refs("to the right, nearest first", 15),
  },
});

export const LeafNotify = defineMessage({
  tag: 36,
  name: "overlay.leafNotify",
  doc: "I am near you by name: a newcomer, or one whom you may have lost (phase: leaf).",
  flat: true,
  fields: { from: ref("who") },
});

export const LeafRequest = defineMessage({
  tag: 37,
  name: "overlay.leafRequest",
  doc: "Tell me your leaf set, unless it agrees with mine.",
  flat: true,
  fields: {
    from: ref("who asks"),
    shared: u32("sum over the leaves that both of us should have; 0: tell me in any case"),
  },
});

export const LeafReply = defineMessage({
  tag: 38,
  name: "overlay.leafReply",
  doc: "A leaf set: both sides, nearest first.",
  fields: {
    from: ref("whose"),
    left: refs("to the left, nearest first", LEAF_CONTACTS_MAX),
    right: refs("to the right, nearest first", LEAF_CONTACTS_MAX),
  },
});

export const Leave = defineMessage({
  tag: 39,
  name: "overlay.leave",
  doc: "I leave politely. Of these nodes some may take my place beside you.",
  fields: {
    from: ref("who leaves"),
    left: refs("its left neighbours of all levels and its left leaf set", CONTACTS_MAX),
    right: refs("its right neighbours of all levels and its right leaf set", CONTACTS_MAX),
  },
});

/** All message types of this floor. */
export const OVERLAY_MESSAGES = [
  RouteByName,
  RouteByNumericId,
  RouteAnswer,
  NextHopQuery,
  NextHopReply,
  JoinStart,
  JoinSearch,
  JoinFound,
  LinkRequest,
  LinkReply,
  LinkLeft,
  RingHint,
  RingCorrection,
  RingSearch,
  RingPointers,
  LeafNotify,
  LeafRequest,
  LeafReply,
  Leave,
  ...SHORTCUT_MESSAGES,
  RouteInDomain,
  ...RANGE_MESSAGES,
  ...MERGE_MESSAGES,
] as const;
