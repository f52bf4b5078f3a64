import { SkipnetError } from "../../core/errors.ts";
import type { World } from "../../core/world.ts";
import type { Member, OperationOptions, Overlay } from "../../overlay/overlay.ts";
import { Attempts, type RunHere } from "./attempts.ts";
import { type NamingBounds, namingBounds, type OverlayBoundsBelow } from "./bounds.ts";
import { Context, type NamingCounters } from "./context.ts";
import { serveWrite } from "./coordinate.ts";
import type { ClientOperations } from "./do-serve.ts";
import type { MemberState } from "./member-state.ts";
import { PAGE_NAMES_MAX, Write } from "./messages.ts";
import * as operations from "./operations.ts";
import { type NamingOptions, namingOptions } from "./options.ts";
import { Repair } from "./repair.ts";
import type { GetResult, ListResult, PutResult, RemoveResult } from "./results.ts";
import { serveRequests } from "./serving.ts";
import type { Stamp } from "./stamp.ts";
import type { DirectoryStore } from "./store.ts";

export interface NamingParts {
  readonly overlay: Overlay;
  readonly world: World;
  readonly options?: Partial<NamingOptions> | undefined;
  /** Where a member keeps its directories; default: in memory. */
  readonly storeFor?: ((member: Member) => DirectoryStore) | undefined;
}

/** A write's stamp is made here, unless the caller repeats an operation of its own. */
export interface WriteOptions extends OperationOptions {
  readonly stamp?: Stamp | undefined;
}

export interface ListOptions extends OperationOptions {
  /** Names after this one; default: from the first. */
  readonly after?: string | undefined;
  /** Most names in the page; default and at most `PAGE_NAMES_MAX`. */
  readonly limit?: number | undefined;
}

/** One directory copy that a member holds, for `/state`. */
export interface HeldDirectory {
  readonly path: string;
  readonly entries: number;
  readonly live: number;
  readonly bytes: number;
  readonly holders: readonly string[];
  readonly settled: boolean;
}

/**
 * The naming service of all members of one process: hierarchical names with values, each directory
 * on three members. Operations never reject; they end within their deadline in `done`, `notDone`
 * (certainly) or `uncertain`. Sources: Overlook (ICDCS 2002); Jones & Dunagan (2004) §3.4.
 */
export class NamingService {
  readonly #ctx: Context;
  readonly #repair: Repair;
  /** BOUNDED: by the code that registers them. */
  readonly #outOfContact: ((member: Member) => void)[] = [];

  constructor({ overlay, world, options, storeFor }: NamingParts) {
    this.#ctx = new Context({ overlay, world, options: namingOptions(options), storeFor });
    this.#repair = new Repair(this.#ctx, (state) => this.#runHere(state));
    this.#ctx.onHosted = (state, hosted) => this.#repair.begin(state, hosted);
    this.#ctx.onLostContact = (state) => this.#discard(state);
    this.#ctx.repairSoon = (state, hosted) => this.#repair.soon(state, hosted);
    serveRequests(this.#ctx, this.#repair, (member) => this.#operationsOf(member));
    overlay.onNeighbourhood((member, node, isGone) => {
      this.#ctx.noteNeighbours(member);
      const state = this.#ctx.known(member);
      if (state !== undefined) this.#repair.onNeighbour(state, node, isGone);
    });
    overlay.onMembership((member, joined) => {
      if (joined) this.#ctx.begin(member);
      else this.#ctx.leave(member);
    });
  }

  put(member: Member, path: string, value: Uint8Array, options: WriteOptions): Promise<PutResult> {
    return this.#run(member, options, (attempts) =>
      // A copy: the caller may go on using its buffer.
      operations.put(attempts, path, value.slice(), options.stamp),
    );
  }

  get(member: Member, path: string, options: OperationOptions): Promise<GetResult> {
    return this.#run(member, options, (attempts) => operations.get(attempts, path));
  }

