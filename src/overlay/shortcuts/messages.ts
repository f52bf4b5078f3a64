import { bool, ref, refs, u8 } from "../../wire/fields.ts";
import { defineMessage } from "../../wire/message.ts";

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

/** Message types that keep the shortcuts right. */
export const SHORTCUT_MESSAGES = [PointersAsked, PointersTold] as const;
