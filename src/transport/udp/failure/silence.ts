import { Lateness } from "../../detector/lateness.ts";
import type { Witnesses } from "../../detector/outage.ts";
import * as detector from "../../detector/silent-death.ts";
import { RETURN_TO_SENDER, refused, unknown } from "../../transport.ts";
import type { Session } from "../session/session.ts";
import { takeDown } from "../session/session-ends.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** An answer is usual within so many of the shortest round trips. */
const PROMPT_RTTS = 4;

/** A round ended, and nothing of what was sent in it or before was answered. */
export function roundUnanswered(session: Session, nowUs: number): void {
  session.accrual.unanswered(nowUs, session.loss.loss);
  session.roundStartUs = nowUs;
  session.wantsProbe = true;
  judgeSilence(session, nowUs);
}

/** Doubts the peer, suspects it or declares it down, where its silence is long enough for that. */
export function judgeSilence(session: Session, nowUs: number): void {
  const { accrual } = session;
  if (doubtAtUs(session) <= nowUs) {
    accrual.doubted();
    session.context.events.push({ kind: "doubt", host: session.host, port: session.port });
  }
  const { inquiries } = session.context;
  if (accrual.isSuspect && session.state === "up") suspect(session, nowUs);
  if (downAtUs(session, nowUs) <= nowUs) {
    takeDown(session, accrual.isRefused ? "refused" : "silent");
    inquiries.end(session);
  } else if (inquiries.dueUs(session) <= nowUs) inquiries.askAgain(session, nowUs);
}

/** When there is something to judge, should the peer stay silent; `Infinity` before it owes an answer. */
export function nextJudgementUs(session: Session, nowUs: number): number {
  // The usual case, and asked after every packet.
  if (!session.accrual.isOwed) return NEVER;
  const dueUs = Math.min(doubtAtUs(session), downAtUs(session, nowUs));
  if (session.state !== "suspect") return dueUs;
  return Math.min(dueUs, session.context.inquiries.dueUs(session));
}

/** The peer's host says that nobody listens there: the peer is asked once more. */
export function refusedByHost(session: Session, nowUs: number): void {
  if (session.isDown || session.accrual.silenceUs(nowUs) === 0) return;
  session.accrual.refused(nowUs);
  session.wantsProbe = true;
}

/** How sessions are asked whether it is our own network that is silent. */
export const witnesses = (all: () => Iterable<Session>): Witnesses<Session> => ({
  all,
  isAtRest: ({ watch, ledger }) => watch !== undefined && ledger.inFlight === 0,
  ask: (session) => {
    session.wantsPing = true;
    session.context.touch(session);
  },
});

/** The peer runs, or answers, so late. */
export function peerLate(session: Session, us: number, nowUs: number): void {
  if (us <= 0) return;
  session.lateness ??= new Lateness(session.context.options);
  detector.peerLate(session, session.context, us, nowUs);
}

function doubtAtUs(session: Session): number {
  const { accrual, rtt } = session;
  // Nobody knows how long a peer never heard usually takes.
  const usualUs = session.heard ? answerUs(session) + rtt.peerAckDelayUs : rtt.rtoUs;
  return accrual.doubtAtUs(Math.min(usualUs, rtt.rtoUs));
}

/** When the peer is `down` if it stays silent and no further round is needed; else `Infinity`. */
function downAtUs(session: Session, nowUs: number): number {
  const refusedAtUs = session.accrual.refusedAtUs(answerUs(session));
  const silentAtUs = detector.silentDeathUs(session, session.context, nowUs);
  const { inquiries } = session.context;
  const heldUntilUs = silentAtUs > nowUs ? 0 : inquiries.heldUntilUs(session, nowUs);
  const excusedUs = Math.max(firstAnswerByUs(session, nowUs), heldUntilUs);
  return Math.min(refusedAtUs, Math.max(silentAtUs, excusedUs));
}

/** Until when a peer never heard may be answering over a path longer than any guess. */
function firstAnswerByUs({ heard, accrual, context }: Session, nowUs: number): number {
  if (heard) return 0;
  return nowUs - accrual.silenceUs(nowUs) + context.options.firstSilenceUs;
}

/**
 * How long the peer usually takes to answer what asks for an answer at once, at least `doubtUs`. Of a peer
 * heard a few times only, the mean is mostly the first answer, for which it had to wake up.
 */
function answerUs(session: Session): number {
  const { rtt, context } = session;
  const usualUs = session.srttUs + 4 * (rtt.rttVarUs ?? 0);
  const promptUs = rtt.isSettled ? usualUs : Math.min(usualUs, PROMPT_RTTS * rtt.minRttUs);
  return Math.max(context.options.doubtUs, promptUs);
}

function suspect(session: Session, nowUs: number): void {
  session.become("suspect", "silent");
  session.congestion.withdraw();
  session.context.outage.suspected(session, nowUs);
  session.context.inquiries.begin(session, nowUs);
  for (const message of session.outbox.unsettled()) {
    if (message.token !== RETURN_TO_SENDER) continue;
    session.settle(message, message.number < 0 ? refused("neverSent") : unknown("silent"));
  }
}
