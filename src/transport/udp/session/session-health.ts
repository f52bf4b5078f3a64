import type { PeerHealth } from "../../transport.ts";
import type { Session } from "./session.ts";

/** What a session knows of its peer now. */
export function healthOf({ state, rtt, loss, ledger, outbox, lastHeardUs }: Session): PeerHealth {
  return {
    state,
    srttUs: rtt.srttUs,
    rttVarUs: rtt.rttVarUs,
    rtoUs: rtt.rtoUs,
    loss: loss.loss,
    inFlight: ledger.inFlight,
    queued: outbox.messages,
    lastHeardUs,
  };
}
