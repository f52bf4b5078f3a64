import type { Ref } from "../../core/contacts.ts";
import { hashName } from "../../core/numeric-id.ts";
import type { World } from "../../core/world.ts";
import type { Member, Overlay } from "../../overlay/overlay.ts";
import type { Message } from "../../wire/message.ts";
import { AnswerTimes } from "./answer-times.ts";
import type { MergeResult } from "./directory.ts";
import type { Entry } from "./entry.ts";
import { Hosted, MemberState } from "./member-state.ts";
import { HOLDERS, type NamingOptions } from "./options.ts";
import { isEntryName } from "./path.ts";
import { HybridClock, type Stamp } from "./stamp.ts";
import { type DirectoryStore, MemoryStore } from "./store.ts";

/** Counters since the start, over all members. */
export interface NamingCounters {
  /** Writes that this process's holders coordinated. */
  coordinated: number;
  /** Entries refused: a stamp too far ahead or a limit. */
  refused: number;
  /** Requests declined because too many were being served. */
  declined: number;
  repairs: number;
  repairsFailed: number;
  /** Copies handed over and dropped. */
  handedOver: number;
  /** Stores discarded after too long without contact. */
  discarded: number;
  /** Directory entries made again in parents that lacked them. */
  relinked: number;
}

/** `full` is `E_LIMIT`, `ahead` is `E_STAMP`, `invalid` is `E_NAME`. */
export type StoreResult = MergeResult | "ahead" | "invalid";

/** What the parts of the naming service share. */
export class Context {
  readonly overlay: Overlay;
  readonly world: World;
  readonly options: NamingOptions;
  readonly answerTimes: AnswerTimes;
  readonly counters: NamingCounters = {
    coordinated: 0,
    refused: 0,
    declined: 0,
    repairs: 0,
    repairsFailed: 0,
    handedOver: 0,
    discarded: 0,
    relinked: 0,
  };
  /** Told of every directory that a member begins to hold. */
  onHosted: (state: MemberState, hosted: Hosted) => void = () => undefined;
  /** Told of every directory whose copies may differ. */
  repairSoon: (state: MemberState, hosted: Hosted) => void = () => undefined;
  /** Told of a member that was out of contact for longer than removals are remembered. */
  onLostContact: (state: MemberState) => void = () => undefined;
  readonly #storeFor: ((member: Member) => DirectoryStore) | undefined;
  /** BOUNDED: one a member of this process. */
  readonly #members = new Map<Member, MemberState>();
  /** Members that have had a neighbour since they began to join. BOUNDED: as the members. */
  readonly #withNeighbours = new Set<Member>();

  constructor(parts: {
    readonly overlay: Overlay;
    readonly world: World;
    readonly options: NamingOptions;
    readonly storeFor?: ((member: Member) => DirectoryStore) | undefined;
  }) {
    this.overlay = parts.overlay;
    this.world = parts.world;
    this.options = parts.options;
    this.answerTimes = new AnswerTimes(parts.options.firstAttemptMs * 1000);
    this.#storeFor = parts.storeFor;
  }

  /** The member's present life; made when it is first asked for. */
  state(member: Member): MemberState {
    return this.#members.get(member) ?? this.begin(member);
  }

  /** The member's present life, if it has one. */
  known(member: Member): MemberState | undefined {
    return this.#members.get(member);
  }

  /** A life without a past begins; one under way ends. */
  begin(member: Member): MemberState {
    this.#end(member);
    const { overlay, world, options } = this;
    const self = overlay.self(member);
    const { name, incarnation } = overlay.contacts.contact(self);
    const writer = Number.parseInt(hashName(`${name}#${incarnation}`).slice(0, 8), 16);
    const state = new MemberState({
      member,
      self,
      // Half of what holders allow: the rest is left for clocks that differ.
      clock: new HybridClock(() => world.wallMs(), writer, options.aheadMs / 2),
      store: this.#storeFor?.(member) ?? new MemoryStore(options),
      parentsCached: options.parentsCached,
      beganUs: world.nowUs(),
      contactMs: world.wallMs(),
    });
    if (this.#withNeighbours.has(member)) this.#notAlone(state);
    this.#members.set(member, state);
    for (const path of state.store.paths()) this.#host(state, path);
    return state;
  }

  /** There are others: a member that learns so when it begins has joined them and must catch up. */
  noteNeighbours(member: Member): void {
    this.#withNeighbours.add(member);
    const state = this.#members.get(member);
    if (state === undefined) return;
    if (this.world.nowUs() < state.beganUs + this.options.establishMs * 1000) this.#notAlone(state);
  }

  leave(member: Member): void {
    this.#withNeighbours.delete(member);
    this.#end(member);
  }

  #end(member: Member): void {
    const state = this.#members.get(member);
    if (state === undefined) return;
    state.isOver = true;
    state.discard();
    this.#members.delete(member);
  }

