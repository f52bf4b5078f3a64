import { SkipnetError } from "../../../core/errors.ts";
import type { Message } from "../../../wire/message.ts";
import { refused } from "../../transport.ts";
import { peerLate } from "../failure/silence.ts";
import { OrderedInbox } from "../messages/ordered-inbox.ts";
import { Reassembly } from "../messages/reassembly.ts";
import type { HelpFrames } from "../packet/help-frames.ts";
import { expandNumber } from "../packet/numbers.ts";
import {
  FRAME_CLOSE,
  FRAME_FRAGMENT,
  FRAME_LATE,
  FRAME_MESSAGE,
  FRAME_PING,
  FRAME_REFUSE,
  FRAME_REPEATED,
  MESSAGE_WINDOW_MAX,
  REFUSE_REASONS,
  type RefuseReason,
} from "../packet/packet.ts";
import type { Frame, PacketReader } from "../packet/packet-reader.ts";
import type { PathFrames } from "../packet/path-frames.ts";
import { applyAcknowledgement, packetAnswered } from "./acknowledgements.ts";
import type { Arrival } from "./received.ts";
import type { Session } from "./session.ts";
import { takeDown } from "./session-ends.ts";
import { REFUSALS_MAX } from "./session-output.ts";

const ACCEPTED = -1;
const reasonIndex = (reason: RefuseReason): number => REFUSE_REASONS.indexOf(reason);
const QUEUE_FULL = reasonIndex("queueFull");
const TOO_LARGE = reasonIndex("tooLarge");
const INVALID = reasonIndex("invalid");

/**
 * Takes a packet that belongs to this session. It is judged whole before anything in it counts:
 * false if it claims what cannot be, and then it has done nothing.
 */
export function receivePacket(
  session: Session,
  reader: PacketReader,
  bytes: Uint8Array,
  nowUs: number,
): boolean {
  const packet = session.received.expand(reader.packetLow);
  const { ledger } = session;
  const largest = reader.hasAck ? expandNumber(reader.ackLargestLow, ledger.next - 1) : -1;
  if (packet === undefined) return false;
  if (reader.hasAck && ledger.isForged(largest, reader.ackBitsLow, reader.ackBitsHigh)) {
    session.context.counters.forgedAcks++;
    return false;
  }
  for (let i = 0; i < reader.frameCount; i++) {
    const frame = reader.frames[i] as Frame;
    const carries = frame.kind === FRAME_MESSAGE || frame.kind === FRAME_FRAGMENT;
    if (carries && frame.message >= MESSAGE_WINDOW_MAX) return false;
  }
  // A copy of an old packet is no sign of life.
  const isNew = session.received.arrived(packet);
  if (isNew) {
    session.noteHeard(nowUs);
    takeWord(session, reader.path);
  }
  if (reader.path.hasChallenge) session.path.reply = { ...reader.path.challenge };
  if (reader.hasAck) applyAcknowledgement(session, reader, largest, nowUs);
  if (isNew) takeHelp(session, reader.help, nowUs);
  const closes = applyFrames(session, reader, bytes, packet, nowUs);
  if (closes) takeDown(session, "closed");
  return true;
}

/** What the peer says of itself; its newest word counts. */
function takeWord(session: Session, said: PathFrames): void {
  const { outbox, context } = session;
  if (said.hasCredit) outbox.credit.told(said.creditLimitLow, said.creditBytes, outbox.nextNumber);
  if (said.hasCoordinate && !context.places.heard(session, said.coordinate)) {
    context.counters.implausible++;
  }
}

/** What the peer wants to know of others, or says of them. */
function takeHelp(session: Session, help: HelpFrames, nowUs: number): void {
  const { errands, inquiries } = session.context;
  if (help.hasAsk) errands.asked(session, help.ask, help.ask, nowUs);
  if (help.hasVouch) inquiries.vouched(session, help.vouch);
}

/** True if the peer says farewell. */
function applyFrames(
  session: Session,
  reader: PacketReader,
  bytes: Uint8Array,
  packet: number,
  nowUs: number,
): boolean {
  const { duplicates } = session;
  const { counters } = session.context;
  const duplicatesBefore = counters.duplicates;
  const floor = reader.hasFloor ? expandNumber(reader.floorLow, duplicates.floor) : 0;
  duplicates.raiseFloor(floor);
  session.reassembly?.dropBelow(duplicates.floor);
  if (reader.ordered) expectOrder(session);
  let asks = false;
  let allAccepted = true;
  let closes = false;
  for (let i = 0; i < reader.frameCount; i++) {
    const frame = reader.frames[i] as Frame;
    if (frame.kind === FRAME_MESSAGE || frame.kind === FRAME_FRAGMENT) {
      asks = true;
      const message = floor + frame.message;
      const reason = takeFrame(session, frame, message, bytes, nowUs);
      if (reason === ACCEPTED) continue;
      allAccepted = false;
      refuse(session, packet, message, reason);
    } else if (frame.kind === FRAME_PING) {
      asks = true;
      // With a credit it asks for ours.
      session.path.creditDue ||= reader.path.hasCredit;
    } else if (frame.kind === FRAME_CLOSE) closes = true;
    else applyReport(session, frame, nowUs);
  }
  session.ordered?.release();
  // A packet with a declined message is never acknowledged: its number would say "delivered".
  if (!allAccepted) return closes;
  const arrival = session.received.accept(packet, nowUs);
  noteRepeated(session, arrival, counters.duplicates - duplicatesBefore);
  if (asks) session.received.wantsAck(arrival, reader.immediate, nowUs);
  return closes;
}

