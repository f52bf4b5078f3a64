import type { Ref } from "../../core/contacts.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { MemberTimer } from "../../core/world.ts";
import type { Member } from "../../overlay/overlay.ts";
import { Attempts, type RunHere } from "./attempts.ts";
import type { Context } from "./context.ts";
import { Holding } from "./holders.ts";
import { locate } from "./locate.ts";
import type { Hosted, MemberState } from "./member-state.ts";
import { Read, ReadReply } from "./messages.ts";
import { HOLDERS } from "./options.ts";
import { linkDirectory } from "./parents.ts";
import { linkOf } from "./path.ts";
import { type Settled, settle } from "./settle.ts";

/** Comparisons of one repair: a copy that changes all the while is left to the next. */
const PASSES_MAX = 3;
/** Without doubt, every so many repairs look whether the directory has its entry in its parent. */
const LINK_CHECK_EVERY = 8;

/**
 * Keeps every directory on the three members that hold it: periodically, and soon after news of the
 * neighbourhood. A repair asks the overlay who they are, makes their copies and its own the same,
 * and drops its own where it is not one of them and all three have confirmed that they have it.
 */
export class Repair {
  readonly #ctx: Context;
  readonly #runHere: (state: MemberState) => RunHere;
  readonly #timer: MemberTimer;

  constructor(ctx: Context, runHere: (state: MemberState) => RunHere) {
    this.#ctx = ctx;
    this.#runHere = runHere;
    this.#timer = ctx.world.timer("naming.repair", (member) => this.#onTimer(member as Member));
  }

  /** A member begins to hold a directory: its first holder sees to it, this one where that does not. */
  begin(state: MemberState, hosted: Hosted): void {
    this.#dueWithin(state, hosted, this.#periodMs * 1.5, this.#periodMs * 1.875);
  }

  /** The first holder has compared its copy with this one. */
  postpone(state: MemberState, hosted: Hosted): void {
    hosted.dueUs = Number.POSITIVE_INFINITY;
    this.begin(state, hosted);
  }

  soon(state: MemberState, hosted: Hosted): void {
    this.#dueWithin(state, hosted, 0, this.#ctx.options.repairSoonMs);
  }

  /** The neighbourhood changed: directories that are now held by others than before, as far as is known. */
  onNeighbour(state: MemberState, node: Ref, isGone: boolean): void {
    for (const hosted of state.hosted.values()) {
      if (this.#concerns(hosted, node, isGone)) this.soon(state, hosted);
    }
  }

  /** Repairs all directories of a member now. True if all its holders have everything that it has. */
  async all(state: MemberState, endsUs: number): Promise<boolean> {
    const waiting = [...state.hosted.values()];
    let complete = true;
    const worker = async (): Promise<void> => {
      for (let hosted = waiting.pop(); hosted !== undefined; hosted = waiting.pop()) {
        if (this.#ctx.world.nowUs() >= endsUs || state.isOver) complete = false;
        else if (!(await this.#repair(state, hosted, endsUs))) complete = false;
      }
    };
    const workers = Math.min(this.#ctx.options.repairsAtOnce, waiting.length);
    await Promise.all(Array.from({ length: workers }, worker));
    return complete;
  }

  /** Whether a node that came or went changes who holds the directory. */
  #concerns({ id, holders: { present } }: Hosted, node: Ref, isGone: boolean): boolean {
    const last = present[HOLDERS - 1];
    if (last === undefined) return true;
    if (isGone || present.includes(node)) return isGone && present.includes(node);
    return this.#ctx.overlay.isNearer(id, node, last);
  }

  get #periodMs(): number {
    return this.#ctx.options.repairPeriodMs;
  }

  #dueWithin(state: MemberState, hosted: Hosted, fromMs: number, toMs: number): void {
    const { world } = this.#ctx;
    const jitter = world.random("naming.repair").float();
    const dueUs = world.nowUs() + Math.round((fromMs + jitter * (toMs - fromMs)) * 1000);
    if (dueUs >= hosted.dueUs) return;
    hosted.dueUs = dueUs;
    this.#wakeAt(state, dueUs);
  }

  #wakeAt(state: MemberState, dueUs: number): void {
    const nowUs = this.#ctx.world.nowUs();
    if (dueUs >= state.wakeUs && state.wakeUs > nowUs) return;
    state.wakeUs = dueUs;
    this.#timer.arm(state.member, Math.max(0, dueUs - nowUs));
  }

  #onTimer(member: Member): void {
    const { world, options } = this.#ctx;
    const state = this.#ctx.state(member);
    state.wakeUs = Number.POSITIVE_INFINITY;
    if (this.#ctx.hasLostContact(state)) {
      this.#ctx.onLostContact(state);
      return;
    }
    this.#ctx.letContinue();
    const nowUs = world.nowUs();
    let nextUs = Number.POSITIVE_INFINITY;
    for (const hosted of state.hosted.values()) {
      if (hosted.isInRepair) continue;
      if (hosted.dueUs > nowUs) nextUs = Math.min(nextUs, hosted.dueUs);
      else if (state.repairing < options.repairsAtOnce) void this.#repairInTurn(state, hosted);
    }
    if (nextUs !== Number.POSITIVE_INFINITY) this.#wakeAt(state, nextUs);
  }

