import { asSkipnetError } from "../../core/errors.ts";
import type { Member, ServedRequest } from "../../overlay/overlay.ts";
import type { Message, MessageType } from "../../wire/message.ts";
import type { Context } from "./context.ts";
import { type Served, serveWrite } from "./coordinate.ts";
import { type ClientOperations, serveDo } from "./do-serve.ts";
import type { MemberState } from "./member-state.ts";
import { Diff, Do, List, Locate, Read, Store, Sync, Write } from "./messages.ts";
import { serveList, serveRead } from "./read-serve.ts";
import type { Repair } from "./repair.ts";
import { serveDiff, serveStore, serveSync } from "./sync-serve.ts";

type Handler<Values> = (
  state: MemberState,
  body: Message & Values,
  served: Served,
) => Message | undefined | Promise<Message | undefined>;

/** Answers what other nodes, and clients, ask the members of this process. */
export function serveRequests(
  ctx: Context,
  repair: Repair,
  operationsOf: (member: Member) => ClientOperations,
): void {
  const serving = new Serving(ctx);
  serving.serve(Locate, () => undefined);
  serving.serve(Write, (state, body, served) => serveWrite(ctx, state, body, served));
  serving.serve(Read, (state, body, served) => serveRead(ctx, state, body, served));
  serving.serve(List, (state, body, served) => serveList(ctx, state, body, served));
  serving.serve(Sync, (state, body) =>
    serveSync(ctx, state, body, (hosted) => repair.postpone(state, hosted)),
  );
  serving.serve(Diff, (state, body) => serveDiff(state, body));
  serving.serve(Store, (state, body) => serveStore(ctx, state, body));
  serving.serve(Do, ({ member }, body, { remainingUs }) =>
    serveDo(operationsOf(member), body, remainingUs),
  );
}

class Serving {
  readonly #ctx: Context;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  serve<Values>(type: MessageType<Values>, handler: Handler<Values>): void {
    const ctx = this.#ctx;
    const isForMembers = type.tag !== Do.tag;
    ctx.overlay.serve(type, (member, request) => {
      const state = ctx.state(member);
      if (state.serving >= ctx.options.servedAtOnce) {
        ctx.counters.declined++;
        request.decline("overloaded");
        return;
      }
      // A client's request says nothing of the other members, nor does one of its own.
      const isFromOther = isForMembers && request.origin !== state.self;
      if (isFromOther && !this.#isInContact(state)) request.decline("notMember");
      else this.#answer(state, request, handler);
    });
  }

  #answer<Values>(
    state: MemberState,
    request: ServedRequest<Message & Values>,
    handler: Handler<Values>,
  ): void {
    const { holders, remainingUs } = request;
    try {
      const reply = handler(state, request.body, { holders, remainingUs });
      if (reply instanceof Promise) void this.#answerLater(state, request, reply);
      else request.reply(reply);
    } catch (thrown) {
      this.#failed(request, thrown);
    }
  }

  async #answerLater(
    state: MemberState,
    request: ServedRequest<Message>,
    replying: Promise<Message | undefined>,
  ): Promise<void> {
    state.serving++;
    this.#ctx.letContinue();
    try {
      const reply = await replying;
      // A life that is over answers nothing: what it stored is gone.
      if (!state.isOver) request.reply(reply);
    } catch (thrown) {
      this.#failed(request, thrown);
    } finally {
      state.serving--;
    }
  }

  /** A defect. Whether the request was acted upon is not known, so there is no answer either. */
  #failed(request: ServedRequest<Message>, thrown: unknown): void {
    const { code, message } = asSkipnetError(thrown);
    this.#ctx.world.log.error("naming.failed", { type: request.body.type.name, code, message });
  }

  /** A sign of another member. False: the one before was so long ago that the store is discarded. */
  #isInContact(state: MemberState): boolean {
    if (this.#ctx.hasLostContact(state)) {
      this.#ctx.onLostContact(state);
      return false;
    }
    state.contactMs = this.#ctx.world.wallMs();
    return true;
  }
}