  members(): IterableIterator<[Member, MemberState]> {
    return this.#members.entries();
  }

  /** Merges an entry into the member's copy of a directory. */
  store(state: MemberState, path: string, entry: Entry): StoreResult {
    if (state.isOver) return "full";
    const result = this.#merge(state, path, entry);
    if (result === "full" || result === "ahead" || result === "invalid") this.counters.refused++;
    else state.clock.observe(entry.stamp);
    if (result === "stored" && !state.hosted.has(path)) this.#host(state, path);
    return result;
  }

  /** Forgets what a member holds of a directory. */
  drop(state: MemberState, path: string): void {
    state.hosted.get(path)?.holders.release();
    state.hosted.delete(path);
    state.store.drop(path);
  }

  isAhead(stamp: Stamp): boolean {
    return stamp.ms > this.world.wallMs() + this.options.aheadMs;
  }

  /** Tombstones older than this are forgotten. */
  get tombstonesFromMs(): number {
    return this.world.wallMs() - this.options.tombstoneMs;
  }

  /** Whether the member holds what others may have removed and forgotten since. */
  hasLostContact(state: MemberState): boolean {
    const silentMs = this.world.wallMs() - state.contactMs;
    return silentMs > this.options.tombstoneMs && state.hosted.size > 0;
  }

  /**
   * Until when a comparison made now is good: a copy that has not been compared since does not answer
   * on its own, and who was a holder before has handed over by then.
   */
  get goodUntilUs(): number {
    const { repairPeriodMs, repairMs } = this.options;
    return this.world.nowUs() + (2 * repairPeriodMs + repairMs) * 1000;
  }

  /**
   * How many holders must store a write, or be heard for a read: two of three; with fewer than three
   * members a majority of those.
   */
  quorum(state: MemberState, holders: readonly Ref[]): number {
    this.#noteCount(state, holders);
    const hasThree = this.world.nowUs() < state.threeUntilUs;
    return Math.floor((hasThree ? HOLDERS : holders.length) / 2) + 1;
  }

  /** Takes note of who holds a directory now. */
  noteHolders(state: MemberState, hosted: Hosted, holders: readonly Ref[]): void {
    this.#noteCount(state, holders);
    hosted.holders.become(holders, state.self, this.goodUntilUs);
  }

  isEstablished(state: MemberState): boolean {
    return this.world.nowUs() >= state.establishedUs;
  }

  /**
   * Continuations of this turn run before anything else happens, also those that wait for nothing: the
   * simulator looks for them only where a promise of the `World` was settled.
   */
  letContinue(): void {
    this.world.deferred<void>().resolve();
  }

  /** Straight to another node, within the time that is left until `endsUs`. */
  request(
    state: MemberState,
    to: Ref,
    body: Message,
    endsUs: number,
  ): Promise<Message | undefined> {
    const deadlineUs = Math.max(1, endsUs - this.world.nowUs());
    return this.overlay.request(state.member, to, body, { deadlineUs });
  }

  #notAlone(state: MemberState): void {
    state.establishedUs = state.beganUs + this.options.establishMs * 1000;
    state.threeUntilUs = this.world.nowUs() + this.options.aloneAfterMs * 1000;
  }

  #noteCount(state: MemberState, holders: readonly Ref[]): void {
    if (holders.length < HOLDERS) return;
    state.threeUntilUs = this.world.nowUs() + this.options.aloneAfterMs * 1000;
  }

  #merge(state: MemberState, path: string, entry: Entry): StoreResult {
    if (this.isAhead(entry.stamp)) return "ahead";
    if (!isEntryName(entry.name)) return "invalid";
    const isForgotten = entry.removed && entry.stamp.ms < this.tombstonesFromMs;
    if (isForgotten && state.store.get(path)?.get(entry.name) === undefined) return "same";
    return state.store.merge(path, entry);
  }

  #host(state: MemberState, path: string): void {
    const hosted = new Hosted(path, this.overlay.contacts);
    state.hosted.set(path, hosted);
    this.onHosted(state, hosted);
  }
}
