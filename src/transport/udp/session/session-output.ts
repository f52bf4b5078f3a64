import type { Chunk } from "../messages/outbox-lane.ts";
import { BARE_PACKET_BYTES, FRAMES_MAX, OVERHEAD_BYTES_MAX } from "../packet/packet.ts";
import type { DatagramSink } from "../port-context.ts";
import {
  begin,
  finish,
  finishEliciting,
  fits,
  take,
  writeChunk,
  writeFloor,
} from "./packet-assembly.ts";
import type { Session } from "./session.ts";

/** A message that was declined, still to be told to its sender. */
export interface Refusal {
  readonly packet: number;
  readonly message: number;
  readonly reason: number;
}

/** Refusals that wait for the next packet; more are forgotten and made again by the next copy. */
export const REFUSALS_MAX = 64;
/** Frames of a packet that are kept for what goes last: refusals and reports. */
const CONTROL_FRAMES = REFUSALS_MAX + 8;
const NO_CHUNKS: Chunk[] = [];
/** A peer that has so many packets acknowledges some of them by itself: the most that `ackEvery` may be. */
const FEW_PACKETS = 32;

/** Builds and hands out whatever this session has to send now. */
export function flushSession(session: Session, nowUs: number, sink: DatagramSink): void {
  if (session.isDown || !session.resolved) return;
  const { path, received, ledger } = session;
  if (path.admits(BARE_PACKET_BYTES)) {
    if (session.wantsProbe) sendProbe(session, nowUs, sink);
    if (session.wantsTailProbe) sendTailProbe(session, nowUs, sink);
  }
  if (ledger.inFlight === 0) session.outbox.relax();
  // A suspect peer gets nothing but probes; nor does one that may be elsewhere by now.
  if (session.state === "up" && path.check === undefined) sendQueued(session, nowUs, sink);
  if (session.refusals.length === 0 && received.dueUs > nowUs && !session.path.creditDue) return;
  if (path.admits(BARE_PACKET_BYTES)) sendAcknowledgement(session, nowUs, sink);
  else received.acknowledged();
}

/** What waits, as far as windows and paces are open, or a ping if one is wanted. */
function sendQueued(session: Session, nowUs: number, sink: DatagramSink): void {
  const { congestion, path, ledger, outbox } = session;
  let next = outbox.peek();
  while (next !== undefined && ledger.hasRoom) {
    if (!congestion.open(nowUs, next.message.chunkCount === 1)) break;
    if (!admits(session, next)) {
      // Its answer proves the address, and what waits may go.
      session.wantsPing ||= ledger.inFlight === 0;
      break;
    }
    sendMessages(session, nowUs, sink);
    next = outbox.peek();
  }
  if (next === undefined) congestion.idle();
  if (next === undefined && ledger.inFlight === 0 && outbox.isStarved) {
    outbox.credit.starve(nowUs, session.rtt.rtoUs);
  }
  if (!session.wantsPing || !path.admits(BARE_PACKET_BYTES)) return;
  // In order, it may tell that what the peer waits for will not come.
  const tells = session.context.options.order === "peer";
  if (ledger.inFlight === 0 || tells) sendPing(session, nowUs, sink);
  session.wantsPing = false;
}

const admits = ({ path }: Session, { bytes }: Chunk): boolean =>
  path.admits(OVERHEAD_BYTES_MAX + bytes.length);

/** One datagram of lost chunks and new messages. */
function sendMessages(session: Session, nowUs: number, sink: DatagramSink): void {
  let chunks = NO_CHUNKS;
  begin(session, nowUs);
  writeFloor(session);
  for (let next = session.outbox.peek(); next !== undefined; next = session.outbox.peek()) {
    if (chunks.length >= FRAMES_MAX - CONTROL_FRAMES || !fits(session, next)) break;
    take(session, next);
    writeChunk(session, next);
    // An array of one, for most packets carry no more.
    if (chunks.length === 0) chunks = [next];
    else chunks.push(next);
  }
  const { congestion, ledger, loss, outbox } = session;
  // Nothing follows until this is answered, and little is there that would make the peer answer.
  const blocked = outbox.hasWork && ledger.inFlight < FEW_PACKETS && !congestion.hasRoomAfterNext;
  // Alone on a path that loses: a prompt answer makes for a prompt repair.
  const precious = ledger.inFlight === 0 && !outbox.hasWork && loss.isLossy;
  const first = !session.confirmed;
  finishEliciting(session, nowUs, sink, chunks, blocked || precious || first);
}

/** Asks about the end of a flight: with what is to be sent anyway, else with its newest chunks. */
function sendTailProbe(session: Session, nowUs: number, sink: DatagramSink): void {
  session.wantsTailProbe = false;
  if (session.state !== "up" || session.ledger.inFlight === 0) return;
  if (session.outbox.hasWork) {
    const next = session.outbox.peek();
    const may = next !== undefined && session.ledger.hasRoom && admits(session, next);
    if (may) sendMessages(session, nowUs, sink);
    return;
  }
  begin(session, nowUs);
  writeFloor(session);
  const again = repeatTail(session);
  if (again.length === 0) session.context.writer.ping();
  finishEliciting(session, nowUs, sink, again, true);
}

/** Writes chunks on their way again, the newest first, as many as fit. */
function repeatTail(session: Session): Chunk[] {
  const again: Chunk[] = [];
  for (const packet of session.ledger.newestFirst()) {
    for (const chunk of packet.chunks) {
      if (chunk.acknowledged || chunk.message.settled || chunk.carrier > packet.number) continue;
      if (!fits(session, chunk) || again.length >= FRAMES_MAX - CONTROL_FRAMES) return again;
      writeChunk(session, chunk);
      session.loss.probed();
      session.context.counters.retransmits++;
      again.push(chunk);
    }
  }
  return again;
}

/** Asks for an answer to what went unanswered longest. */
function sendProbe(session: Session, nowUs: number, sink: DatagramSink): void {
  session.wantsProbe = false;
  const oldest = session.outbox.oldest();
  const chunk = oldest ?? upcoming(session);
  if (chunk === undefined || !admits(session, chunk)) {
    sendPing(session, nowUs, sink);
    return;
  }
  if (oldest !== undefined) {
    session.context.counters.retransmits++;
    session.loss.probed();
  }
  begin(session, nowUs);
  writeFloor(session);
  writeChunk(session, chunk);
  finishEliciting(session, nowUs, sink, [chunk], true);
}

/** Something not sent yet, taken for a probe: better than asking with nothing. */
function upcoming(session: Session): Chunk | undefined {
  if (session.state !== "up" || !session.ledger.hasRoom) return undefined;
  const next = session.outbox.peek();
  if (next === undefined || !admits(session, next)) return undefined;
  take(session, next);
  return next;
}

/** Asks whether the peer is there. */
export function sendPing(session: Session, nowUs: number, sink: DatagramSink): void {
  begin(session, nowUs);
  if (session.context.options.order === "peer") writeFloor(session);
  session.context.writer.ping();
  const bytes = finishEliciting(session, nowUs, sink, NO_CHUNKS, true);
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
  for (let i = 0; i < copies && session.path.admits(BARE_PACKET_BYTES); i++) {
    begin(session, nowUs);
    session.context.writer.close();
    finish(session, nowUs, sink);
    session.ledger.skipped(() => {});
  }
}
