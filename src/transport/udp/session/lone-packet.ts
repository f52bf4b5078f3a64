import type { DatagramSink } from "../port-context.ts";
import type { Session } from "./session.ts";

/** Where a packet goes that does not go where its session's peer is. */
export interface Elsewhere {
  readonly host: string;
  readonly port: number;
}

/**
 * Sends one frame in a packet of its own, at once, past all queues: no acknowledgement is wanted, and none is
 * waited for. `write` writes the frame; both together have `bytesMax` bytes. Gives the datagram's length.
 */
export function sendLonePacket(
  session: Session,
  bytesMax: number,
  nowUs: number,
  sink: DatagramSink,
  write: () => void,
  { host, port }: Elsewhere = session,
): number {
  const { writer, counters } = session.context;
  writer.begin(bytesMax, session.remoteId, session.ledger.next);
  write();
  const datagram = writer.finish();
  counters.datagramsSent++;
  counters.bytesSent += datagram.length;
  session.ledger.skipped((packet) => session.packetLost(packet, nowUs));
  sink(datagram, host, port);
  return datagram.length;
}
