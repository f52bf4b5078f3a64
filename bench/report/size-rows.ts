import type { SizesResult } from "../results.ts";
import { type Cell, judged, none, type RowDeclaration } from "./cells.ts";
import { formatNumber, formatShare } from "./format.ts";

/** Bytes before the transport's header, and the user's value. */
const ROUTED_BYTES_GOAL = 120;
const LEAF_REPLY_BYTES_GOAL = 400;
const LEAF_REPLY_CONTACTS = 16;
const ONE_DATAGRAM_SHARE_GOAL = 0.99;

const group = "Size of messages";

/** Whether a naming message is an answer, by its name. */
const isReply = (name: string): boolean => name.endsWith("Reply");

function sized(read: (sizes: SizesResult) => Cell): RowDeclaration["cell"] {
  return ({ transport: { wire } }) => (wire.sizes === undefined ? none : read(wire.sizes));
}

function routed(what: "request" | "reply"): RowDeclaration {
  return {
    group,
    label: `routed naming ${what}, ≤ ${ROUTED_BYTES_GOAL} B`,
    about:
      "Mean over all hops, as encoded: without the user's value and before the transport's header.",
    cell: sized((sizes) => {
      const found = Object.entries(sizes.routed).filter(
        ([name]) => isReply(name) === (what === "reply"),
      );
      const count = found.reduce((sum, [, one]) => sum + one.count, 0);
      const bytes = found.reduce((sum, [, one]) => sum + one.bytes, 0);
      if (count === 0) return none;
      return judged(`${formatNumber(bytes / count)} B`, bytes <= count * ROUTED_BYTES_GOAL);
    }),
  };
}

/** What messages take, beside what they should. */
export const SIZE_ROWS: readonly RowDeclaration[] = [
  routed("request"),
  routed("reply"),
  {
    group,
    label: `leaf-set reply, ≤ ${LEAF_REPLY_BYTES_GOAL} B for ${LEAF_REPLY_CONTACTS}`,
    about: "Mean size, and the mean number of contacts that it tells of.",
    cell: sized(({ leafReplies: { count, bytes, contacts } }) => {
      if (count === 0) return none;
      const goal = LEAF_REPLY_BYTES_GOAL * Math.max(1, contacts / count / LEAF_REPLY_CONTACTS);
      const text = `${formatNumber(bytes / count)} B for ${formatNumber(contacts / count)}`;
      return judged(text, bytes <= count * goal);
    }),
  },
  {
    group,
    label: `in one datagram, ≥ ${100 * ONE_DATAGRAM_SHARE_GOAL} %`,
    about: "Messages of all types that need no second datagram even uncompressed.",
    cell: sized(({ all: { count, inOneDatagram } }) =>
      count === 0
        ? none
        : judged(
            formatShare(inOneDatagram, count),
            inOneDatagram >= count * ONE_DATAGRAM_SHARE_GOAL,
          ),
    ),
  },
];
