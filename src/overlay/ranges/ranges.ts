import type { Ref } from "../../core/contacts.ts";
import { SkipnetError } from "../../core/errors.ts";
import { compareName, utf8Bytes } from "../../core/names.ts";
import type { CancelTimer, Deferred } from "../../core/world.ts";
import { type Peer, RETURN_TO_SENDER } from "../../transport/transport.ts";
import type { Message, MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import type { HandlesMessages, RegisterHandler, Returned } from "../handlers.ts";
import type { Member, OperationOptions } from "../overlay.ts";
import type { Servers } from "../served.ts";
import { Gaps, type NameRange } from "./gaps.ts";
import { RANGE_NAME_BYTES_MAX, RangePart, RangeTask } from "./messages.ts";
import { split } from "./split.ts";

/** Nodes whose answers one query collects, unless its caller says otherwise. */
export const RANGE_LIMIT = 10_000;
/** Queries that one process may have open at once. */
export const OPEN_RANGES_MAX = 4_096;
/** Missing pieces that are asked for again at once. */
const GAPS_ASKED_MAX = 16;
/** What the field holds: a longer way is given up, and its piece is missing. */
const DEPTH_MAX = 255;
const ID_MAX = 0xffff_ffff;

/** Options of a range query. */
export interface RangeOptions extends OperationOptions {
  /** The node before `low` is asked too: it holds the objects called `low` and what follows. */
  readonly withOwner?: boolean | undefined;
  /** Most nodes whose answers are taken; the query ends there. */
  readonly limit?: number | undefined;
  /** Gets each answer as it comes, in no order; they are not collected then. */
  readonly onAnswer?: ((answer: RangeAnswer) => void) | undefined;
}

/** What one node of the range answered. */
export interface RangeAnswer {
  readonly by: Ref;
  readonly name: string;
  /** Hops from the origin to it. */
  readonly depth: number;
  readonly body: Message | undefined;
}

/** What came of a range query. */
export interface RangeReply {
  /** In name order; empty where they were handed over one by one. */
  readonly answers: readonly RangeAnswer[];
  readonly count: number;
  /** Names for which nobody answered in time, or which lie past the limit; none: all were asked. */
  readonly missing: readonly NameRange[];
  readonly isOverLimit: boolean;
}

interface OpenRange {
  readonly member: Member;
  readonly range: NameRange;
  readonly body: Message | undefined;
  readonly options: RangeOptions;
  readonly endsUs: number;
  readonly deferred: Deferred<RangeReply>;
  readonly gaps: Gaps;
  /** BOUNDED: the limit of the query. */
  readonly seen: Set<Ref>;
  /** BOUNDED: the same. */
  readonly answers: RangeAnswer[];
  readonly onAbort: () => void;
  tries: number;
  cancelTimer: CancelTimer;
}

/**
 * Range queries: all nodes of a piece of the name space, in parallel. Each splits its piece between the
 * nodes that it knows there; answers go straight to the origin, which adds up the names they speak for,
 * and so knows what is missing. When nothing fails each node is asked once; what is missing is asked for
 * again, so that under failures one may be asked twice. It is answered once.
 */
export class Ranges implements HandlesMessages {
  readonly #net: Context;
  readonly #servers: Servers;
  /** BOUNDED: `OPEN_RANGES_MAX`; each leaves at its deadline. */
  readonly #open = new Map<number, OpenRange>();
  #nextId = 0;

  constructor(net: Context, servers: Servers) {
    this.#net = net;
    this.#servers = servers;
  }

  register(on: RegisterHandler): void {
    on(RangeTask, (member, task, from) => this.#onTask(member, task, from));
    on(RangePart, (_member, part) => this.#onPart(part));
  }

  /**
   * Asks the nodes whose names lie from `low` to before `high`. Rejects with `E_NAME` for a range that is
   * empty or too long a name, `E_QUEUE_FULL`, `E_NOT_MEMBER`, `E_ABORTED`; with `E_DEADLINE` where
   * nobody answered at all. Else what is missing stands in the reply.
   */
  query(
    member: Member,
    range: NameRange,
    body: Message | undefined,
    options: RangeOptions,
  ): Promise<RangeReply> {
    const { world } = this.#net;
    const deferred = world.deferred<RangeReply>();
    const refusal = this.#refusal(member, range, options);
    if (refusal !== undefined) {
      deferred.reject(refusal);
      return deferred.promise;
    }
    const id = this.#takeId();
    const onAbort = (): void => this.#fail(id, new SkipnetError("E_ABORTED", "the caller gave up"));
    options.signal?.addEventListener("abort", onAbort);
    this.#open.set(id, {
      member,
      range,
      body,
      options,
      endsUs: world.nowUs() + options.deadlineUs,
      deferred,
      gaps: new Gaps(range),
      seen: new Set(),
      answers: [],
      onAbort,
      tries: 0,
      cancelTimer: () => undefined,
    });
    this.#try(id);
    return deferred.promise;
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) {
      this.#fail(id, new SkipnetError("E_ABORTED", "the node was closed"));
    }
  }

  /** Somebody does not answer: the others whom the member knows get the piece. */
  onReturn(member: Member, { message }: Returned): boolean {
    if (!RangeTask.is(message)) return RangePart.is(message);
    this.#work(member, message);
    return true;
  }

  #refusal(
    member: Member,
    { low, high }: NameRange,
    options: RangeOptions,
  ): SkipnetError | undefined {
    if (this.#net.state(member) !== "in") return new SkipnetError("E_NOT_MEMBER", "join first");
    if (options.signal?.aborted === true) {
      return new SkipnetError("E_ABORTED", "aborted before it was sent");
    }
    if (this.#open.size >= OPEN_RANGES_MAX) {
      return new SkipnetError("E_QUEUE_FULL", `over ${OPEN_RANGES_MAX} open range queries`);
    }
    if (Math.max(utf8Bytes(low), utf8Bytes(high)) > RANGE_NAME_BYTES_MAX) {
      return new SkipnetError(
        "E_NAME",
        `an end of the range is over ${RANGE_NAME_BYTES_MAX} bytes`,
      );
    }
    if (compareName(low, high) < 0) return undefined;
    return new SkipnetError("E_NAME", "the range is empty: its end comes no later than its start");
  }

  #try(id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    const net = this.#net;
    const leftUs = open.endsUs - net.world.nowUs();
    if (leftUs <= 0) {
      this.#end(id, false);
      return;
    }
    open.tries++;
    const waitUs = Math.min(leftUs, net.options.firstTryMs * 1000 * open.tries);
    open.cancelTimer = net.world.after(open.member, waitUs, () => this.#try(id));
    for (const { low, high } of open.gaps.all.slice(0, GAPS_ASKED_MAX)) {
      this.#work(
        open.member,
        RangeTask.make({
          id,
          origin: net.self(open.member),
          low,
          high,
          withOwner: open.options.withOwner === true && low === open.range.low,
          depth: 0,
          remainingMs: Math.ceil(leftUs / 1000),
          body: open.body,
        }),
      );
    }
  }

  #onTask(member: Member, task: MessageOf<typeof RangeTask>, from: Peer): void {
    const net = this.#net;
    if (net.state(member) !== "in" || compareName(task.low, task.high) >= 0) return;
    const remainingMs = Math.round(task.remainingMs - net.oneWayUs(member, from) / 1000);
    if (remainingMs > 0) this.#work(member, { ...task, remainingMs });
  }

  /** Delegates what is others' and answers what is the member's own. */
  #work(member: Member, task: MessageOf<typeof RangeTask>): void {
    const net = this.#net;
    if (task.depth >= DEPTH_MAX) return;
    const { own, isAsked, parts } = split(net, member, task, task.withOwner);
    for (const { to, low, high } of parts) {
      const part = { ...task, low, high, depth: task.depth + 1 };
      // Only the lowest piece begins with the name whose owner is asked.
      part.withOwner = task.withOwner && low === task.low;
      net.send(member, to, part, RETURN_TO_SENDER);
    }
    if (own !== undefined) this.#answer(member, task, own, isAsked);
  }

  #answer(
    member: Member,
    { id, origin, depth, remainingMs, body }: MessageOf<typeof RangeTask>,
    { low, high }: NameRange,
    isAsked: boolean,
  ): void {
    const { contacts } = this.#net;
    // An answer may come long after: a passing contact is remembered by value until then.
    const asker = contacts.remember(origin);
    const reply = (answer: Message | undefined): void => {
      const by = this.#net.self(member);
      const part = RangePart.make({ id, by, low, high, isAsked, depth, body: answer });
      const to = contacts.recall(asker);
      if (to === by) this.#onPart(part);
      else this.#net.send(member, to, part);
    };
    if (body === undefined || !isAsked) reply(undefined);
    else {
      this.#servers.serve(member, {
        body,
        origin,
        remainingUs: remainingMs * 1000,
        hops: depth,
        holders: [],
        reply,
        // Says nothing: its names stay missing.
        decline: () => undefined,
      });
    }
  }

  #onPart({ id, by, low, high, isAsked, depth, body }: MessageOf<typeof RangePart>): void {
    const open = this.#open.get(id);
    if (open === undefined || by < 0) return;
    const { contacts } = this.#net;
    if (isAsked && !open.seen.has(by)) {
      const answer = { by, name: contacts.name(by), depth, body };
      contacts.keep(by);
      open.seen.add(by);
      if (open.options.onAnswer !== undefined) open.options.onAnswer(answer);
      else open.answers.push(answer);
    }
    open.gaps.fill({ low, high });
    if (open.gaps.all.length === 0) this.#end(id, false);
    else if (open.seen.size >= (open.options.limit ?? RANGE_LIMIT)) this.#end(id, true);
  }

  #end(id: number, isOverLimit: boolean): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    const missing = open.gaps.all;
    if (missing.length === 1 && missing[0] === open.range) {
      this.#fail(id, new SkipnetError("E_DEADLINE", "nobody of the range answered"));
      return;
    }
    this.#close(id, open);
    const answers = open.answers.sort((a, b) => compareName(a.name, b.name));
    open.deferred.resolve({ answers, count: open.seen.size, missing, isOverLimit });
  }

  #fail(id: number, error: SkipnetError): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#close(id, open);
    open.deferred.reject(error);
  }

  #close(id: number, open: OpenRange): void {
    this.#open.delete(id);
    open.cancelTimer();
    open.options.signal?.removeEventListener("abort", open.onAbort);
    for (const node of open.seen) this.#net.contacts.release(node);
  }

  #takeId(): number {
    do {
      this.#nextId = this.#nextId >= ID_MAX ? 1 : this.#nextId + 1;
    } while (this.#open.has(this.#nextId));
    return this.#nextId;
  }
}
