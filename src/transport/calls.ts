import { SkipnetError } from "../core/errors.ts";
import type { CancelTimer, Deferred, World } from "../core/world.ts";
import type { Message } from "../wire/message.ts";
import { Answer, Call, type DeclineReason } from "./messages.ts";
import type { Peer, Port, Token, Transport, Verdict } from "./transport.ts";

/** Calls that one process may have open at once. */
export const OPEN_CALLS_MAX = 1 << 20;
/** Larger tokens are the floors' own. */
export const CALL_TOKEN_MAX = 0x3fff_ffff;

export interface CallOptions {
  /** Whose call it is: its timer dies with this member. */
  readonly member: number;
  readonly deadlineUs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The peer answered that it does not do it. */
export class Declined extends SkipnetError {
  constructor(why: DeclineReason) {
    super("E_REFUSED", `declined: ${why}`);
  }
}

/** A call that arrived. `reply` or `decline` once, at any time. */
export interface ServedCall {
  readonly port: Port;
  readonly from: Peer;
  readonly body: Message;
  readonly remainingUs: number;
  reply(body: Message | undefined): void;
  decline(why: DeclineReason): void;
}

interface OpenCall {
  readonly deferred: Deferred<Message | undefined>;
  readonly cancelTimer: CancelTimer;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
}

/**
 * Promises over the message contract: requests to one peer and their answers. A call ends with its
 * answer, with the verdict that nothing was done or the peer is gone, or with its deadline.
 */
export class Calls {
  readonly #world: World;
  readonly #transport: Transport;
  readonly #serve: (call: ServedCall) => void;
  /** BOUNDED: `OPEN_CALLS_MAX`; each entry leaves at its deadline. */
  readonly #open = new Map<number, OpenCall>();
  #nextId: number;

  constructor(world: World, transport: Transport, serve: (call: ServedCall) => void) {
    this.#world = world;
    this.#transport = transport;
    this.#serve = serve;
    this.#nextId = 1 + world.random("transport.calls").below(1 << 20);
  }

  get openCount(): number {
    return this.#open.size;
  }

  request(
    port: Port,
    to: Peer,
    body: Message,
    { member, deadlineUs, signal }: CallOptions,
  ): Promise<Message | undefined> {
    const deferred = this.#world.deferred<Message | undefined>();
    if (signal?.aborted === true) {
      deferred.reject(new SkipnetError("E_ABORTED", "aborted before it was sent"));
      return deferred.promise;
    }
    if (this.#open.size >= OPEN_CALLS_MAX) {
      deferred.reject(new SkipnetError("E_QUEUE_FULL", `more than ${OPEN_CALLS_MAX} open calls`));
      return deferred.promise;
    }
    const id = this.#takeId();
    const cancelTimer = this.#world.after(member, deadlineUs, () => {
      this.#fail(id, new SkipnetError("E_DEADLINE", `no answer within ${deadlineUs / 1000} ms`));
    });
    const onAbort =
      signal === undefined
        ? undefined
        : () => this.#fail(id, new SkipnetError("E_ABORTED", "the caller gave up"));
    if (onAbort !== undefined) signal?.addEventListener("abort", onAbort);
    this.#open.set(id, { deferred, cancelTimer, signal, onAbort });
    const remainingMs = Math.ceil(deadlineUs / 1000);
    const sent = this.#transport.send(port, to, Call.make({ id, remainingMs, body }), id as Token);
    if (sent === "full")
      this.#fail(id, new SkipnetError("E_QUEUE_FULL", "the queue to the peer is full"));
    return deferred.promise;
  }

  /** True if the message was a call or an answer. */
  onMessage(port: Port, from: Peer, message: Message): boolean {
    if (Call.is(message)) {
      const { id, body, remainingMs } = message;
      const answer = (status: "done" | DeclineReason, reply: Message | undefined): void => {
        this.#transport.send(port, from, Answer.make({ id, status, body: reply }));
      };
      if (body === undefined) answer("unsupported", undefined);
      else {
        this.#serve({
          port,
          from,
          body,
          remainingUs: remainingMs * 1000,
          reply: (reply) => answer("done", reply),
          decline: (why) => answer(why, undefined),
        });
      }
      return true;
    }
    if (!Answer.is(message)) return false;
    const open = this.#close(message.id);
    if (message.status === "done") open?.deferred.resolve(message.body);
    else open?.deferred.reject(new Declined(message.status));
    return true;
  }

  /** True if the verdict was about a call. A failed one need not wait for its deadline. */
  onVerdict(token: Token, verdict: Verdict): boolean {
    if (!this.#open.has(token)) return false;
    if (verdict.outcome === "refused") {
      this.#fail(
        token,
        new SkipnetError("E_REFUSED", `the transport refused it: ${verdict.reason}`),
      );
    } else if (verdict.outcome === "unknown") {
      this.#fail(token, new SkipnetError("E_UNREACHABLE", `the peer is ${verdict.reason}`));
    }
    return true;
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) {
      this.#fail(id, new SkipnetError("E_ABORTED", "the node was closed"));
    }
  }

  #takeId(): number {
    do {
      this.#nextId = this.#nextId >= CALL_TOKEN_MAX ? 1 : this.#nextId + 1;
    } while (this.#open.has(this.#nextId));
    return this.#nextId;
  }

  #fail(id: number, error: SkipnetError): void {
    this.#close(id)?.deferred.reject(error);
  }

  #close(id: number): OpenCall | undefined {
    const open = this.#open.get(id);
    if (open === undefined) return undefined;
    this.#open.delete(id);
    open.cancelTimer();
    if (open.onAbort !== undefined) open.signal?.removeEventListener("abort", open.onAbort);
    return open;
  }
}
