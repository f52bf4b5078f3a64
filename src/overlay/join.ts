import type { Endpoint } from "../core/address.ts";
import { NO_REF, type Ref } from "../core/contacts.ts";
import { SkipnetError } from "../core/errors.ts";
import type { Deferred } from "../core/world.ts";
import { CALL_TOKEN_MAX } from "../transport/calls.ts";
import type { Token, Verdict } from "../transport/transport.ts";
import type { Message, MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { failedJoin } from "./failed-join.ts";
import type { LeafRepair } from "./leaf-repair.ts";
import { type JoinFound, JoinStart, Leave, type LinkReply, LinkRequest } from "./messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { Member, OperationOptions } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "./ring-order.ts";
import type { RingRepair } from "./ring-repair.ts";

/** Times that a newcomer is sent on to another left neighbour before it seeks its place anew. */
const LINK_STEPS_MAX = 32;
/** Nodes asked to insert a joiner that are remembered; the first are forgotten first. */
const ASKED_MAX = 64;
const JOIN_TOKEN = CALL_TOKEN_MAX + 1;

type Found = MessageOf<typeof JoinFound>;
type Linked = MessageOf<typeof LinkReply>;

interface OpenJoin {
  /** Of the present attempt. */
  id: number;
  /** What the joiner waits for: an answer, or the end of a pause. */
  step: Deferred<Message | undefined> | undefined;
  /** Why it ends before its deadline. */
  stopped: SkipnetError | undefined;
  /** Nodes that were asked to insert the joiner: told if it gives up. BOUNDED: `ASKED_MAX`. */
  readonly asked: Set<Ref>;
}

/** The joiner's side: find the neighbours, link at level 0, only then tell the rings above. */
export class Joins {
  readonly #net: Context;
  readonly #neighbourhood: Neighbourhood;
  readonly #rings: RingRepair;
  readonly #leaves: LeafRepair;
  /** BOUNDED: one entry a member of this process. */
  readonly #open = new Map<Member, OpenJoin>();
  readonly #random;

  constructor(net: Context, neighbourhood: Neighbourhood, rings: RingRepair, leaves: LeafRepair) {
    this.#net = net;
    this.#neighbourhood = neighbourhood;
    this.#rings = rings;
    this.#leaves = leaves;
    this.#random = net.world.random("overlay.join");
  }

  /**
   * Joins through any of the seeds. Rejects with `E_NAME_TAKEN`, with `E_ABORTED`, or with `E_JOIN`
   * when the deadline has passed without success.
   */
  async join(member: Member, seeds: readonly Endpoint[], options: OperationOptions): Promise<void> {
    const net = this.#net;
    if (seeds.length === 0) throw new SkipnetError("E_OPTIONS", "no address to join through");
    if (net.state(member) === "in" || this.#open.has(member)) {
      throw new SkipnetError("E_OPTIONS", `${net.contacts.name(net.self(member))} has joined`);
    }
    const open: OpenJoin = { id: 0, step: undefined, stopped: undefined, asked: new Set() };
    const onAbort = (): void => stop(open, "the caller gave up");
    if (options.signal?.aborted === true) onAbort();
    options.signal?.addEventListener("abort", onAbort);
    this.#open.set(member, open);
    net.setState(member, "joining");
    try {
      await this.#attempts(member, open, seeds, net.world.nowUs() + options.deadlineUs);
    } catch (error) {
      this.#giveUp(member, open);
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", onAbort);
      this.#open.delete(member);
      for (const ref of open.asked) net.contacts.release(ref);
    }
  }

  /** Ends all joins that are open. */
  closeAll(): void {
    for (const open of this.#open.values()) stop(open, "the node was closed");
  }

  async #attempts(
    member: Member,
    open: OpenJoin,
    seeds: readonly Endpoint[],
    endsUs: number,
  ): Promise<void> {
    const { world } = this.#net;
    let last = "no seed answered";
    let tries = 0;
    while (world.nowUs() < endsUs && open.stopped === undefined) {
      if (tries++ > 0) await this.#pause(member, open, endsUs);
      const seed = seeds[this.#random.below(seeds.length)] as Endpoint;
      try {
        if (open.stopped !== undefined) break;
        await this.#attempt(member, open, seed, endsUs);
        return;
      } catch (error) {
        if (!(error instanceof SkipnetError) || error.code === "E_NAME_TAKEN") throw error;
        // Cut short by the end of the time it says less than what happened before.
        const isCutShort = error.code === "E_DEADLINE" && world.nowUs() >= endsUs;
        if (tries === 1 || !isCutShort) last = failedJoin(seed, error);
      }
    }
    if (open.stopped !== undefined) throw open.stopped;
    throw new SkipnetError("E_JOIN", `not joined after ${tries} tries; last: ${last}`);
  }

  /** Whoever may have inserted the joiner takes it out again. */
  #giveUp(member: Member, open: OpenJoin): void {
    const net = this.#net;
    net.setState(member, "absent");
    const leave = Leave.make({ from: net.self(member), left: [], right: [] });
    for (const ref of open.asked) net.send(member, ref, leave);
    this.#rings.stop(member);
    this.#neighbourhood.clear(member);
  }

  /** Answers to the join of a member. */
  onAnswer(member: Member, answer: Found | Linked): void {
    const open = this.#open.get(member);
    if (open?.id === answer.id) open.step?.resolve(answer);
  }

  /** True if the verdict was about a message of a join. */
  onVerdict(member: Member, token: Token, verdict: Verdict): boolean {
    if (token < JOIN_TOKEN) return false;
    const open = this.#open.get(member);
    if (open !== undefined && token === JOIN_TOKEN + open.id && verdict.outcome !== "delivered") {
      open.step?.reject(new SkipnetError("E_UNREACHABLE", `the peer is ${verdict.reason}`));
    }
    return true;
  }

  async #attempt(member: Member, open: OpenJoin, seed: Endpoint, endsUs: number): Promise<void> {
    const net = this.#net;
    open.id = 1 + this.#random.below(CALL_TOKEN_MAX - 1);
    const joiner = net.self(member);
    const start = JoinStart.make({ id: open.id, joiner });
    const searchMs = net.options.joinSearchMs;
    const found = (await this.#step(member, open, searchMs, endsUs, () => {
      net.phases.start++;
      const token = (JOIN_TOKEN + open.id) as Token;
      return net.transport.send(net.port(member), net.transport.peer(seed), start, token);
    })) as Found;
    if (found.outcome === "nameTaken") throw nameTaken(net.contacts.name(joiner));
    if (found.outcome === "failed")
      throw new SkipnetError("E_JOIN", "the search for a place failed");
    const kept = [...found.found];
    for (const ref of kept) net.contacts.keep(ref);
    try {
      await this.#link(member, open, found, endsUs);
      this.#enterRings(member, found);
    } finally {
      for (const ref of kept) net.contacts.release(ref);
    }
  }

  /** Level 0: ask the left neighbour to insert, following its advice when others came in between. */
  async #link(member: Member, open: OpenJoin, found: Found, endsUs: number): Promise<void> {
    const net = this.#net;
    const self = net.self(member);
    let left = found.found[found.found.length - 2 * net.table.width] ?? NO_REF;
    for (let steps = 0; steps < LINK_STEPS_MAX; steps++) {
      if (left === NO_REF || left === self) throw new SkipnetError("E_JOIN", "no left neighbour");
      const to = left;
      this.#remember(open, to);
      const reply = (await this.#step(member, open, net.options.joinStepMs, endsUs, () => {
        net.phases.link++;
        const token = (JOIN_TOKEN + open.id) as Token;
        return net.send(member, to, LinkRequest.make({ id: open.id, newcomer: self }), token);
      })) as Linked;
      if (reply.outcome === "nameTaken") throw nameTaken(net.contacts.name(self));
      if (reply.outcome === "notMember")
        throw new SkipnetError("E_JOIN", "the left neighbour left");
      if (reply.outcome === "linked") {
        this.#enterRoot(member, left, reply);
        return;
      }
      if (!net.order.liesBetween(left, reply.right, self, CLOCKWISE)) {
        throw new SkipnetError("E_JOIN", "the neighbours disagree on the place");
      }
      left = reply.right;
    }
    throw new SkipnetError("E_JOIN", `sent on ${LINK_STEPS_MAX} times`);
  }

  #remember({ asked }: OpenJoin, node: Ref): void {
    const { contacts } = this.#net;
    if (asked.has(node)) return;
    for (const first of asked) {
      if (asked.size < ASKED_MAX) break;
      asked.delete(first);
      contacts.release(first);
    }
    contacts.keep(node);
    asked.add(node);
  }

  #enterRoot(member: Member, left: Ref, reply: Linked): void {
    const net = this.#net;
    net.setState(member, "in");
    for (const node of [left, reply.right, ...(reply.left ?? []), ...(reply.rights ?? [])]) {
      this.#neighbourhood.insert(member, node);
    }
  }

  /** The rings above, from the lowest; then the leaf set. */
  #enterRings(member: Member, found: Found): void {
    const net = this.#net;
    const self = net.self(member);
    const { width } = net.table;
    for (let level = 1; level <= found.top; level++) {
      const from = (found.top - level) * 2 * width;
      const neighbours = found.found.slice(from, from + 2 * width);
      const told = new Set<Ref>();
      neighbours.forEach((node) => {
        if (node === self || !net.digits.shareRing(self, node, level)) return;
        for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
          this.#neighbourhood.insertOnRing(member, level, direction, node);
        }
      });
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        for (let i = 0; i < width; i++) {
          const node = net.table.pointer(member, level, direction, i);
          if (node === NO_REF || (width > 1 && told.has(node))) continue;
          told.add(node);
          this.#rings.hintTo(member, node, level, direction, true);
        }
      }
    }
    this.#leaves.announce(member);
    this.#rings.start(member);
  }

  /** Sends something and waits for its answer, at most `waitMs`. */
  async #step(
    member: Member,
    open: OpenJoin,
    waitMs: number,
    endsUs: number,
    send: () => string,
  ): Promise<Message> {
    const { world } = this.#net;
    const step = world.deferred<Message | undefined>();
    open.step = step;
    const waitUs = Math.max(0, Math.min(waitMs * 1000, endsUs - world.nowUs()));
    const cancel = world.after(member, waitUs, () => {
      step.reject(new SkipnetError("E_DEADLINE", `no answer within ${waitUs / 1000} ms`));
    });
    if (send() === "full") step.reject(new SkipnetError("E_QUEUE_FULL", "the send queue is full"));
    try {
      return (await step.promise) as Message;
    } finally {
      open.step = undefined;
      cancel();
    }
  }

  async #pause(member: Member, open: OpenJoin, endsUs: number): Promise<void> {
    const { world, options } = this.#net;
    const pause = world.deferred<Message | undefined>();
    open.id = 0;
    open.step = pause;
    const waitUs = options.joinRetryMs * 1000 * (0.5 + this.#random.float());
    const end = (): void => pause.resolve(undefined);
    const cancel = world.after(member, Math.min(waitUs, endsUs - world.nowUs()), end);
    try {
      await pause.promise;
    } catch {
      // Stopped: the loop sees why.
    } finally {
      open.step = undefined;
      cancel();
    }
  }
}

function stop(open: OpenJoin, why: string): void {
  open.stopped = new SkipnetError("E_ABORTED", why);
  open.step?.reject(open.stopped);
}

function nameTaken(name: string): SkipnetError {
  return new SkipnetError("E_NAME_TAKEN", `a live node is already called "${name}"`);
}
