import { NO_REF, type Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import type { CancelTimer, Deferred } from "../core/world.ts";
import type { DeclineReason } from "../transport/messages.ts";
import type { MessageOf } from "../wire/message.ts";
import { AnswerTimes } from "./answer-times.ts";
import { DOUBTFUL } from "./carried.ts";
import type { Context } from "./context.ts";
import type { RouteAnswer } from "./messages.ts";
import type { Member, RouteOptions, RouteReply } from "./overlay.ts";

/** Routed requests that one process may have open at once. */
export const OPEN_ROUTES_MAX = 1 << 20;
const ID_MAX = 0x7fff_fffe;

/** Sends one try of a request on its way; `avoid` are the first hops of earlier tries. */
export type SendTry = (id: number, attempt: number, remainingUs: number, avoid: Ref[]) => void;

interface OpenRoute {
  readonly member: Member;
  readonly held: Ref;
  readonly deferred: Deferred<RouteReply>;
  readonly endsUs: number;
  readonly tries: number;
  readonly send: SendTry;
  readonly startedUs: number;
  /** First hops used so far: at most one a try. */
  readonly avoid: Ref[];
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
  attempt: number;
  /** Tries that ended in a no; and those whose no was definite. */
  noes: number;
  declines: number;
  /** Its message came back, perhaps taken, and went elsewhere: no single no speaks for both copies. */
  isCopied: boolean;
  cancelTimer: CancelTimer;
}

/**
 * The origin's side of routed requests: end-to-end acknowledgement by the answer, tries over
 * different routes within the caller's deadline (paper §3.2, §3.3.1). A try waits for the observed
 * mean + 4 deviations of the member's earlier answers, so that a slow route is left long before the deadline.
 */
export class Requests {
  readonly #net: Context;
  /** BOUNDED: `OPEN_ROUTES_MAX`; each leaves at its deadline. */
  readonly #open = new Map<number, OpenRoute>();
  #nextId: number;
  readonly #answerTimes = new AnswerTimes();
  /** Requests answered, by number of tries (index 0: one try). BOUNDED: `tries` ≤ 10. */
  readonly answeredByTries: number[] = [];

  constructor(net: Context) {
    this.#net = net;
    this.#nextId = 1 + net.world.random("overlay.requests").below(1 << 12);
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** `held`: a contact that is kept until the request ends. */
  start(member: Member, held: Ref, options: RouteOptions, send: SendTry): Promise<RouteReply> {
    const { world } = this.#net;
    const deferred = world.deferred<RouteReply>();
    const { deadlineUs, signal } = options;
    if (this.#open.size >= OPEN_ROUTES_MAX) {
      deferred.reject(new SkipnetError("E_QUEUE_FULL", `over ${OPEN_ROUTES_MAX} open requests`));
      return deferred.promise;
    }
    if (signal?.aborted === true) {
      deferred.reject(new SkipnetError("E_ABORTED", "aborted before it was sent"));
      return deferred.promise;
    }
    const id = this.#takeId();
    this.#net.contacts.keep(held);
    const onAbort = (): void => this.#fail(id, new SkipnetError("E_ABORTED", "the caller gave up"));
    signal?.addEventListener("abort", onAbort);
    this.#open.set(id, {
      member,
      held,
      deferred,
      startedUs: world.nowUs(),
      endsUs: world.nowUs() + deadlineUs,
      tries: options.tries ?? this.#net.options.tries,
      send,
      avoid: [],
      signal,
      onAbort: signal === undefined ? undefined : onAbort,
      attempt: 0,
      noes: 0,
      declines: 0,
      isCopied: false,
      cancelTimer: () => undefined,
    });
    this.#try(id);
    return deferred.promise;
  }

  /** Remembers the first hop of the present try: the next one takes another. */
  firstHop(id: number, hop: Ref): void {
    const open = this.#open.get(id);
    if (open !== undefined && hop !== NO_REF && !open.avoid.includes(hop)) open.avoid.push(hop);
  }

  /** Whether somebody still waits for the answer. */
  isOpen(id: number): boolean {
    return this.#open.has(id);
  }

  /** The present try's message came back from its first hop, which may have taken it, and is sent on. */
  copied(id: number): void {
    const open = this.#open.get(id);
    if (open !== undefined) open.isCopied = true;
  }

  onAnswer(answer: MessageOf<typeof RouteAnswer>): void {
    const isDoubtful = answer.id >= DOUBTFUL;
    const id = isDoubtful ? answer.id - DOUBTFUL : answer.id;
    const open = this.#open.get(id);
    if (open === undefined) return;
    if (answer.status !== "done") {
      this.#declined(id, open, answer.status, isDoubtful);
      return;
    }
    this.#learn(open, answer.hops);
    this.#close(id);
    const { by, hops, holders, body } = answer;
    open.deferred.resolve({ by, hops, holders, body, tries: open.attempt });
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) {
      this.#fail(id, new SkipnetError("E_ABORTED", "the node was closed"));
    }
  }

  /** A try ended in a no: the next begins at once. */
  #declined(id: number, open: OpenRoute, why: DeclineReason, isDoubtful: boolean): void {
    open.noes++;
    if (!isDoubtful) open.declines++;
    const isLast = open.attempt >= open.tries || why === "unsupported";
    if (!isLast) {
      open.cancelTimer();
      this.#try(id);
    } else if (open.noes >= open.attempt) {
      // Definite only if no try may have been acted upon.
      const isDefinite = open.declines >= open.attempt && !open.isCopied;
      const code = isDefinite ? "E_NO_ROUTE" : "E_UNREACHABLE";
      this.#fail(id, new SkipnetError(code, `declined: ${why} (try ${open.attempt})`));
    }
    // Else an earlier try declines late: another one may still be answered.
  }

  #try(id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    const nowUs = this.#net.world.nowUs();
    const remainingUs = open.endsUs - nowUs;
    open.attempt++;
    const isLast = open.attempt >= open.tries;
    const waitUs = isLast ? remainingUs : Math.min(remainingUs, this.#tryUs(open));
    open.cancelTimer = this.#net.world.after(open.member, waitUs, () => {
      if (isLast || this.#net.world.nowUs() >= open.endsUs) {
        this.#fail(id, new SkipnetError("E_DEADLINE", `no answer after ${open.attempt} tries`));
      } else this.#try(id);
    });
    open.send(id, open.attempt, remainingUs, open.avoid);
  }

  #tryUs({ member, attempt }: OpenRoute): number {
    const { table, options } = this.#net;
    // Hardly a route takes more: k / 2 hops a level in the mean of the far half, and two to spare.
    const longestHops = (table.topLevel(member) + 1) * (options.k / 2 + 2);
    const lateUs = this.#answerTimes.lateUs(member, longestHops);
    if (lateUs !== undefined) return lateUs * attempt;
    const longestUs = this.#net.neighbourOneWayUs(member) * (longestHops + 1);
    return Math.max(options.firstTryMs * 1000, longestUs) * attempt;
  }

  /** Times of first tries only: it is not known which try an answer answers (Karn). */
  #learn({ member, attempt, startedUs }: OpenRoute, hops: number): void {
    this.answeredByTries[attempt - 1] = (this.answeredByTries[attempt - 1] ?? 0) + 1;
    // A route that ends where it began says nothing of others.
    if (attempt > 1 || hops === 0) return;
    this.#answerTimes.learn(member, this.#net.world.nowUs() - startedUs, hops);
  }

  #takeId(): number {
    do {
      this.#nextId = this.#nextId >= ID_MAX ? 1 : this.#nextId + 1;
    } while (this.#open.has(this.#nextId));
    return this.#nextId;
  }

  #fail(id: number, error: SkipnetError): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#close(id);
    open.deferred.reject(error);
  }

  #close(id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#net.contacts.release(open.held);
    open.cancelTimer();
    if (open.onAbort !== undefined) open.signal?.removeEventListener("abort", open.onAbort);
  }
}
