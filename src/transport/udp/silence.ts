import { RETURN_TO_SENDER, refused, unknown } from "../transport.ts";
import { isOwnMachine } from "./host-address.ts";
import type { Session } from "./session.ts";
import { takeDown } from "./session-ends.ts";

/** A round ended, and nothing of what was sent in it or before was answered. */
export function roundUnanswered(session: Session, nowUs: number): void {
  const first = session.accrual.rounds === 0;
  session.accrual.unanswered(session.roundStartUs, session.loss.loss);
  session.roundStartUs = nowUs;
  session.wantsProbe = true;
  judgeSilence(session, nowUs);
  if (first && !session.isDown) {
    session.context.events.push({ kind: "doubt", host: session.host, port: session.port });
  }
}

/** Suspects the peer, or declares it down, where its silence is long enough for that. */
export function judgeSilence(session: Session, nowUs: number): void {
  const { accrual } = session;
  const judgement = accrual.judge(nowUs, session.srttUs, lateUs(session, nowUs));
  if (judgement === "down") takeDown(session, accrual.isRefused ? "refused" : "silent");
  else if (judgement === "suspect" && session.state === "up") suspect(session);
}

/** When the peer is `down` if it stays silent and no further round is needed; else `Infinity`. */
export function downAtUs(session: Session, nowUs: number): number {
  if (session.accrual.rounds === 0) return Number.POSITIVE_INFINITY;
  return session.accrual.downAtUs(session.srttUs, lateUs(session, nowUs));
}

/** The peer's host says that nobody listens there. */
export function refusedByHost(session: Session): void {
  if (session.isDown || session.accrual.rounds === 0) return;
  session.accrual.refused();
  session.wantsProbe = true;
}

/** The peer runs, or answers, so late. */
export function peerLate(session: Session, us: number, nowUs: number): void {
  session.lateness.sample(us, nowUs);
  if (isOwnMachine(session.host)) session.context.machineLateness.sample(us, nowUs);
}

/** How late we, the peer, or others on a machine that we share have lately run. */
function lateUs(session: Session, nowUs: number): number {
  const { ownLateness, machineLateness } = session.context;
  const late = Math.max(ownLateness.at(nowUs), session.lateness.at(nowUs));
  return isOwnMachine(session.host) ? Math.max(late, machineLateness.at(nowUs)) : late;
}

function suspect(session: Session): void {
  session.become("suspect", "silent");
  for (const message of session.outbox.unsettled()) {
    if (message.token !== RETURN_TO_SENDER) continue;
    session.settle(message, message.number < 0 ? refused("neverSent") : unknown("silent"));
  }
}
