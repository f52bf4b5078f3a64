import type { BoundStep, TransportBounds } from "../transport.ts";
import type { TcpOptions } from "./options.ts";

/** The worst cases that these options give, and how they come about. */
export function tcpBounds(options: TcpOptions): TransportBounds {
  return options.policy === "os" ? osBounds(options) : deadlineBounds(options);
}

function deadlineBounds(options: TcpOptions): TransportBounds {
  const { probeIntervalUs, suspectMissed, downMissed, connectTimeoutUs } = options;
  const { verdictUs, verdictPerKiBUs } = options;
  // RTO = SRTT + 4 RTTVAR is at most 3 round trips after the first sample (RFC 6298), so up to this
  // round trip a probe round is `probeIntervalUs` long.
  const rttUs = Math.floor(probeIntervalUs / 3);
  const suspectUs = (suspectMissed + 1) * probeIntervalUs;
  const silentUs = (downMissed + 1) * probeIntervalUs;
  const steps: BoundStep[] = [
    { what: "probe round in which the peer falls silent", us: probeIntervalUs },
    { what: `${suspectMissed} missed rounds until suspect`, us: suspectMissed * probeIntervalUs },
    {
      what: `${downMissed - suspectMissed} more until down`,
      us: (downMissed - suspectMissed) * probeIntervalUs,
    },
    { what: "before that: a connection that broke and cannot be made again", us: connectTimeoutUs },
    { what: "a peer that lives and reads slowly: deadline of the message", us: verdictUs },
  ];
  const downUs = connectTimeoutUs + silentUs;
  return { rttUs, verdictUs, verdictPerKiBUs, suspectUs, downUs, steps };
}

function osBounds({ osVerdictUs, verdictPerKiBUs, probeIntervalUs }: TcpOptions): TransportBounds {
  return {
    rttUs: Math.floor(probeIntervalUs / 3),
    verdictUs: osVerdictUs,
    verdictPerKiBUs,
    suspectUs: Number.POSITIVE_INFINITY,
    downUs: Number.POSITIVE_INFINITY,
    steps: [
      { what: "the kernel retransmits and gives up (tcp_retries2 = 15)", us: osVerdictUs },
      {
        what: "a stopped process is never noticed: its kernel acknowledges",
        us: Number.POSITIVE_INFINITY,
      },
    ],
  };
}
