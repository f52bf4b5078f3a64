import { SkipnetError } from "../../core/errors.ts";
import { checkDetectorOptions } from "../detector/options.ts";
import type { UdpOptions } from "./options.ts";

const DATAGRAM_BYTES_MIN = 256;
const DATAGRAM_BYTES_MAX = 65_507;

/** Throws `E_OPTIONS` where two options contradict each other. */
export function checkUdpOptions(o: UdpOptions): void {
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new SkipnetError("E_OPTIONS", `udp: ${what}`);
  };
  demand(
    o.datagramBytes >= DATAGRAM_BYTES_MIN && o.datagramBytes <= DATAGRAM_BYTES_MAX,
    `datagram must be from ${DATAGRAM_BYTES_MIN} to ${DATAGRAM_BYTES_MAX} bytes`,
  );
  demand(o.minRtoUs > 0, "minRto must not be zero");
  demand(o.minRtoUs <= o.maxRtoUs, "minRto is above maxRto");
  demand(
    o.ackDelayUs < o.maxRtoUs,
    "ackDelay must be below maxRto: every message would be repeated",
  );
  demand(o.ackDelayUs <= 1_000_000, "ackDelay must be at most 1s");
  checkDetectorOptions(o, demand);
  demand(o.probeIntervalUs >= o.minRtoUs, "probeInterval is below minRto: probes would overlap");
  demand(
    o.messageDeadlineUs >= o.minSilenceUs,
    "messageDeadline is below minSilence: no silent peer would ever be found down by it",
  );
  demand(
    o.firstSilenceUs >= o.initialRtoUs,
    "firstSilence is below initialRto: a peer would be down before its first answer is late",
  );
  demand(
    o.indirectProbes === 0 || o.messageDeadlineUs >= o.minSilenceUs + o.vouchHoldUs,
    "messageDeadline is below minSilence and vouchHold together: no peer that others hear would ever be found down by it",
  );
  demand(o.windowInitialBytes >= o.datagramBytes, "windowInitial is below one datagram");
  demand(o.windowMaxBytes >= o.windowInitialBytes, "windowMax is below windowInitial");
  demand(o.sharedWindowBytes >= o.windowMaxBytes, "sharedWindow is below windowMax");
  demand(
    o.backgroundDelayUs >= 1_000,
    "backgroundDelay must be at least 1ms: less is no sign of a queue",
  );
  demand(
    o.paceUs >= 100 && o.paceUs <= o.minRtoUs,
    "pace must be at least 100us and not above minRto: a paced packet would be late before it left",
  );
  demand(o.queueBytes <= o.nodeQueueBytes, "queueBytes is above nodeQueueBytes");
  demand(o.reassemblyPeerBytes <= o.reassemblyNodeBytes, "reassemblyPeer is above reassemblyNode");
  demand(
    o.hellosPerPrefix <= o.hellosPerSecond,
    "hellosPerPrefix is above hellosPerSecond: it would never count",
  );
  demand(o.halfOpenMax <= o.sessionsMax, "halfOpenMax is above sessionsMax");
}
