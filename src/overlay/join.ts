import type { Endpoint } from "../core/address.ts";
import { NO_REF, type Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import type { MemberTimer } from "../core/world.ts";
import { CALL_TOKEN_MAX } from "../transport/calls.ts";
import type { SendResult, Token, Verdict } from "../transport/transport.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { failedJoin, nameTaken } from "./failed-join.ts";
import { JoinFound, JoinStart, Leave, LinkReply, LinkRequest } from "./messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { NewcomerRings } from "./newcomer-rings.ts";
import { type JoinEnd, OpenJoin } from "./open-join.ts";
import type { Member, OperationOptions } from "./overlay.ts";
import { CLOCKWISE } from "./ring-order.ts";

/** Times that a newcomer is sent on to another left neighbour before it seeks its place anew. */
const LINK_STEPS_MAX = 32;
const JOIN_TOKEN = CALL_TOKEN_MAX + 1;
const GIVEN_UP = "the caller gave up";

type Found = MessageOf<typeof JoinFound>;
type Linked = MessageOf<typeof LinkReply>;

/**
 * The joiner's side: find the neighbours, link at level 0, only then tell the rings above. A join
 * goes from answer to answer without a promise: a simulator has a hundred thousand under way.
 */
export class Joins {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #rings: NewcomerRings;
  /** BOUNDED: one entry a member of this process. */
  readonly #open = new Map<Member, OpenJoin>();
  readonly #timer: MemberTimer;
  readonly #onJoined: (member: Member) => void;
  readonly #random;

  /** `onJoined` is told before the caller of the join is. */
  constructor(
    net: Context,
    neighbourhood: Neighbourhood,
    rings: NewcomerRings,
    onJoined: (member: Member) => void,
  ) {
    this.#net = net;
    this.#onJoined = onJoined;
    this.#neighbourhood = neighbourhood;
    this.#rings = rings;
    this.#timer = net.world.timer("overlay.join", (member) => this.#onTimer(member as Member));
    this.#random = net.world.random("overlay.join");
  }

  /**
   * Joins through any of the seeds; then calls `onEnd`: without an error, or with `E_NAME_TAKEN`,
   * `E_ABORTED`, or `E_JOIN` when the deadline has passed without success. Throws `E_OPTIONS`.
   */
  start(
    member: Member,
    seeds: readonly Endpoint[],
    { deadlineUs, signal }: OperationOptions,
    onEnd: JoinEnd,
  ): void {
    const net = this.#net;
    if (seeds.length === 0) throw new SkipnetError("E_OPTIONS", "no address to join through");
    if (net.state(member) === "in" || this.#open.has(member)) {
      throw new SkipnetError("E_OPTIONS", `${net.contacts.name(net.self(member))} has joined`);
    }
    const open = new OpenJoin(
      seeds,
      net.world.nowUs() + deadlineUs,
      signal === undefined ? onEnd : this.#abortedBy(signal, member, onEnd),
    );
    this.#open.set(member, open);
    net.setState(member, "joining");
    if (signal?.aborted === true) this.#stop(member, GIVEN_UP);
    else this.#attempt(member, open);
  }

  /** Stops the join when the signal says so; what is returned is to be called when it ends. */
  #abortedBy(signal: AbortSignal, member: Member, onEnd: JoinEnd): JoinEnd {
    const onAbort = (): void => this.#stop(member, GIVEN_UP);
    signal.addEventListener("abort", onAbort);
    return (error) => {
      signal.removeEventListener("abort", onAbort);
      onEnd(error);
    };
  }

  /** Ends all joins that are open. */
  closeAll(): void {
    for (const member of [...this.#open.keys()]) this.#stop(member, "the node was closed");
  }

  /** Answers to the join of a member. */
  onAnswer(member: Member, answer: Found | Linked): void {
    const open = this.#open.get(member);
    if (open === undefined || open.id !== answer.id || open.waitsFor !== answer.type.tag) return;
    if (JoinFound.is(answer)) this.#onFound(member, open, answer);
    else this.#onLinked(member, open, answer);
  }

  /** True if the verdict was about a message of a join. */
  onVerdict(member: Member, token: Token, verdict: Verdict): boolean {
    if (token < JOIN_TOKEN) return false;
    const open = this.#open.get(member);
    if (open === undefined || token !== JOIN_TOKEN + open.id) return true;
    if (verdict.outcome !== "delivered") {
      const why = new SkipnetError("E_UNREACHABLE", `the peer is ${verdict.reason}`);
      this.#failed(member, open, why);
    }
    return true;
  }

  #attempt(member: Member, open: OpenJoin): void {
    const net = this.#net;
    open.tries++;
    open.id = 1 + this.#random.below(CALL_TOKEN_MAX - 1);
    open.seed = open.seeds[this.#random.below(open.seeds.length)] as Endpoint;
    const start = JoinStart.make({ id: open.id, joiner: net.self(member) });
    net.phases.start++;
    const to = net.transport.peer(open.seed);
    const token = (JOIN_TOKEN + open.id) as Token;
    this.#waitFor(member, open, JoinFound.tag, net.options.joinSearchMs);
    this.#sent(member, open, net.transport.send(net.port(member), to, start, token));
  }

  #onFound(member: Member, open: OpenJoin, found: Found): void {
    const net = this.#net;
    if (found.outcome === "nameTaken") {
      this.#end(member, open, nameTaken(net.contacts.name(net.self(member))));
    } else if (found.outcome === "failed") {
      this.#failed(member, open, new SkipnetError("E_JOIN", "the search for a place failed"));
    } else {
      open.keepFound(net.contacts, found.found);
      open.linkSteps = 0;
      this.#link(member, open, found.found[found.found.length - 2 * net.table.width] ?? NO_REF);
    }
  }

  /** Level 0: ask the left neighbour to insert, following its advice when others came in between. */
  #link(member: Member, open: OpenJoin, left: Ref): void {
    const net = this.#net;
    const self = net.self(member);
    if (open.linkSteps++ === LINK_STEPS_MAX) {
      this.#failed(member, open, new SkipnetError("E_JOIN", `sent on ${LINK_STEPS_MAX} times`));
    } else if (left === NO_REF || left === self) {
      this.#failed(member, open, new SkipnetError("E_JOIN", "no left neighbour"));
    } else {
      open.left = left;
      open.remember(net.contacts, left);
      net.phases.link++;
      const request = LinkRequest.make({ id: open.id, newcomer: self });
      this.#waitFor(member, open, LinkReply.tag, net.options.joinStepMs);
      this.#sent(member, open, net.send(member, left, request, (JOIN_TOKEN + open.id) as Token));
    }
  }

  #onLinked(member: Member, open: OpenJoin, reply: Linked): void {
    const net = this.#net;
    const self = net.self(member);
    if (reply.outcome === "nameTaken") {
      this.#end(member, open, nameTaken(net.contacts.name(self)));
    } else if (reply.outcome === "notMember") {
      this.#failed(member, open, new SkipnetError("E_JOIN", "the left neighbour left"));
    } else if (reply.outcome === "linked") {
      net.setState(member, "in");
      this.#rings.enter(member, open.left, reply, open.found);
      this.#end(member, open, undefined);
    } else if (net.order.liesBetween(open.left, reply.right, self, CLOCKWISE)) {
      this.#link(member, open, reply.right);
    } else {
      const why = new SkipnetError("E_JOIN", "the neighbours disagree on the place");
      this.#failed(member, open, why);
    }
  }

  /** From now on only this answer counts; without it the attempt fails after `waitMs`. */
  #waitFor(member: Member, open: OpenJoin, tag: number, waitMs: number): void {
    const nowUs = this.#net.world.nowUs();
    open.waitsFor = tag;
    open.waitUs = Math.max(0, Math.min(waitMs * 1000, open.endsUs - nowUs));
    this.#timer.arm(member, open.waitUs);
  }

  #sent(member: Member, open: OpenJoin, result: SendResult): void {
    if (result !== "full") return;
    this.#failed(member, open, new SkipnetError("E_QUEUE_FULL", "the send queue is full"));
  }

  #onTimer(member: Member): void {
    const open = this.#open.get(member);
    if (open === undefined) return;
    if (open.waitsFor !== 0) {
      const why = `no answer within ${open.waitUs / 1000} ms`;
      this.#failed(member, open, new SkipnetError("E_DEADLINE", why));
    } else if (this.#net.world.nowUs() < open.endsUs) this.#attempt(member, open);
    else this.#giveUp(member, open);
  }

  /** An attempt failed: the next one after a pause, if there is time. */
  #failed(member: Member, open: OpenJoin, why: SkipnetError): void {
    const { world, options, contacts } = this.#net;
    const nowUs = world.nowUs();
    // Cut short by the end of the time it says less than what happened before.
    const isCutShort = why.code === "E_DEADLINE" && nowUs >= open.endsUs;
    if (open.tries === 1 || !isCutShort) open.last = failedJoin(open.seed, why);
    open.id = 0;
    open.waitsFor = 0;
    open.releaseFound(contacts);
    if (nowUs >= open.endsUs) {
      this.#giveUp(member, open);
      return;
    }
    const pauseUs = options.joinRetryMs * 1000 * (0.5 + this.#random.float());
    this.#timer.arm(member, Math.min(pauseUs, open.endsUs - nowUs));
  }

  #giveUp(member: Member, open: OpenJoin): void {
    const why = `not joined after ${open.tries} tries; last: ${open.last}`;
    this.#end(member, open, new SkipnetError("E_JOIN", why));
  }

  #stop(member: Member, why: string): void {
    const open = this.#open.get(member);
    if (open !== undefined) this.#end(member, open, new SkipnetError("E_ABORTED", why));
  }

  #end(member: Member, open: OpenJoin, error: SkipnetError | undefined): void {
    const { contacts } = this.#net;
    this.#timer.cancel(member);
    this.#open.delete(member);
    if (error !== undefined) this.#takeBack(member, open);
    open.releaseFound(contacts);
    open.releaseAsked(contacts);
    if (error === undefined) this.#onJoined(member);
    open.onEnd(error);
  }

  /** Whoever may have inserted the joiner takes it out again. */
  #takeBack(member: Member, open: OpenJoin): void {
    const net = this.#net;
    net.setState(member, "absent");
    const leave = Leave.make({ from: net.self(member), left: [], right: [] });
    for (const ref of open.asked) net.send(member, ref, leave);
    this.#rings.leave(member);
    this.#neighbourhood.clear(member);
  }
}
