import type { World } from "../core/world.ts";
import type { Member } from "../overlay/overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../overlay/ring-order.ts";
import type { SkipNet } from "../overlay/skipnet.ts";
import { leafNamesOf, ringsOf } from "./state.ts";

/** Changes within this time make one line. */
const SETTLE_US = 250_000;

/**
 * Logs the member's tables after they changed: what an invariant checker needs to say, after the
 * fact, whether the rings were right at any time. Returns a function that logs at once what waits.
 */
export function logNeighbourhood(world: World, net: SkipNet, self: Member): () => void {
  let pending = false;
  const write = (): void => {
    if (!pending) return;
    pending = false;
    world.log.info("overlay.tables", {
      joined: net.isMember(self),
      left: leafNamesOf(net, self, COUNTER_CLOCKWISE),
      right: leafNamesOf(net, self, CLOCKWISE),
      rings: ringsOf(net, self),
    });
  };
  net.onNeighbourhood((member) => {
    if (member !== self || pending) return;
    pending = true;
    world.after(member, SETTLE_US, write);
  });
  return write;
}
