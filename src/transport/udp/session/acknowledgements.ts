import { DELIVERED } from "../../transport.ts";
import { peerLate } from "../failure/silence.ts";
import type { PacketReader } from "../packet/packet-reader.ts";
import type { SentPacket } from "./ledger.ts";
import type { Session } from "./session.ts";

/** Settles what the acknowledgement names; then judges what it overtook. */
export function applyAcknowledgement(
  session: Session,
  reader: PacketReader,
  largest: number,
  nowUs: number,
): void {
  const newest = session.ledger.get(largest);
  let progress = newest !== undefined;
  if (newest !== undefined) {
    peerLate(session, session.rtt.sample(nowUs - newest.sentUs, reader.ackDelayUs), nowUs);
    packetAcknowledged(session, newest, nowUs);
  }
  progress = acknowledgeBits(session, largest - 1, reader.ackBitsLow, nowUs) || progress;
  progress = acknowledgeBits(session, largest - 33, reader.ackBitsHigh, nowUs) || progress;
  if (!progress) return;
  session.congestion.judged(nowUs, newest === undefined ? undefined : session.rtt.latestUs);
  session.giveUpOvertaken(nowUs);
  session.answered(nowUs);
}

function acknowledgeBits(
  session: Session,
  numberOfBit0: number,
  bitsToGo: number,
  nowUs: number,
): boolean {
  // Most of what they name was acknowledged long ago.
  const unanswered = numberOfBit0 - session.ledger.first + 1;
  if (unanswered <= 0) return false;
  const news = unanswered >= 32 ? bitsToGo : bitsToGo & ((1 << unanswered) - 1);
  let progress = false;
  for (let bits = news | 0; bits !== 0; bits &= bits - 1) {
    const bit = 31 - Math.clz32(bits & -bits);
    const packet = session.ledger.get(numberOfBit0 - bit);
    if (packet === undefined) continue;
    packetAcknowledged(session, packet, nowUs);
    progress = true;
  }
  return progress;
}

function packetAcknowledged(session: Session, packet: SentPacket, nowUs: number): void {
  packetAnswered(session, packet, nowUs);
  for (const chunk of packet.chunks) {
    if (chunk.acknowledged) continue;
    chunk.acknowledged = true;
    const { message } = chunk;
    if (++message.acknowledged === message.chunkCount) session.settle(message, DELIVERED);
  }
}

/** The packet reached the peer, whatever it made of it. */
export function packetAnswered(session: Session, packet: SentPacket, nowUs: number): void {
  session.ledger.answered(packet);
  session.context.errands.answered(session, packet.sentUs);
  session.outbox.earned(packet.bytes);
  if (packet.lost) session.loss.spurious(nowUs - packet.sentUs);
  else {
    session.congestion.acknowledged(packet);
    session.loss.acknowledged();
  }
}
