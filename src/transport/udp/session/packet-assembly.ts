import type { Chunk } from "../messages/outbox-lane.ts";
import {
  FLAG_IMMEDIATE,
  FLAG_ORDERED,
  FRAGMENT_FRAME_BYTES,
  LATE_FRAME_BYTES,
  MESSAGE_FRAME_BYTES,
  REFUSE_FRAME_BYTES,
  REPEATED_FRAME_BYTES,
} from "../packet/packet.ts";
import { writeWord } from "../path/path-output.ts";
import type { DatagramSink } from "../port-context.ts";
import type { SentPacket } from "./ledger.ts";
import type { Session } from "./session.ts";
import { TailProbe } from "./tail-probe.ts";

/** Of so many packet numbers one is left out, so that acknowledgements cannot be made up (RFC 9000, 21.4). */
const TRAP_EVERY = 256;
const NEVER = Number.POSITIVE_INFINITY;

/** Header, hello, acknowledgement and refusals, as far as each is due. */
export function begin(session: Session, nowUs: number): void {
  const { writer, options, incarnation } = session.context;
  const bytesMax = Math.min(options.datagramBytes, session.path.allowanceBytes);
  writer.begin(bytesMax, session.remoteId, session.ledger.next);
  if (!session.confirmed) {
    writer.hello({
      session: session.localId,
      serial: session.serial,
      incarnation,
      peerIncarnation: session.peerIncarnation,
      ackDelayUs: options.ackDelayUs,
      cookie: session.path.cookie,
    });
  }
  const { received } = session;
  if (received.largest >= 0 && (received.dueUs !== NEVER || session.state === "suspect")) {
    writer.ack(received.largest, received.heldUs(nowUs), received.bitsLow, received.bitsHigh);
    received.acknowledged();
  }
}

/** Which messages still matter to us, and whether their order does. */
export function writeFloor({ context: { writer, options }, outbox }: Session): void {
  writer.floor(outbox.floor);
  if (options.order === "peer") writer.flag(FLAG_ORDERED);
}

/** What goes last, as far as it fits: refusals, and how much arrived twice. */
function writeReports(session: Session): void {
  const { writer } = session.context;
  let written = 0;
  for (const { packet, message, reason } of session.refusals) {
    if (writer.room < REFUSE_FRAME_BYTES) break;
    writer.refuse(packet, message, reason);
    written++;
  }
  if (written > 0) session.refusals = session.refusals.slice(written);
  if (session.repeated !== session.repeatedTold && writer.room >= REPEATED_FRAME_BYTES) {
    writer.repeated(session.repeated);
    session.repeatedTold = session.repeated;
  }
}

/** A process that runs late says so where it matters, lest its lateness be taken for its death. */
function writeLateness(session: Session, nowUs: number): void {
  const { writer, options, ownLateness } = session.context;
  const lateUs = ownLateness.at(nowUs);
  if (lateUs * options.lateFactor <= options.minSilenceUs) return;
  if (writer.room >= LATE_FRAME_BYTES) writer.late(lateUs);
}

/** Whether the chunk has room in the packet that is being built. */
export function fits(session: Session, chunk: Chunk): boolean {
  const frameBytes = chunk.message.chunkCount === 1 ? MESSAGE_FRAME_BYTES : FRAGMENT_FRAME_BYTES;
  return chunk.bytes.length + frameBytes <= session.context.writer.room;
}

/** Out of its queue, to be written next; counted where it was sent before. */
export function take(session: Session, chunk: Chunk): void {
  if (chunk.waiting) {
    session.context.counters.retransmits++;
    session.outbox.spent(chunk.bytes.length);
  }
  session.outbox.take(chunk);
}

/** A whole message, or a fragment of one. */
export function writeChunk(session: Session, chunk: Chunk): void {
  const { writer } = session.context;
  const { message, index, bytes } = chunk;
  const aboveFloor = message.number - session.outbox.floor;
  if (message.chunkCount === 1) writer.message(aboveFloor, bytes);
  else writer.fragment(aboveFloor, index, message.chunkCount, bytes);
}

/** Reports go last; then the packet leaves. Gives its bytes. */
export function finish(session: Session, nowUs: number, sink: DatagramSink): number {
  writeLateness(session, nowUs);
  writeReports(session);
  writeWord(session, nowUs);
  const { writer, counters } = session.context;
  const datagram = writer.finish();
  counters.datagramsSent++;
  counters.bytesSent += datagram.length;
  session.path.sent(datagram.length);
  sink(datagram, session.host, session.port);
  return datagram.length;
}

/** As `finish`, of a packet that is to be acknowledged: it enters the ledger, and its round begins. */
export function finishEliciting(
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
    delivered: 0,
    deliveredUs: 0,
    firstSentUs: 0,
    appLimited: false,
  };
  for (const chunk of chunks) chunk.carrier = packet.number;
  const alone = session.ledger.inFlight === 0;
  if (alone) session.roundStartUs = nowUs;
  session.accrual.asked(nowUs);
  session.tail ??= new TailProbe();
  session.tail.sent(nowUs, immediate, alone);
  session.ledger.sent(packet);
  session.congestion.sent(packet, nowUs);
  const { ledger, context } = session;
  if (ledger.sinceTrap > TRAP_EVERY && context.random.chance(1 / TRAP_EVERY)) ledger.setTrap();
  return bytes;
}