  list(member: Member, path: string, options: ListOptions): Promise<ListResult> {
    const { after = "", limit = PAGE_NAMES_MAX } = options;
    const most = Math.max(1, Math.min(limit, PAGE_NAMES_MAX));
    return this.#run(member, options, (attempts) => operations.list(attempts, path, after, most));
  }

  remove(member: Member, path: string, options: WriteOptions): Promise<RemoveResult> {
    return this.#run(member, options, (attempts) =>
      operations.remove(attempts, path, options.stamp),
    );
  }

  /**
   * Before a member leaves: makes its copies and those of the other holders the same. True if all
   * others have everything; then leaving loses nothing that a crash of one more would not.
   */
  handOver(member: Member, { deadlineUs }: { readonly deadlineUs: number }): Promise<boolean> {
    return this.#repair.all(this.#ctx.state(member), this.#ctx.world.nowUs() + deadlineUs);
  }

  /** Whether the member has been one long enough to know what it does not hold. */
  isEstablished(member: Member): boolean {
    return this.#ctx.isEstablished(this.#ctx.state(member));
  }

  /**
   * Called when a member that had no contact for `tombstoneMs` has discarded its store: it has
   * forgotten removals. Who hosts it lets it rejoin as a new incarnation.
   */
  onOutOfContact(listener: (member: Member) => void): void {
    this.#outOfContact.push(listener);
  }

  get options(): NamingOptions {
    return this.#ctx.options;
  }

  get counters(): Readonly<NamingCounters> {
    return this.#ctx.counters;
  }

  /** `directories`: how many one member holds at most; default: as many as one does here now. */
  bounds(below: OverlayBoundsBelow, directories?: number): NamingBounds {
    let most = directories ?? 0;
    if (directories === undefined) {
      for (const [, state] of this.#ctx.members()) most = Math.max(most, state.hosted.size);
    }
    return namingBounds(this.#ctx.options, below, most);
  }

  /** The copies that a member holds. */
  *held(member: Member): Generator<HeldDirectory> {
    const state = this.#ctx.state(member);
    const { contacts } = this.#ctx.overlay;
    for (const [path, hosted] of state.hosted) {
      const directory = state.store.get(path);
      if (directory === undefined) continue;
      yield {
        path,
        entries: directory.size,
        live: directory.liveCount,
        bytes: directory.bytes,
        holders: hosted.holders.present.map((ref) => contacts.name(ref)),
        settled: hosted.isSettledFor(hosted.holders.present, this.#ctx.world.nowUs()),
      };
    }
  }

  /** What a member's copy says of a name, tombstones included: for checkers. */
  copyOf(member: Member, path: string, name: string) {
    return this.#ctx.known(member)?.store.get(path)?.get(name);
  }

  /** What a client may ask a member to do. */
  #operationsOf(member: Member): ClientOperations {
    return {
      put: (path, value, limits) => this.put(member, path, value, limits),
      get: (path, limits) => this.get(member, path, limits),
      list: (path, limits) => this.list(member, path, limits),
      remove: (path, limits) => this.remove(member, path, limits),
    };
  }

  /** Requests whose first holder is the asking member itself. */
  #runHere(state: MemberState): RunHere {
    return async (body, remainingUs) => {
      if (!Write.is(body)) throw new SkipnetError("E_INTERNAL", `${body.type.name} at itself`);
      return serveWrite(this.#ctx, state, body, { holders: body.holders, remainingUs });
    };
  }

  #run<Result>(
    member: Member,
    options: OperationOptions,
    operation: (attempts: Attempts) => Promise<Result>,
  ): Promise<Result> {
    const state = this.#ctx.state(member);
    this.#ctx.letContinue();
    return operation(new Attempts(this.#ctx, state, this.#runHere(state), options));
  }

  #discard(state: MemberState): void {
    this.#ctx.counters.discarded++;
    this.#ctx.begin(state.member);
    for (const listener of this.#outOfContact) listener(state.member);
  }
}
