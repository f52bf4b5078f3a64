import { NODE_NAME_BYTES_MAX } from "../../core/names.ts";
import { bool, numericRef, ref, text, u8, u32 } from "../../wire/fields.ts";
import { defineMessage } from "../../wire/message.ts";
import { carried } from "../carried.ts";

export const RouteInDomain = defineMessage({
  tag: 58,
  name: "overlay.routeInDomain",
  doc: "A request on its way to the members of a name prefix whose numeric IDs come first for an ID (constrained load balancing).",
  fields: {
    carried,
    domain: text("the name prefix, whole components", NODE_NAME_BYTES_MAX),
    target: numericRef("the ID that is sought"),
    clockwise: bool("the way round the ring to the domain, as long as it is outside"),
    level: u8("the list that is walked; 255: none yet"),
    turned: bool("the right part of the list is done: it goes left"),
    final: bool("the walk is over: deliver"),
    wanted: u8("how many members the origin wants to know, 1 to 3"),
    hops: u8("hops so far"),
    remainingMs: u32("what is left of the caller's deadline, milliseconds"),
    start: ref("where the walk of this list began; none: it begins with the receiver"),
    behind: ref(
      "the left neighbour of `start` on this list, where the walk goes on after its right end",
    ),
    best: ref("first by (longest common prefix, distance, smaller ID)"),
    second: ref("second"),
    third: ref("third"),
  },
});
