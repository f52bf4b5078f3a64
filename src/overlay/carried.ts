import { nested, ref, struct, u8, u32 } from "../wire/fields.ts";

/**
 * Set in the request's id by a hop that got its message back and cannot say whether a copy of it was
 * taken: a no to this one is not definite.
 */
export const DOUBTFUL = 0x8000_0000;

/** What a route carries unchanged, but for `DOUBTFUL`, from its origin to its end. */
export const carried = struct("what is carried", {
  id: u32(
    "chosen by the origin, below 2^31; 0 where no answer is wanted; plus 2^31 once a copy may have been taken: a no is not definite then",
  ),
  origin: ref("who asked and gets the answer"),
  attempt: u8("which try of the origin this is, from 1"),
  body: nested("the request; none: only find the node"),
});
