import type { PeerReason, RefusedReason, UnknownReason, Verdict } from "../../transport.ts";
import { refused, unknown } from "../../transport.ts";
import { expandNumber } from "../packet/numbers.ts";
import { DuplicateWindow } from "./duplicates.ts";
import { SentLedger } from "./ledger.ts";
import { ReceivedPackets } from "./received.ts";
import type { Session } from "./session.ts";

/** What the sender of an unanswered message is told when the peer goes down. */
const UNKNOWN_FOR: Readonly<Record<PeerReason, UnknownReason>> = {
  heard: "silent",
  silent: "silent",
  refused: "silent",
  restarted: "restarted",
  reset: "reset",
  closed: "closed",
  conflict: "reset",
};

/** The end of the peer's life, or of our trust in it. For a silence it can be undone: `beginAnew`. */
export function takeDown(session: Session, reason: PeerReason): void {
  if (session.isDown) return;
  session.state = "down";
  session.downReason = reason;
  session.downUs = session.context.nowUs;
  const neverAnswered = mayReturn(session);
  if (neverAnswered && session.heard) session.givenUp = true;
  settleAll(session, unknown(UNKNOWN_FOR[reason]), neverAnswered ? "neverSent" : "peerDown");
  forgetConversation(session);
  session.context.backPressure.forget(session);
  session.context.directory.died(session.peer);
  session.tell("down", reason);
}

/** We close: everything gets its verdict, and nobody is told but the peer. */
export function closeSession(session: Session): void {
  if (session.isDown) return;
  session.state = "down";
  settleAll(session, unknown("closed"), "closed");
  session.context.backPressure.forget(session);
  forgetConversation(session);
}

/**
 * The peer has forgotten this session, or begun a new one; it is the same life. What was on the
 * network is of unknown fate; what was not goes out in a new session.
 */
export function renewSession(session: Session): void {
  for (const message of session.outbox.unsettled()) {
    if (message.number >= 0) session.settle(message, unknown("reset"));
  }
  forgetConversation(session);
  session.identify();
  if (session.state === "suspect") session.become("up", "heard");
  session.wantsPing = session.watch !== undefined;
}

/** Down for a silence that may have been the network's: it may prove to live. */
export function mayReturn({ downReason }: Session): boolean {
  return downReason === "silent" || downReason === "refused";
}

/** Went down so long ago that another attempt to reach it is worth its packets. */
export function mayTryAgain(session: Session): boolean {
  const { nowUs, options } = session.context;
  return mayReturn(session) && nowUs - session.downUs >= options.retryDownUs;
}

/** As if the peer had never been met, but for what is known of the way to it: it may live after all. */
export function beginAnew(session: Session): void {
  session.state = "up";
  session.downReason = undefined;
  session.heard = false;
  renewSession(session);
}

/** The peer took nothing of what is on the network, and says so of this packet: all of it goes out again. */
export function takeBack(session: Session, packetLow: number, nowUs: number): void {
  const { ledger, outbox } = session;
  const asked = ledger.get(expandNumber(packetLow, ledger.next - 1));
  if (asked !== undefined) session.rtt.sample(nowUs - asked.sentUs, 0);
  for (const packet of ledger.takeBack()) {
    for (const chunk of packet.chunks) outbox.lost(chunk, packet.number);
    if (packet.chunks.length === 0) session.wantsPing = true;
  }
  session.congestion.restart();
  session.lossDueUs = Number.POSITIVE_INFINITY;
}

function settleAll(session: Session, sent: Verdict, unsent: RefusedReason): void {
  for (const message of session.outbox.unsettled()) {
    session.settle(message, message.number < 0 ? refused(unsent) : sent);
  }
}

/** A new conversation, with nothing said yet. Only messages never sent may be left. */
function forgetConversation(session: Session): void {
  const { options, firstNumber } = session.context;
  session.congestion.restart();
  session.outbox.restart(firstNumber);
  session.ledger = new SentLedger(firstNumber);
  session.received = new ReceivedPackets(options, session.numbers);
  session.ordered?.releaseAll();
  session.ordered = undefined;
  session.duplicates = new DuplicateWindow();
  session.reassembly?.dropAll();
  session.reassembly = undefined;
  session.refusals = [];
  session.path.endCheck();
  session.path.limitTold = -1;
  session.path.creditDue = false;
  session.context.offers.forget(session);
  session.repeated = 0;
  session.repeatedTold = 0;
  session.loss.restart();
  session.tail = undefined;
  session.roundStartUs = Number.POSITIVE_INFINITY;
  session.lossDueUs = Number.POSITIVE_INFINITY;
  session.accrual.reset();
  session.wantsProbe = false;
  session.wantsTailProbe = false;
  session.wantsPing = false;
}
