import {
  CHALLENGE_FRAME_BYTES,
  COORDINATE_FRAME_BYTES,
  CREDIT_FRAME_BYTES,
  HEADER_BYTES,
} from "../packet/packet.ts";
import type { DatagramSink } from "../port-context.ts";
import { sendLonePacket } from "../session/lone-packet.ts";
import type { Session } from "../session/session.ts";

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
  const { path } = session;
  const { writer } = session.context;
  const { reply, challenges } = path;
  if (reply === undefined && challenges === undefined) return;
  path.reply = undefined;
  path.challenges = undefined;
  if (session.isDown || session.remoteId === 0) return;
  for (const { host, port, nonce } of challenges ?? []) {
    const write = (): void => writer.challenge(nonce);
    sendLonePacket(session, BYTES, nowUs, sink, write, { host, port });
  }
  if (reply === undefined) return;
  sendLonePacket(session, BYTES, nowUs, sink, () => writer.response(reply));
}