  async #repairInTurn(state: MemberState, hosted: Hosted): Promise<void> {
    const { world, options } = this.#ctx;
    state.repairing++;
    try {
      await this.#repair(state, hosted, world.nowUs() + options.repairMs * 1000);
    } finally {
      state.repairing--;
      // Others may have waited for their turn.
      if (!state.isOver) this.#wakeAt(state, world.nowUs());
    }
  }

  async #repair(state: MemberState, hosted: Hosted, endsUs: number): Promise<boolean> {
    const { counters } = this.#ctx;
    if (hosted.isInRepair) return false;
    hosted.isInRepair = true;
    hosted.dueUs = Number.POSITIVE_INFINITY;
    let complete = false;
    try {
      complete = await this.#bringTogether(state, hosted, endsUs);
    } catch (thrown) {
      if (!(thrown instanceof SkipnetError)) throw thrown;
    } finally {
      hosted.isInRepair = false;
      counters.repairs++;
      if (!complete) counters.repairsFailed++;
      if (!state.isOver && state.hosted.get(hosted.path) === hosted) {
        this.#arrangeNext(state, hosted, complete);
      }
    }
    return complete;
  }

  #arrangeNext(state: MemberState, hosted: Hosted, complete: boolean): void {
    hosted.failures = complete ? 0 : hosted.failures + 1;
    if (complete && hosted.holders.present.indexOf(state.self) > 0) {
      this.begin(state, hosted);
      return;
    }
    const retryMs = (this.#ctx.options.repairSoonMs + 1) * 2 ** Math.min(hosted.failures, 20);
    const periodMs = complete ? this.#periodMs : Math.min(this.#periodMs, retryMs);
    this.#dueWithin(state, hosted, periodMs * 0.75, periodMs * 1.25);
  }

  /** True if all present holders have the same now. */
  async #bringTogether(state: MemberState, hosted: Hosted, endsUs: number): Promise<boolean> {
    const ctx = this.#ctx;
    const { path } = hosted;
    const holders = await locate(ctx, state, hosted.id, endsUs);
    const holding = new Holding(ctx.overlay.contacts, holders);
    try {
      state.store.purge(path, ctx.tombstonesFromMs);
      let settled: Settled;
      let passes = 0;
      do {
        settled = await settle(ctx, state, path, holders);
        if (state.isOver) return false;
        passes++;
      } while (
        !this.#isConfirmed(state, path, settled, holders.length) &&
        settled.all &&
        passes < PASSES_MAX
      );
      const confirmed = this.#isConfirmed(state, path, settled, holders.length);
      const isHolder = holders.includes(state.self);
      if (confirmed && this.#isNotNeeded(state, path, isHolder, holders.length)) {
        if (!isHolder) ctx.counters.handedOver++;
        ctx.drop(state, path);
      } else if (holders[0] === state.self) {
        await this.#checkLink(state, hosted, endsUs);
      }
      return confirmed;
    } finally {
      holding.release();
    }
  }

  /** All holders had the same as this copy has now. */
  #isConfirmed(state: MemberState, path: string, settled: Settled, holders: number): boolean {
    const version = state.store.get(path)?.version ?? 0;
    return settled.confirmed.size === holders && settled.version === version;
  }

  /** Nothing is in it, or the three that hold it now have all of it. */
  #isNotNeeded(state: MemberState, path: string, isHolder: boolean, holders: number): boolean {
    if ((state.store.get(path)?.size ?? 0) === 0) return true;
    return !isHolder && holders === HOLDERS;
  }

  /** A directory with entries in it is never hidden for long: it makes its own entry again. */
  async #checkLink(state: MemberState, hosted: Hosted, endsUs: number): Promise<void> {
    const ctx = this.#ctx;
    const link = linkOf(hosted.path);
    if (link === undefined || (state.store.get(hosted.path)?.liveCount ?? 0) === 0) return;
    hosted.repairs++;
    if (hosted.linkDoubt === 0 && hosted.repairs % LINK_CHECK_EVERY !== 0) return;
    const deadlineUs = endsUs - ctx.world.nowUs();
    if (deadlineUs <= 0) return;
    const attempts = new Attempts(ctx, state, this.#runHere(state), { deadlineUs });
    const body = Read.make({ path: link.directory, name: link.name });
    const { reply } = await attempts.ask(link.directory, body, ReadReply, () => true);
    if (reply?.status === "notFound") {
      if (reply.stamp !== undefined) state.clock.observe(reply.stamp);
      ctx.counters.relinked++;
      state.parents.forget(hosted.path);
      const linked = await linkDirectory(attempts, hosted.path, state.clock.next());
      if (linked !== "linked") return;
    } else if (reply?.status !== "found") return;
    if (hosted.linkDoubt > 0) hosted.linkDoubt--;
  }
}