/** From the first packet on that says so, which may not be the first that was sent. */
function expectOrder(session: Session): void {
  const { reassembly, options, events } = session.context;
  session.ordered ??= new OrderedInbox(
    session.duplicates,
    reassembly,
    options.reassemblyPeerBytes,
    (message, bytes) => events.push({ kind: "message", from: session.peer, message, bytes }),
  );
}

/** What the peer has to say of our packets, or of itself. */
function applyReport(session: Session, frame: Frame, nowUs: number): void {
  if (frame.kind === FRAME_REFUSE) applyRefusal(session, frame, nowUs);
  else if (frame.kind === FRAME_REPEATED) session.loss.duplicatesReported(frame.count);
  else if (frame.kind === FRAME_LATE) peerLate(session, frame.lateUs, nowUs);
}

/** So much in the packet was here before. One that the network doubled says nothing of our peer's patience. */
function noteRepeated(session: Session, arrival: Arrival, count: number): void {
  if (arrival === "duplicate" || arrival === "old") return;
  session.repeated = (session.repeated + count) & 0xffff;
}

function refuse(session: Session, packet: number, message: number, reason: number): void {
  session.context.counters.declined++;
  if (session.refusals.length < REFUSALS_MAX) {
    session.refusals = [...session.refusals, { packet, message, reason }];
  }
}

/** `ACCEPTED`, or the index of the reason why not. The same message always gets the same answer. */
function takeFrame(
  session: Session,
  frame: Frame,
  message: number,
  datagram: Uint8Array,
  nowUs: number,
): number {
  const { duplicates, context } = session;
  const known = duplicates.known(message);
  if (known === "accepted") {
    context.counters.duplicates++;
    return ACCEPTED;
  }
  if (known === "refused") return duplicates.refusal(message);
  const body = datagram.subarray(frame.start, frame.end);
  let reason: number;
  if (frame.kind === FRAME_FRAGMENT) {
    reason = takeFragment(session, frame, message, body, nowUs);
  } else {
    reason = known === "partial" ? INVALID : takeMessage(session, message, body, false);
  }
  if (reason !== ACCEPTED) {
    session.reassembly?.drop(message);
    duplicates.refuse(message, reason);
  }
  return reason;
}

function takeFragment(
  session: Session,
  frame: Frame,
  message: number,
  body: Uint8Array,
  nowUs: number,
): number {
  const { index, count } = frame;
  const { options, codec, reassembly: budget } = session.context;
  session.reassembly ??= new Reassembly(options, budget, codec.messageBytesMax);
  const outcome = session.reassembly.add(message, index, count, body, nowUs);
  if (outcome.kind === "refused") return reasonIndex(outcome.reason);
  if (outcome.kind === "more" || outcome.kind === "again") {
    if (outcome.kind === "again") session.context.counters.duplicates++;
    session.duplicates.begin(message);
    return ACCEPTED;
  }
  const reason = takeMessage(session, message, outcome.bytes, true);
  session.reassembly.drop(message);
  if (session.reassembly.size === 0) session.reassembly = undefined;
  return reason;
}

/** Decodes and queues a whole message: what "delivered" means. `ours`: nobody else has these bytes. */
function takeMessage(session: Session, message: number, bytes: Uint8Array, ours: boolean): number {
  const { context } = session;
  if (bytes.length > context.codec.messageBytesMax) return TOO_LARGE;
  const { inboxMessages, inboxBytes } = context.options;
  const { messageBytes } = context.events;
  const messages = context.events.messages + (session.ordered?.size ?? 0);
  if (messages >= inboxMessages || messageBytes + bytes.length > inboxBytes) return QUEUE_FULL;
  let decoded: Message;
  try {
    decoded = context.codec.decode(bytes, ours);
  } catch (error) {
    if (!(error instanceof SkipnetError)) {
      context.log.error("udp.decode", { message: String(error) });
    }
    return INVALID;
  }
  const { ordered } = session;
  if (ordered !== undefined && !ordered.hold(message, decoded, bytes.length)) return QUEUE_FULL;
  session.duplicates.accept(message);
  context.counters.messagesReceived++;
  if (ordered === undefined) {
    const from = session.peer;
    context.events.push({ kind: "message", from, message: decoded, bytes: bytes.length });
  }
  return ACCEPTED;
}

/** The peer declined a message by name; what travelled in the same packet goes out again. */
function applyRefusal(session: Session, frame: Frame, nowUs: number): void {
  const { ledger, outbox } = session;
  const message = outbox.get(expandNumber(frame.message, outbox.nextNumber));
  const packet = ledger.get(expandNumber(frame.packet, ledger.next - 1));
  const reason = REFUSE_REASONS[frame.reason] ?? "declined";
  const carried = packet?.chunks.some((chunk) => chunk.message === message) ?? false;
  if (message !== undefined) {
    if (packet === undefined || carried) session.settle(message, refused(reason));
  }
  if (packet === undefined) return;
  packetAnswered(session, packet, nowUs);
  for (const chunk of packet.chunks) outbox.lost(chunk, packet.number);
  session.giveUpOvertaken(nowUs);
  session.answered(nowUs);
}
