import type { Ref } from "../core/contacts.ts";
import type { World } from "../core/world.ts";
import type { Member } from "../overlay/overlay.ts";
import type { SkipNet } from "../overlay/skipnet.ts";
import type { Transport } from "../transport/transport.ts";
import { neighboursOf } from "./state.ts";

const LOOK_US = 2_000;

/**
 * Leaves the overlay and waits until the neighbours have been told, as far as the transport knows:
 * closing at once would take the messages back. Ends after `lingerUs` in any case.
 */
export async function leavePolitely(
  world: World,
  net: SkipNet,
  member: Member,
  transport: Transport,
  lingerUs: number,
): Promise<void> {
  if (!net.isMember(member)) return;
  const neighbours = neighboursOf(net, member);
  const endsUs = world.nowUs() + lingerUs;
  const port = net.context.port(member);
  const busy = (ref: Ref): boolean => {
    if (!net.contacts.isKnown(ref)) return false;
    const health = transport.health(port, net.context.peers.peerOf(ref));
    return health !== undefined && health.state === "up" && health.inFlight + health.queued > 0;
  };
  for (const ref of neighbours) net.contacts.keep(ref);
  net.leave(member);
  do {
    const pause = world.deferred<void>();
    world.after(member, LOOK_US, () => pause.resolve());
    await pause.promise;
  } while (neighbours.some(busy) && world.nowUs() < endsUs);
  for (const ref of neighbours) net.contacts.release(ref);
}
