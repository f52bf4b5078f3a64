import {
  CHALLENGE_FRAME_BYTES,
  COORDINATE_FRAME_BYTES,
  CREDIT_FRAME_BYTES,
  HEADER_BYTES,
} from "./packet.ts";
import type { DatagramSink } from "./port-context.ts";
import type { Session } from "./session.ts";

const BYTES = HEADER_BYTES + CHALLENGE_FRAME_BYTES;

/** What we say of ourselves at the end of a packet, as far as it fits: how much we take, where we are. */
export function writeWord(session: Session, nowUs: number): void {
  const { writer, offers, places } = session.context;
  const { credit } = session.outbox;
  // Our own question for credit is a ping with ours.
  if ((credit.asks || offers.isDue(session)) && writer.room >= CREDIT_FRAME_BYTES) {
    credit.asks = false;
    writer.credit(offers.tell(session), offers.bytesFor(session));
  }
  if (places.isDue(session, nowUs) && writer.room >= COORDINATE_FRAME_BYTES) {
    writer.coordinate(places.own);
    places.told(session, nowUs);
  }
}

/** Sends challenges and answers to challenges: packets of their own, no longer than what they answer. */
export function flushPath(session: Session, nowUs: number, sink: DatagramSink): void {
  const { path, context } = session;
  const { reply, challenges } = path;
  if (reply === undefined && challenges === undefined) return;
  path.reply = undefined;
  path.challenges = undefined;
  if (session.isDown || session.remoteId === 0) return;
  const send = (host: string, port: number, write: () => void): void => {
    context.writer.begin(BYTES, session.remoteId, session.ledger.next);
    write();
    const datagram = context.writer.finish();
    context.counters.datagramsSent++;
    context.counters.bytesSent += datagram.length;
    session.ledger.skipped((packet) => session.packetLost(packet, nowUs));
    sink(datagram, host, port);
  };
  for (const { host, port, nonce } of challenges ?? []) {
    send(host, port, () => context.writer.challenge(nonce));
  }
  if (reply === undefined) return;
  send(session.host, session.port, () => context.writer.response(reply));
}
