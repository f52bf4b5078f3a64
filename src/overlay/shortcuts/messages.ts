import { bool, ref, refs, u8 } from "../../wire/fields.ts";
import { defineMessage } from "../../wire/message.ts";

/** Contacts that come back from one search for near nodes. */
export const CANDIDATES_MAX = 288;
/** Contacts of a told row. */
export const ROW_CONTACTS_MAX = 48;
/** Segments of the ring that a member distinguishes, and so entries of its P-Table. */
export const P_SEGMENTS_MAX = 96;

export const PointersAsked = defineMessage({
  tag: 50,
  name: "overlay.pointersAsked",
  doc: "Duplicate elimination: who comes after you on this ring?",
  fields: {
    from: ref("who asks"),
    level: u8("of the ring"),
    clockwise: bool("true: to your right"),
  },
});

export const PointersTold = defineMessage({
  tag: 51,
  name: "overlay.pointersTold",
  doc: "The answer: my pointers on this ring.",
  fields: {
    level: u8("of the ring"),
    clockwise: bool("true: to my right"),
    nodes: refs("nearest first; none: I am alone there, or not on it", 15),
  },
});

export const PJoin = defineMessage({
  tag: 52,
  name: "overlay.pJoin",
  doc: "P-Table: seeks nodes in each segment of the seeker's ring, from node to near node.",
  fields: {
    from: ref("who seeks"),
    hops: u8("hops so far"),
    ends: refs("where the segments begin, clockwise from the seeker", P_SEGMENTS_MAX),
    candidates: refs("nodes found so far", CANDIDATES_MAX),
  },
});

export const PJoinFound = defineMessage({
  tag: 53,
  name: "overlay.pJoinFound",
  doc: "P-Table: the nodes that the search has found.",
  fields: { candidates: refs("in no order", CANDIDATES_MAX) },
});

export const RowAsked = defineMessage({
  tag: 54,
  name: "overlay.rowAsked",
  doc: "C-Table: whom do you know that shares so many digits with both of us?",
  fields: { from: ref("who asks"), row: u8("digits that both share") },
});

export const RowTold = defineMessage({
  tag: 55,
  name: "overlay.rowTold",
  doc: "C-Table: the nodes known.",
  fields: { nodes: refs("in no order", ROW_CONTACTS_MAX) },
});

export const NearProbe = defineMessage({
  tag: 56,
  name: "overlay.nearProbe",
  doc: "How far are you? The transport measures the round trip.",
  flat: true,
  fields: { from: ref("who asks") },
});

export const NearEcho = defineMessage({
  tag: 57,
  name: "overlay.nearEcho",
  doc: "The answer to overlay.nearProbe, of a member.",
  flat: true,
  fields: { from: ref("who answers") },
});

/** Message types that keep the shortcuts right. */
export const SHORTCUT_MESSAGES = [
  PointersAsked,
  PointersTold,
  PJoin,
  PJoinFound,
  RowAsked,
  RowTold,
  NearProbe,
  NearEcho,
] as const;
