import type { TimeParts } from "../load/operation.ts";
import type { OperationSpan, ReceiveEvent, SendEvent, TraceBatch } from "./events.ts";

/** Steps of one operation's way back; a longer one is not followed. */
const STEPS_MAX = 500;

interface Sent extends SendEvent {
  readonly process: number;
}
interface Received extends ReceiveEvent {
  readonly process: number;
}

/** Everything that the processes of one run saw, put together. */
export interface TraceIndex {
  readonly sendByKey: ReadonlyMap<string, Sent>;
  readonly receiveByKey: ReadonlyMap<string, Received>;
  /** Answers to routes, by the process where they arrived and the route's id. */
  readonly routeAnswers: ReadonlyMap<string, Received>;
  /** What was sent on somebody's account in one process, in order of time. */
  readonly sendsByCause: ReadonlyMap<string, readonly Sent[]>;
}

const at = (process: number, cause: string): string => `${process} ${cause}`;

/** One batch a process. */
export function indexTraces(batches: readonly TraceBatch[]): TraceIndex {
  const sendByKey = new Map<string, Sent>();
  const receiveByKey = new Map<string, Received>();
  const routeAnswers = new Map<string, Received>();
  const sendsByCause = new Map<string, Sent[]>();
  batches.forEach(({ sends, receives }, process) => {
    for (const send of sends) {
      const sent = { ...send, process };
      sendByKey.set(send.key, sent);
      const cause = at(process, send.cause);
      const list = sendsByCause.get(cause);
      if (list === undefined) sendsByCause.set(cause, [sent]);
      else list.push(sent);
    }
    for (const receive of receives) {
      // The first arrival is what acted; a second one is a duplicate.
      if (receiveByKey.has(receive.key)) continue;
      const received = { ...receive, process };
      receiveByKey.set(receive.key, received);
      const [kind, , id] = receive.key.split(" ");
      if (kind === "arrived") routeAnswers.set(`${process} ${id}`, received);
    }
  });
  return { sendByKey, receiveByKey, routeAnswers, sendsByCause };
}

type Parts = { -readonly [K in keyof TimeParts]: TimeParts[K] };

/**
 * Where the time of an operation went: its critical path, walked backwards from its end. At each
 * process the last thing that it waited for before it went on is the answer that arrived last; from
 * there the walk goes on at the sender. Every microsecond between start and end falls in one part:
 *
 * - `queue`: between the intended and the real start;
 * - `handler`: a process had everything it needed, and worked, was held up by its own event loop, or
 *   paused before a retry;
 * - `loop`: a message had been sent, and its receiver was busy with something else;
 * - `wire`: a message had been sent, and its receiver was not busy: sockets, kernel, network, and the
 *   wait for a processor;
 * - `retransmit`: what a message took beyond the usual round trip, where it took longer than the
 *   retransmission timeout; and waiting for a request that was never answered, before another was sent.
 *
 * Undefined where a link is missing: a process died before it told, or a limit was reached.
 */
export function timeParts(
  span: OperationSpan,
  client: number,
  index: TraceIndex,
): TimeParts | undefined {
  const parts: Parts = {
    queueUs: span.startUs - span.intendedUs,
    loopUs: 0,
    wireUs: 0,
    retransmitUs: 0,
    handlerUs: 0,
  };
  const walk = { index, parts, stepsLeft: STEPS_MAX };
  return walkBack(walk, { process: client, cause: span.id, fromUs: span.startUs }, span.endUs)
    ? parts
    : undefined;
}

interface Walk {
  readonly index: TraceIndex;
  readonly parts: Parts;
  stepsLeft: number;
}

/** One account in one process: an operation at its client, or a message where it was handled. */
interface Account {
  readonly process: number;
  readonly cause: string;
  readonly fromUs: number;
}

/** Explains the time of an account up to `untilUs`; false: a link is missing. */
function walkBack(walk: Walk, account: Account, untilUs: number): boolean {
  let until = untilUs;
  while (until > account.fromUs) {
    if (walk.stepsLeft-- <= 0) return false;
    const before = latestBefore(walk.index, account, until);
    if (before === undefined) {
      walk.parts.handlerUs += until - account.fromUs;
      return true;
    }
    if (before.answer === undefined) {
      // Nobody answered: this time was spent waiting in vain.
      walk.parts.retransmitUs += until - before.sent.atUs;
      until = before.sent.atUs;
      continue;
    }
    walk.parts.handlerUs += until - before.answer.atUs;
    const requestedUs = explainAnswer(walk, before.answer, account);
    if (requestedUs === undefined) return false;
    until = requestedUs;
  }
  return true;
}

interface Before {
  readonly sent: Sent;
  readonly answer: Received | undefined;
}

/** What an account waited for last before this time: an answer that had come, or else a send in vain. */
function latestBefore(index: TraceIndex, account: Account, untilUs: number): Before | undefined {
  let answered: Before | undefined;
  let inVain: Sent | undefined;
  for (const sent of index.sendsByCause.get(at(account.process, account.cause)) ?? []) {
    if (sent.atUs >= untilUs) continue;
    const [kind] = sent.key.split(" ");
    const answer = answerTo(index, sent);
    if (answer !== undefined && answer.atUs <= untilUs) {
      if (answered?.answer === undefined || answer.atUs > answered.answer.atUs) {
        answered = { sent, answer };
      }
      // The tries of a route share one answer: it belongs to a later try.
    } else if (kind === "route" || (kind === "call" && answer === undefined)) inVain ??= sent;
  }
  return answered ?? (inVain === undefined ? undefined : { sent: inVain, answer: undefined });
}

/** The answer to a request, where it arrived in the process that asked. */
function answerTo(index: TraceIndex, sent: Sent): Received | undefined {
  const [kind, who, id] = sent.key.split(" ");
  if (kind === "route") return index.routeAnswers.get(`${sent.process} ${id}`);
  if (kind !== "call") return undefined;
  const answer = index.receiveByKey.get(`answer ${who} ${id}`);
  return answer?.process === sent.process ? answer : undefined;
}

/**
 * Explains the time from a request to its answer's arrival: the answer's way, the account that sent
 * it, and, as a request may be passed on, the way there. Gives when the asker sent it.
 */
function explainAnswer(walk: Walk, answer: Received, asker: Account): number | undefined {
  let arrival = answer;
  for (;;) {
    if (walk.stepsLeft-- <= 0) return undefined;
    const sent = walk.index.sendByKey.get(arrival.key);
    if (sent === undefined || sent.atUs > arrival.atUs) return undefined;
    explainTransit(walk.parts, sent, arrival);
    if (sent.process === asker.process && sent.cause === asker.cause) return sent.atUs;
    const handled = walk.index.receiveByKey.get(sent.cause);
    if (handled === undefined || handled.process !== sent.process) return undefined;
    const account = { process: sent.process, cause: sent.cause, fromUs: handled.atUs };
    if (!walkBack(walk, account, sent.atUs)) return undefined;
    arrival = handled;
  }
}

function explainTransit(parts: Parts, sent: Sent, arrival: Received): void {
  const transitUs = arrival.atUs - sent.atUs;
  const loopUs = Math.max(0, arrival.atUs - Math.max(sent.atUs, arrival.busySinceUs));
  const wayUs = transitUs - loopUs;
  const { srttUs, rtoUs } = sent;
  const late = srttUs !== undefined && rtoUs !== undefined && wayUs > rtoUs;
  const retransmitUs = late ? Math.max(0, wayUs - srttUs) : 0;
  parts.loopUs += loopUs;
  parts.retransmitUs += retransmitUs;
  parts.wireUs += wayUs - retransmitUs;
}
