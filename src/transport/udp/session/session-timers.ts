import { nextJudgementUs } from "../failure/silence.ts";
import type { Session } from "./session.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** When something is due in this session at the earliest; `Infinity`: nothing is. */
export function nextWakeUs(session: Session, nowUs: number): number {
  if (session.isDown) return NEVER;
  const { ledger, outbox, path, reassembly, received, watch } = session;
  const probeUs = ledger.inFlight === 0 ? (watch?.dueUs ?? NEVER) : NEVER;
  const sendUs = maySend(session) ? session.congestion.opensUs(nowUs) : NEVER;
  let wakeUs = Math.min(roundEndUs(session), session.lossDueUs, probeUs, outbox.deadlineCheckUs);
  wakeUs = Math.min(wakeUs, received.dueUs, tailDueUs(session), path.decideUs, sendUs);
  wakeUs = Math.min(wakeUs, outbox.credit.askDueUs, reassembly?.expiryUs() ?? NEVER);
  return Math.min(wakeUs, nextJudgementUs(session, nowUs));
}

/** When the round that is running ends. */
export function roundEndUs({ accrual, context, roundStartUs, rtt, state, tail }: Session): number {
  if (roundStartUs === NEVER) return NEVER;
  const { backoff, maxRtoUs } = context.options;
  // Probes ask for an answer at once.
  const isPrompt = tail?.isAlone === true || accrual.rounds > 0;
  const rtoUs = isPrompt ? rtt.promptRtoUs : rtt.rtoUs;
  if (state === "suspect") return roundStartUs + rtoUs;
  return roundStartUs + Math.min(maxRtoUs, Math.round(rtoUs * backoff ** accrual.rounds));
}

/** When the tail of the flight is asked about. */
export function tailDueUs({ accrual, ledger, lossDueUs, rtt, tail }: Session): number {
  const asks = accrual.rounds === 0 && ledger.inFlight > 0 && lossDueUs === NEVER;
  return asks ? (tail?.dueUs(rtt) ?? NEVER) : NEVER;
}

/** Whether time alone keeps back what waits. */
function maySend({ path, ledger, outbox, resolved, state }: Session): boolean {
  const isOpen = state === "up" && resolved && path.check === undefined && ledger.hasRoom;
  // Where the address has to prove itself first, its packets open the way, not time.
  return isOpen && path.allowanceBytes === NEVER && outbox.hasWork;
}
