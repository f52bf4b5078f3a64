import { formatDurationUs } from "../../core/units.ts";
import { minSilenceUs, roundWeight } from "../detector/accrual.ts";
import type { BoundStep, TransportBounds } from "../transport.ts";
import type { UdpOptions } from "./options.ts";

/** The bounds of a transport with these options, on a path whose round trip is at most `rttUs`. */
export function udpBounds(o: UdpOptions, rttUs: number = o.pathRttUs): TransportBounds {
  // SRTT is at most the round trip, and so is RTTVAR: samples differ by no more.
  const adaptedUs = rttUs + 4 * rttUs + o.ackDelayUs;
  const rtoUs = Math.min(o.maxRtoUs, Math.max(o.minRtoUs, o.initialRtoUs, adaptedUs));
  const weight = roundWeight(o.lossCeiling);
  const downRounds = o.retries === "auto" ? Math.ceil(o.phiDown / weight) : o.retries + 1;
  const suspectRounds =
    o.retries === "auto"
      ? Math.ceil(o.phiSuspect / weight)
      : Math.max(1, Math.floor((o.retries + 1) / 2));
  let suspectUs = 0;
  for (let round = 0; round < suspectRounds; round++) {
    suspectUs += Math.min(o.maxRtoUs, rtoUs * o.backoff ** round);
  }
  suspectUs = Math.ceil(suspectUs);
  const restUs = (downRounds - suspectRounds) * rtoUs;
  const silenceUs = minSilenceUs(o, rttUs, 0);
  const burstUs = o.retries === "auto" ? Math.ceil(rtoUs * (1 + o.backoff)) + o.burstMaxUs : 0;
  const downUs = Math.max(suspectUs + restUs, silenceUs, burstUs);
  const rule =
    o.retries === "auto"
      ? `at ${percent(o.lossCeiling)} loss a round counts ${weight.toFixed(2)} of ${o.phiSuspect} and ${o.phiDown}`
      : `retries=${o.retries}`;
  const steps: BoundStep[] = [
    {
      what: `retransmission timeout at most: the largest of minRto ${formatDurationUs(o.minRtoUs)}, initialRto ${formatDurationUs(o.initialRtoUs)} and round trip + 4 variances + ackDelay = ${formatDurationUs(adaptedUs)}, below maxRto`,
      us: rtoUs,
    },
    {
      what: `until suspect, data in flight: ${suspectRounds} rounds, each ${o.backoff} times the one before (${rule})`,
      us: suspectUs,
    },
    { what: `from suspect to ${downRounds} rounds: one each timeout`, us: restUs },
    {
      what: `no verdict of silence before minSilence, or ${o.minSilenceRtts} round trips`,
      us: silenceUs,
    },
    { what: "nor, where bursts of losses were seen, before two rounds and burstMax", us: burstUs },
    {
      what: `where programs have lately run late, silence of ${o.lateFactor} times their lateness is no death: not counted here, at most`,
      us: o.lateSilenceUs,
    },
    {
      what: "while more than half of all peers are suspect, it is us: not counted here, at most",
      us: o.outageHoldUs,
    },
    { what: "of a peer never heard, not before firstSilence", us: o.firstSilenceUs },
    {
      what: "while others hear it, it is our path to it: not counted here, at most",
      us: o.indirectProbes === 0 ? 0 : o.vouchHoldUs,
    },
    { what: "nothing to send: until the next probe of a watched peer", us: o.probeIntervalUs },
    {
      what: "every token has its verdict by messageDeadline, queueing included",
      us: o.messageDeadlineUs,
    },
  ];
  return {
    rttUs,
    verdictUs: o.messageDeadlineUs,
    verdictPerKiBUs: o.deadlinePerKiBUs,
    suspectUs: o.probeIntervalUs + suspectUs,
    // Who was never heard is asked at once.
    downUs: Math.max(o.probeIntervalUs + downUs, o.firstSilenceUs),
    steps,
  };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
