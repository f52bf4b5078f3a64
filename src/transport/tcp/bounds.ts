import { minSilenceUs, roundWeight } from "../detector/accrual.ts";
import type { BoundStep, TransportBounds } from "../transport.ts";
import type { TcpOptions } from "./options.ts";

/** The worst cases that these options give, and how they come about. */
export function tcpBounds(options: TcpOptions): TransportBounds {
  return options.policy === "os" ? osBounds(options) : deadlineBounds(options);
}

function deadlineBounds(o: TcpOptions): TransportBounds {
  const rttUs = o.pathRttUs;
  // SRTT is at most the round trip, and so is RTTVAR: samples differ by no more. And a connection is made.
  const roundUs = Math.max(o.minRoundUs, 6 * rttUs);
  const weight = roundWeight(o.lossCeiling);
  const auto = o.retries === "auto";
  const downRounds = o.retries === "auto" ? Math.ceil(o.phiDown / weight) : o.retries + 1;
  const suspectRounds =
    o.retries === "auto"
      ? Math.ceil(o.phiSuspect / weight)
      : Math.max(1, Math.floor((o.retries + 1) / 2));
  const lastingUs = (from: number, to: number): number => {
    let us = 0;
    for (let i = from; i < to; i++) us += Math.min(o.maxRoundUs, roundUs * o.roundGrowth ** i);
    return Math.ceil(us);
  };
  const askedUs = lastingUs(0, suspectRounds);
  const restUs = lastingUs(suspectRounds, downRounds);
  const silenceUs = minSilenceUs(o, rttUs, 0);
  const burstUs = auto ? lastingUs(0, 2) + o.burstMaxUs : 0;
  const { verdictUs, verdictPerKiBUs, connectTimeoutUs, probeIntervalUs } = o;
  const rule = auto
    ? `at ${Math.round(o.lossCeiling * 100)} % loss a round counts ${weight.toFixed(2)} of ${o.phiSuspect} and ${o.phiDown}`
    : `retries=${o.retries}`;
  const steps: BoundStep[] = [
    { what: "nothing to send: until the next probe of a watched peer", us: probeIntervalUs },
    {
      what: `until suspect: ${suspectRounds} rounds, each ${o.roundGrowth} times the one before (${rule})`,
      us: askedUs,
    },
    { what: `from suspect to ${downRounds} rounds`, us: restUs },
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
    { what: "before that: a connection that broke and cannot be made again", us: connectTimeoutUs },
    { what: "a peer that lives and reads slowly: deadline of the message", us: verdictUs },
  ];
  const suspectUs = probeIntervalUs + askedUs;
  const silentUs = Math.max(askedUs + restUs, silenceUs, burstUs);
  const downUs = connectTimeoutUs + probeIntervalUs + silentUs;
  return { rttUs, verdictUs, verdictPerKiBUs, suspectUs, downUs, steps };
}

function osBounds({ osVerdictUs, verdictPerKiBUs, pathRttUs }: TcpOptions): TransportBounds {
  return {
    rttUs: pathRttUs,
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
