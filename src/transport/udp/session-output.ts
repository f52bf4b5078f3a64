import type { SentPacket } from "./ledger.ts";
import type { Chunk } from "./outbox.ts";
import {
  FLAG_IMMEDIATE,
  FRAGMENT_FRAME_BYTES,
  FRAMES_MAX,
  LATE_FRAME_BYTES,
  MESSAGE_FRAME_BYTES,
  REFUSE_FRAME_BYTES,
} from "./packet.ts";
import type { DatagramSink } from "./port-context.ts";
import type { Session } from "./session.ts";

/** A message that was declined, still to be told to its sender. */
export interface Refusal {
  readonly packet: number;
  readonly message: number;
  readonly reason: number;
}

/** Refusals that wait for the next packet; more are forgotten and made again by the next copy. */
export const REFUSALS_MAX = 64;
const NEVER = Number.POSITIVE_INFINITY;

/** Builds and hands out whatever this session has to send now. */
export function flushSession(session: Session, nowUs: number, sink: DatagramSink): void {
  if (session.isDown || !session.resolved) return;
  if (session.wantsProbe) sendProbe(session, nowUs, sink);
  // A suspect peer gets nothing but probes.
  if (session.state === "up") {
    while (session.congestion.open && session.ledger.hasRoom && session.outbox.hasWork) {
      sendMessages(session, nowUs, sink);
    }
    if (session.wantsPing) {
      if (session.ledger.inFlight === 0) sendPing(session, nowUs, sink);
      session.wantsPing = false;
    }
  }
  if (session.refusals.length > 0 || session.received.dueUs <= nowUs) {
    sendAcknowledgement(session, nowUs, sink);
  }
}

/** One datagram of lost chunks and new messages. */
function sendMessages(session: Session, nowUs: number, sink: DatagramSink): void {
  const chunks: Chunk[] = [];
  begin(session, nowUs);
  session.context.writer.floor(session.outbox.floor);
  for (let next = session.outbox.peek(); next !== undefined; next = session.outbox.peek()) {
    if (chunks.length >= FRAMES_MAX - REFUSALS_MAX || !fits(session, next)) break;
    take(session, next);
    writeChunk(session, next);
    chunks.push(next);
  }
  // Nothing follows until this is answered, or it is the first that the peer hears of us.
  const {
    congestion,
    context: { options },
  } = session;
  const blocked = session.outbox.hasWork && !congestion.openAfter(options.datagramBytes);
  finishEliciting(session, nowUs, sink, chunks, blocked || !session.confirmed);
}

/** Asks for an answer to what went unanswered longest. */
function sendProbe(session: Session, nowUs: number, sink: DatagramSink): void {
  session.wantsProbe = false;
  const oldest = session.outbox.oldest();
  const chunk = oldest ?? upcoming(session);
  if (chunk === undefined) {
    sendPing(session, nowUs, sink);
    return;
  }
  if (oldest !== undefined) session.context.counters.retransmits++;
  begin(session, nowUs);
  session.context.writer.floor(session.outbox.floor);
  writeChunk(session, chunk);
  finishEliciting(session, nowUs, sink, [chunk], true);
}

/** Something not sent yet, taken for a probe: better than asking with nothing. */
function upcoming(session: Session): Chunk | undefined {
  if (session.state !== "up" || !session.ledger.hasRoom) return undefined;
  const next = session.outbox.peek();
  if (next !== undefined) take(session, next);
  return next;
}

function sendPing(session: Session, nowUs: number, sink: DatagramSink): void {
  begin(session, nowUs);
  session.context.writer.ping();
  const bytes = finishEliciting(session, nowUs, sink, [], true);
  session.context.counters.probeBytes += bytes;
}

function sendAcknowledgement(session: Session, nowUs: number, sink: DatagramSink): void {
  begin(session, nowUs);
  finish(session, nowUs, sink);
  session.ledger.skipped((packet) => session.packetLost(packet, nowUs));
}

/** The farewell: this process stops listening. Repeated `copies` times, for nobody will ask again. */
export function sendClose(
  session: Session,
  nowUs: number,
  copies: number,
  sink: DatagramSink,
): void {
  if (!session.resolved || session.isDown || !session.heard) return;
  for (let i = 0; i < copies; i++) {
    begin(session, nowUs);
    session.context.writer.close();
    finish(session, nowUs, sink);
    session.ledger.skipped(() => {});
  }
}

/** Header, hello, acknowledgement and refusals, as far as each is due. */
function begin(session: Session, nowUs: number): void {
  const { writer, options, incarnation } = session.context;
  writer.begin(options.datagramBytes, session.remoteId, session.ledger.next);
  if (!session.confirmed) {
    writer.hello({
      session: session.localId,
      serial: session.serial,
      incarnation,
      peerIncarnation: session.peerIncarnation,
      ackDelayUs: options.ackDelayUs,
    });
  }
  const { received } = session;
  if (received.largest >= 0 && (received.dueUs !== NEVER || session.state === "suspect")) {
    writer.ack(received.largest, received.heldUs(nowUs), received.bitsLow, received.bitsHigh);
    received.acknowledged();
  }
}

/** The frames of refusals go last, as many as fit. */
function writeRefusals(session: Session): void {
  const { writer } = session.context;
  let written = 0;
  for (const { packet, message, reason } of session.refusals) {
    if (writer.room < REFUSE_FRAME_BYTES) break;
    writer.refuse(packet, message, reason);
    written++;
  }
  session.refusals.splice(0, written);
}

/** A process that runs late says so where it matters, lest its lateness be taken for its death. */
function writeLateness(session: Session, nowUs: number): void {
  const { writer, options, ownLateness } = session.context;
  const lateUs = ownLateness.at(nowUs);
  if (lateUs * options.lateFactor <= options.minSilenceUs) return;
  if (writer.room >= LATE_FRAME_BYTES) writer.late(lateUs);
}

function fits(session: Session, chunk: Chunk): boolean {
  const frameBytes = chunk.message.chunkCount === 1 ? MESSAGE_FRAME_BYTES : FRAGMENT_FRAME_BYTES;
  return chunk.bytes.length + frameBytes <= session.context.writer.room;
}

function take(session: Session, chunk: Chunk): void {
  if (chunk.waiting) session.context.counters.retransmits++;
  session.outbox.take(chunk);
}

function writeChunk(session: Session, chunk: Chunk): void {
  const { writer } = session.context;
  const { message, index, bytes } = chunk;
  const aboveFloor = message.number - session.outbox.floor;
  if (message.chunkCount === 1) writer.message(aboveFloor, bytes);
  else writer.fragment(aboveFloor, index, message.chunkCount, bytes);
}

function finish(session: Session, nowUs: number, sink: DatagramSink): number {
  writeLateness(session, nowUs);
  writeRefusals(session);
  const { writer, counters } = session.context;
  const datagram = writer.finish();
  counters.datagramsSent++;
  counters.bytesSent += datagram.length;
  sink(datagram, session.host, session.port);
  return datagram.length;
}

function finishEliciting(
  session: Session,
  nowUs: number,
  sink: DatagramSink,
  chunks: readonly Chunk[],
  immediate: boolean,
): number {
  if (immediate) session.context.writer.flag(FLAG_IMMEDIATE);
  const bytes = finish(session, nowUs, sink);
  const packet: SentPacket = {
    number: session.ledger.next,
    sentUs: nowUs,
    bytes,
    chunks,
    lost: false,
  };
  if (session.ledger.inFlight === 0) session.roundStartUs = nowUs;
  session.ledger.sent(packet);
  session.congestion.sent(bytes);
  return bytes;
}
