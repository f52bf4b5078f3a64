/** Why a packet did not arrive. */
export const DROP_CAUSES = [
  /** The sender's uplink queue was full. */
  "uplinkQueue",
  /** The receiver's downlink queue was full. */
  "downlinkQueue",
  "loss",
  "burst",
  /** Told by its number. */
  "numbered",
  /** A partition, a one-way cut or a rule of the run. */
  "cut",
  "outage",
  /** Larger than the MTU of a link on the way. */
  "tooBig",
  /** The receiver's socket was full: a stopped or slow process. */
  "receiveBuffer",
  /** Damaged on the way, and noticed below the program (TCP's checksum). */
  "damaged",
  /** No host has this address. */
  "noHost",
  /** Nobody listens on this port. */
  "noPort",
] as const;
export type DropCause = (typeof DROP_CAUSES)[number];

/** What a packet network has done so far. Bytes count from the IP header. */
export class NetworkCounters {
  /** Handed to the network by hosts; copies made by the network are not among them. */
  sent = 0;
  sentBytes = 0;
  /** Handed to sockets. */
  delivered = 0;
  deliveredBytes = 0;
  duplicated = 0;
  reordered = 0;
  corrupted = 0;
  readonly dropped: Record<DropCause, number> = Object.fromEntries(
    DROP_CAUSES.map((cause) => [cause, 0]),
  ) as Record<DropCause, number>;

  get droppedTotal(): number {
    return DROP_CAUSES.reduce((sum, cause) => sum + this.dropped[cause], 0);
  }

  /** The causes that occurred, for people: `loss 12, uplinkQueue 3`. */
  droppedText(): string {
    const parts = DROP_CAUSES.filter((cause) => this.dropped[cause] > 0);
    return parts.map((cause) => `${cause} ${this.dropped[cause]}`).join(", ") || "none";
  }
}
