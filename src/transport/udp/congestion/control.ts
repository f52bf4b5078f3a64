import type { Random } from "../../../core/random.ts";
import type { UdpOptions } from "../options.ts";
import { BackgroundControl } from "./background.ts";
import { PathControl } from "./path-control.ts";

/** What a control has to know of a packet; the last four fields are its own, see `DeliveryRate`. */
export interface PacketOnWay {
  readonly bytes: number;
  readonly sentUs: number;
  delivered: number;
  deliveredUs: number;
  firstSentUs: number;
  appLimited: boolean;
}

/**
 * How much may be in flight to one peer, and how fast it may leave. One of these per session; the
 * node-wide limits (`SharedWindow`, `NodePacer`) stand beside it.
 */
export interface CongestionControl {
  readonly inFlightBytes: number;
  /** How many bytes may be in flight. */
  readonly windowBytes: number;
  /** At which rate they may leave, bytes per second; `Infinity`: as they come. */
  readonly bytesPerSecond: number;
  sent(packet: PacketOnWay, nowUs: number): void;
  acknowledged(packet: PacketOnWay): void;
  lost(packet: PacketOnWay, nowUs: number): void;
  /** An acknowledgement was read to its end; `rttUs`: what it says of the round trip, if it does. */
  judged(nowUs: number, rttUs: number | undefined): void;
  /** There was room, and nothing to send: what is measured now is the program's rate, not the path's. */
  appLimited(): void;
  /** Nothing was learnt that a new one would not begin with: it may be forgotten when nothing is in flight. */
  readonly isLikeNew: boolean;
}

/**
 * The control that the option `traffic` names, on a path whose shortest round trip so far is `minRttUs`;
 * `Infinity`: there was none.
 */
export function congestionControl(
  options: UdpOptions,
  random: Random,
  minRttUs: number,
): CongestionControl {
  return options.traffic === "background"
    ? new BackgroundControl(options, minRttUs)
    : new PathControl(options, random, minRttUs);
}
