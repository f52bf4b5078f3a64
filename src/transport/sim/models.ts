import { SkipnetError } from "../../core/errors.ts";
import type { BoundStep } from "../transport.ts";
import { LOST } from "./fault-rules.ts";
import type { Faults } from "./faults.ts";

/** Which transport the simulator stands for: its retransmissions, its order, its verdicts. */
export interface TransportModel {
  readonly name: string;
  readonly ordered: boolean;
  readonly detectsHang: boolean;
  /** Added to each message by the transport, the network and, shared, the acknowledgement. */
  readonly headerBytes: number;
  readonly probeBytesPerSecond: number;
  /** From send to arrival, first transmissions lost included; `LOST` if all were. */
  transmitUs(from: number, to: number, oneWayUs: number, nowUs: number, faults: Faults): number;
  /** From send to a silent peer until the message is handed back and the peer suspected. */
  suspectUs(rttUs: number): number;
  /** From send to a silent peer until a token's verdict is `unknown`, and a watched peer is `down`. */
  downUs(rttUs: number): number;
  /** From a process's death, its host being up, until a watcher hears of it; after the one-way delay. */
  readonly crashNoticedUs: number | undefined;
  /** Longest time between two probes of a watched peer: adds to the time to notice silence. */
  readonly probeIntervalUs: number;
  steps(rttUs: number): readonly BoundStep[];
}

export const MODEL_NAMES = ["ideal", "tcp", "tcp:os", "udp"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** The model of this name. Throws `E_OPTIONS` if there is none. */
export function transportModel(name: ModelName): TransportModel {
  switch (name) {
    case "ideal":
      return idealModel();
    case "udp":
      return udpModel();
    case "tcp":
      return tcpModel(false);
    case "tcp:os":
      return tcpModel(true);
    default:
      throw new SkipnetError(
        "E_OPTIONS",
        `no simulated transport "${String(name)}"; there are ${MODEL_NAMES.join(", ")}`,
      );
  }
}

/** No loss ever; silence is noticed after three round trips, and believed after ten. */
function idealModel(): TransportModel {
  return {
    name: "ideal",
    ordered: false,
    detectsHang: true,
    headerBytes: 0,
    probeBytesPerSecond: 0,
    transmitUs: (_from, _to, oneWayUs) => oneWayUs,
    suspectUs: (rttUs) => 3 * rttUs,
    downUs: (rttUs) => 10 * rttUs,
    crashNoticedUs: undefined,
    probeIntervalUs: 0,
    steps: (rttUs) => [{ what: "10 round trips", us: 10 * rttUs }],
  };
}

const UDP_RTO_FLOOR_US = 25_000;
const UDP_BACKOFF = 1.25;
const UDP_SUSPECT_ROUNDS = 2;
const UDP_DOWN_ROUNDS = 6;
const UDP_SILENCE_MIN_US = 300_000;
const UDP_PROBE_US = 500_000;
const UDP_TRIES = 8;

/** Our own protocol: retransmission timed by the round trip, no order, fast verdicts. */
function udpModel(): TransportModel {
  const rtoUs = (rttUs: number): number => Math.max(UDP_RTO_FLOOR_US, Math.round(rttUs * 1.25));
  const roundsUs = (rttUs: number, rounds: number): number => {
    let us = 0;
    let round = rtoUs(rttUs);
    for (let i = 0; i < rounds; i++) {
      us += round;
      round *= i < UDP_SUSPECT_ROUNDS ? UDP_BACKOFF : 1;
    }
    return Math.round(us);
  };
  const downUs = (rttUs: number): number =>
    Math.max(UDP_SILENCE_MIN_US, roundsUs(rttUs, UDP_DOWN_ROUNDS));
  return {
    name: "udp",
    ordered: false,
    detectsHang: true,
    headerBytes: 28 + 24,
    probeBytesPerSecond: 2 * 60 * (1_000_000 / UDP_PROBE_US),
    transmitUs(from, to, oneWayUs, _nowUs, faults) {
      let us = oneWayUs;
      let rto = rtoUs(2 * oneWayUs);
      for (let i = 0; i < UDP_TRIES; i++) {
        if (!faults.isLost(from, to)) return us;
        us += Math.round(rto);
        rto *= UDP_BACKOFF;
      }
      return LOST;
    },
    suspectUs: (rttUs) => roundsUs(rttUs, UDP_SUSPECT_ROUNDS),
    downUs,
    crashNoticedUs: undefined,
    probeIntervalUs: UDP_PROBE_US,
    steps: (rttUs) => [
      { what: "probe interval", us: UDP_PROBE_US },
      { what: `${UDP_DOWN_ROUNDS} rounds of RTO ${rtoUs(rttUs) / 1000} ms`, us: downUs(rttUs) },
    ],
  };
}

const TCP_RTO_MIN_US = 200_000;
const TCP_PROBE_US = 500_000;
const TCP_DEADLINE_ROUNDS = 3;
const TCP_OS_VERDICT_US = 924_000_000;
/** Connections whose order is remembered; the least recently made are forgotten (their next message pays a handshake). */
const TCP_CONNECTIONS_MAX = 1 << 20;

/** Handshake at first contact, order kept, 200 ms minimum retransmission timeout. */
function tcpModel(believesKernel: boolean): TransportModel {
  /** When the last message of a pair of hosts arrives. BOUNDED: `TCP_CONNECTIONS_MAX`. */
  const lastArrivalUs = new Map<number, number>();
  const roundUs = (rttUs: number): number => Math.max(TCP_RTO_MIN_US, 2 * rttUs);
  const downUs = (rttUs: number): number =>
    believesKernel ? TCP_OS_VERDICT_US : TCP_DEADLINE_ROUNDS * roundUs(rttUs);
  return {
    name: believesKernel ? "tcp:os" : "tcp",
    ordered: true,
    detectsHang: !believesKernel,
    headerBytes: 40 + 9 + 20,
    probeBytesPerSecond: believesKernel ? 0 : 2 * 60 * (1_000_000 / TCP_PROBE_US),
    transmitUs(from, to, oneWayUs, nowUs, faults) {
      const pair = from * 0x20_0000 + to;
      const last = lastArrivalUs.get(pair);
      let us = oneWayUs;
      if (last === undefined && !lastArrivalUs.has(to * 0x20_0000 + from)) us += 2 * oneWayUs;
      let rto = roundUs(2 * oneWayUs);
      for (let tries = 0; faults.isLost(from, to); tries++) {
        if (tries === 15) return LOST;
        us += rto;
        rto = Math.min(rto * 2, 120_000_000);
      }
      const arrival = Math.max(nowUs + us, last ?? 0);
      if (last === undefined && lastArrivalUs.size >= TCP_CONNECTIONS_MAX) {
        const oldest = lastArrivalUs.keys().next().value;
        if (oldest !== undefined) lastArrivalUs.delete(oldest);
      }
      lastArrivalUs.set(pair, arrival);
      return arrival - nowUs;
    },
    suspectUs: (rttUs) => (believesKernel ? TCP_OS_VERDICT_US : roundUs(rttUs)),
    downUs,
    crashNoticedUs: 0,
    probeIntervalUs: believesKernel ? 0 : TCP_PROBE_US,
    steps: (rttUs) =>
      believesKernel
        ? [{ what: "tcp_retries2 = 15 retransmissions of the kernel", us: TCP_OS_VERDICT_US }]
        : [
            { what: "probe interval", us: TCP_PROBE_US },
            {
              what: `${TCP_DEADLINE_ROUNDS} rounds of ${roundUs(rttUs) / 1000} ms`,
              us: downUs(rttUs),
            },
          ],
  };
}
