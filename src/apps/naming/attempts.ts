import type { Ref } from "../../core/contacts.ts";
import { asSkipnetError, type ErrorCode, SkipnetError } from "../../core/errors.ts";
import { hashName } from "../../core/numeric-id.ts";
import type { World } from "../../core/world.ts";
import type { Member, OperationOptions, RouteReply } from "../../overlay/overlay.ts";
import type { Message, MessageType } from "../../wire/message.ts";
import type { Context } from "./context.ts";
import type { MemberState } from "./member-state.ts";
import { Locate } from "./messages.ts";
import type { NotDone, OperationCost, Uncertain } from "./results.ts";
import type { Stamp } from "./stamp.ts";

/** Errors that another attempt would only meet again. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "E_NAME",
  "E_LIMIT",
  "E_TOO_LARGE",
  "E_CLOSED",
  "E_ABORTED",
  "E_INTERNAL",
]);

/** What asking a directory's first holder, as often as it took, came to. */
export interface Reply<Values> {
  /** The last answer, final or not. */
  readonly reply: (Message & Values) | undefined;
  readonly isFinal: boolean;
  /** A holder may have acted upon an attempt before the one that was answered. */
  readonly mayHaveActed: boolean;
  /** Why there is no final answer. */
  readonly error: SkipnetError | undefined;
}

/** Makes the body of a request for the holders that a `Locate` found; by a route: for none. */
export type MakeBody = (holders: readonly Ref[]) => Message;

/** Runs a request at this node itself. */
export type RunHere = (body: Message, remainingUs: number) => Promise<Message | undefined>;

/**
 * One operation's requests: tries, routes anew and backs off within the caller's deadline. All
 * requests are idempotent, so each may be repeated whatever became of it.
 */
export class Attempts {
  readonly ctx: Context;
  readonly state: MemberState;
  readonly endsUs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #runHere: RunHere;
  #asked = 0;
  #repeats = 0;
  #hops = 0;

  constructor(ctx: Context, state: MemberState, runHere: RunHere, options: OperationOptions) {
    this.ctx = ctx;
    this.state = state;
    this.endsUs = ctx.world.nowUs() + options.deadlineUs;
    this.#signal = options.signal;
    this.#runHere = runHere;
  }

  get cost(): OperationCost {
    return { tries: this.#asked === 0 ? 0 : 1 + this.#repeats, hops: this.#hops };
  }

  /** Asks the directory's first holder until an answer is final or the time is up. Never rejects. */
  async ask<Values>(
    directory: string,
    body: Message | { readonly make: MakeBody },
    replyType: MessageType<Values>,
    isFinal: (reply: Message & Values) => boolean,
  ): Promise<Reply<Values>> {
    const { world, answerTimes } = this.ctx;
    const isFirst = this.#asked++ === 0;
    let reply: (Message & Values) | undefined;
    let mayHaveActed = false;
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) this.#repeats++;
      const waitUs = Math.min(this.#remainingUs, answerTimes.waitUs(attempt));
      const startedUs = world.nowUs();
      let error: SkipnetError;
      try {
        this.#checkGoesOn();
        const answer = await this.#once(directory, body, waitUs);
        this.#repeats += answer.tries - 1;
        if (isFirst) this.#hops = answer.hops;
        if (answer.body === undefined || !replyType.is(answer.body)) {
          throw new SkipnetError("E_INTERNAL", `no ${replyType.name}`);
        }
        reply = answer.body;
        if (answer.tries > 1) mayHaveActed = true;
        else answerTimes.learn(world.nowUs() - startedUs);
        if (isFinal(reply)) return { reply, isFinal: true, mayHaveActed, error: undefined };
        mayHaveActed = true;
        error = new SkipnetError("E_UNCERTAIN", "too few holders answered");
      } catch (thrown) {
        error = asSkipnetError(thrown);
        if (error.certainty === "indefinite") mayHaveActed = true;
      }
      const backoffUs = this.#backoffUs(attempt);
      if (FINAL.has(error.code) || backoffUs >= this.#remainingUs) {
        return { reply, isFinal: false, mayHaveActed, error };
      }
      await sleep(world, this.state.member, backoffUs);
    }
  }

  notDone(code: ErrorCode, detail: string, stamp?: Stamp): NotDone {
    return { outcome: "notDone", code, detail, stamp, ...this.cost };
  }

  uncertain(code: ErrorCode, detail: string, storedBy = 0, stamp?: Stamp): Uncertain {
    return { outcome: "uncertain", code, detail, storedBy, stamp, ...this.cost };
  }

  get #remainingUs(): number {
    return this.endsUs - this.ctx.world.nowUs();
  }

  #checkGoesOn(): void {
    if (this.#signal?.aborted === true) throw new SkipnetError("E_ABORTED", "the caller gave up");
    if (this.state.isOver) throw new SkipnetError("E_CLOSED", "the member has left");
    if (this.#remainingUs <= 0) throw new SkipnetError("E_DEADLINE", "the time is up");
  }

  async #once(
    directory: string,
    body: Message | { readonly make: MakeBody },
    deadlineUs: number,
  ): Promise<Pick<RouteReply, "body" | "hops" | "tries">> {
    const { overlay, options, world } = this.ctx;
    const { member, self } = this.state;
    const endsUs = world.nowUs() + deadlineUs;
    const id = hashName(directory);
    const routed = { deadlineUs, signal: this.#signal, delivery: options.delivery };
    const isRouted = "type" in body;
    const question = isRouted ? body : Locate.make({});
    const found = await overlay.routeByNumericId(member, id, question, routed);
    if (isRouted) return found;
    const remainingUs = endsUs - world.nowUs();
    if (remainingUs <= 0) throw new SkipnetError("E_NO_ROUTE", "the time was up when it was found");
    const message = body.make(found.holders);
    const reply =
      found.by === self
        ? await this.#runHere(message, remainingUs)
        : await overlay.request(member, found.by, message, {
            deadlineUs: remainingUs,
            signal: this.#signal,
          });
    return { body: reply, hops: found.hops + 1, tries: 1 };
  }

  /** Doubled each time, and half of it at random: those who failed together do not come back together. */
  #backoffUs(attempt: number): number {
    const { backoffMs, backoffMaxMs } = this.ctx.options;
    const mostUs = Math.min(backoffMaxMs, backoffMs * 2 ** attempt) * 1000;
    return Math.ceil(mostUs * (0.5 + 0.5 * this.ctx.world.random("naming.backoff").float()));
  }
}

/** For ever if the member dies meanwhile. */
export function sleep(world: World, member: Member, us: number): Promise<void> {
  const deferred = world.deferred<void>();
  world.after(member, us, () => deferred.resolve());
  return deferred.promise;
}
