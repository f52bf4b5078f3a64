import { bool, nameRef, ref, refs, u8, u32 } from "../../wire/fields.ts";
import { defineMessage } from "../../wire/message.ts";

const LEAF_CONTACTS_MAX = 65;
/** One contact a digit value. */
const DIGIT_VALUES_MAX = 16;

export const RingProbe = defineMessage({
  tag: 40,
  name: "overlay.ringProbe",
  doc: "Where in your ring is the place of this name? Goes on to the last member before it.",
  flat: true,
  fields: {
    id: u32("chosen by who asks"),
    from: ref("who asks and gets the answer"),
    target: nameRef("the name whose place is sought"),
    clockwise: bool("the way round the ring"),
    ageMs: u32(
      "part of a merge that began so long ago: who entered since does not count; 0: of none",
    ),
    hops: u8("hops so far"),
  },
});

export const RingPlace = defineMessage({
  tag: 41,
  name: "overlay.ringPlace",
  doc: "I am the last before the place that you seek, and these are next to me.",
  fields: {
    id: u32("as asked"),
    from: ref("who answers"),
    left: refs("its left leaves, nearest first", LEAF_CONTACTS_MAX),
    right: refs("its right leaves, nearest first", LEAF_CONTACTS_MAX),
  },
});

export const RingZip = defineMessage({
  tag: 42,
  name: "overlay.ringZip",
  doc: "There is another ring. Find your place in it, and let those after you, up to a node, find theirs.",
  flat: true,
  fields: {
    id: u32("of the merge, chosen by who found the other ring"),
    until: ref("whose turn it no longer is"),
    via: ref("a member of the other ring"),
    ageMs: u32("how long ago the merge began, milliseconds"),
  },
});

export const RingLink = defineMessage({
  tag: 43,
  name: "overlay.ringLink",
  doc: "I may be your neighbour on this ring; said again by the other when it has entered the first.",
  flat: true,
  fields: {
    level: u8("of the ring"),
    clockwise: bool("true: I am to your right"),
    answer: bool("the second half of the exchange"),
    isNew: bool("answer: the other was not the neighbour there before"),
    steps: u8("how often the first was sent on to a nearer one"),
    from: ref("who"),
    nearest: ref("answer: who stands between us, if anybody does"),
  },
});

export const BridgeWalk = defineMessage({
  tag: 44,
  name: "overlay.bridgeWalk",
  doc: "From where two nodes became neighbours: the nearest of each ring above, first to the left, then to the right.",
  fields: {
    level: u8("of the ring that is walked"),
    clockwise: bool("the second half, to the right"),
    leftEnd: ref("the left one of the two"),
    rightEnd: ref("the right one"),
    hops: u8("hops so far in this direction"),
    left: refs("found to the left, one a digit value", DIGIT_VALUES_MAX),
    right: refs("found to the right", DIGIT_VALUES_MAX),
  },
});

export const BridgeOffer = defineMessage({
  tag: 45,
  name: "overlay.bridgeOffer",
  doc: "This may be your right neighbour on this ring: a walk along the ring below met you both.",
  flat: true,
  fields: { level: u8("of the ring"), other: ref("whom") },
});

export const LeafNews = defineMessage({
  tag: 46,
  name: "overlay.leafNews",
  doc: "My leaf set changed where two rings met; unasked.",
  fields: {
    from: ref("whose"),
    left: refs("to the left, nearest first", LEAF_CONTACTS_MAX),
    right: refs("to the right, nearest first", LEAF_CONTACTS_MAX),
  },
});

/** What rings that were apart say to each other. */
export const MERGE_MESSAGES = [
  RingProbe,
  RingPlace,
  RingZip,
  RingLink,
  BridgeWalk,
  BridgeOffer,
  LeafNews,
] as const;
