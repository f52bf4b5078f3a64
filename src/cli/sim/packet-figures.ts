import type { SimNetwork } from "./network.ts";

/** What became of the datagrams of a run. */
export interface PacketFigures {
  readonly sent: number;
  readonly delivered: number;
  readonly bytes: number;
  readonly retransmits: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** By cause. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Of a packet-level run; else `undefined`. */
export function packetsOf(network: SimNetwork): PacketFigures | undefined {
  const { packets } = network;
  if (packets === undefined) return undefined;
  const { retransmits } = network.stats;
  const { sent, delivered, sentBytes: bytes, duplicated, reordered, corrupted } = packets;
  const dropped = { ...packets.dropped };
  return { sent, delivered, bytes, retransmits, duplicated, reordered, corrupted, dropped };
}
