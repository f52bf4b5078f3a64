import type { Endpoint } from "../../core/address.ts";
import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { MemberTimer } from "../../core/world.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { MergeCounters } from "./figures.ts";
import { GoneSet } from "./gone.ts";
import type { Places } from "./places.ts";
import { SilentSides } from "./silent-sides.ts";

/** Addresses that a member joined through and remembers; the first are forgotten first. */
const SEEDS_MAX = 8;
/** Share of the questions to who is gone that go to a seed instead, and to a live node of the tables. Seeds: FreePastry. */
const SEED_SHARE = 0.05;
const TABLE_SHARE = 0.2;
/** Live nodes that an edge asks besides its own way round: they may stand in another segment. */
const EDGE_CONTACTS = 3;
/** A node that is heard again makes a member ask for its place at most once in so long. */
const RETURNED_MS = 10_000;
/** Sorts behind every name that begins with the prefix before it. */
const AFTER_ALL = "\u{10ffff}";

/**
 * Notices that others are out of reach together, not dead one by one, and seeks the rest of the ring:
 * at once where a whole side of the leaf set falls silent, and for as long as anybody is gone now and
 * then through one of them. Source: FreePastry's partition handler for the latter.
 */
export class PartitionDetection {
  readonly gone: GoneSet;
  readonly #net: Context;
  readonly #places: Places;
  readonly #counters: MergeCounters;
  readonly #edges: SilentSides;
  readonly #goneTimer: MemberTimer;
  readonly #edgeTimer: MemberTimer;
  readonly #random;
  /** Sides that fell silent and were not sought yet, as bits. BOUNDED: one entry a member. */
  readonly #silent = new Map<Member, number>();
  /** BOUNDED: one entry a member, of `SEEDS_MAX`. */
  readonly #seeds = new Map<Member, Endpoint[]>();
  /** When a member last asked because somebody was heard again. BOUNDED: one entry a member. */
  readonly #returnedUs = new Map<Member, number>();

  /** Whether the member takes part in a merge at this moment. */
  isMerging: (member: Member) => boolean = () => false;

  /** Told when somebody who was gone is the member's neighbour on the root ring again. */
  onSeam: (member: Member, direction: Direction, node: Ref) => void = () => undefined;

  constructor(net: Context, places: Places, counters: MergeCounters) {
    this.#net = net;
    this.#places = places;
    this.#counters = counters;
    this.gone = new GoneSet(net);
    this.#edges = new SilentSides(net);
    this.#random = net.world.random("overlay.detection");
    this.#goneTimer = net.world.timer("overlay.gone", (member) => this.#tryGone(member as Member));
    this.#edgeTimer = net.world.timer("overlay.edge", (member) => this.#seek(member as Member));
  }

  /** Addresses to ask should the member be cut off. */
  remember(member: Member, seeds: readonly Endpoint[]): void {
    this.#seeds.set(member, [...(this.#seeds.get(member) ?? []), ...seeds].slice(-SEEDS_MAX));
  }

  /** A node was called down for its silence; it still stands in the tables. */
  losing(member: Member, node: Ref): void {
    const isFirst = this.gone.pick(member) === undefined;
    this.gone.add(member, node);
    if (isFirst) this.#armGone(member);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      if (!this.#edges.losing(member, node, direction)) continue;
      this.#counters.edges++;
      this.#silent.set(member, (this.#silent.get(member) ?? 0) | (1 << direction));
      this.#edgeTimer.arm(member, this.#about(this.#net.options.edgeMs));
    }
  }

  /** Somebody who was gone is there again: is it on the member's ring? */
  heard(member: Member, node: Ref): void {
    if (this.gone.isEmpty(member) || !this.gone.has(member, node)) return;
    const net = this.#net;
    this.gone.forget(member, node);
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      if (net.table.neighbour(member, 0, direction) !== node) continue;
      this.#counters.linked(0, net.world.nowUs());
      this.onSeam(member, direction, node);
    }
    const nowUs = net.world.nowUs();
    const last = this.#returnedUs.get(member) ?? Number.NEGATIVE_INFINITY;
    if (nowUs - last < RETURNED_MS * 1000) return;
    this.#returnedUs.set(member, nowUs);
    // Many hear of many at the same moment: the first to ask may have merged the rings before the last.
    net.contacts.keep(node);
    net.world.after(member, this.#about(net.options.seamMs), () => {
      if (!this.isMerging(member)) this.#askThrough(member, node);
      net.contacts.release(node);
    });
  }

  /** Asks for the member's place through addresses of another overlay, or of one that it was cut off from. */
  seekThrough(member: Member, seeds: readonly Endpoint[]): void {
    this.remember(member, seeds);
    for (const seed of seeds) this.#askThrough(member, seed);
  }

  clear(member: Member): void {
    this.gone.clear(member);
    this.#goneTimer.cancel(member);
    this.#edgeTimer.cancel(member);
    this.#silent.delete(member);
    this.#edges.clear(member);
    this.#seeds.delete(member);
    this.#returnedUs.delete(member);
  }

  /** A whole side is silent: who comes next on that side, the whole way round? And are there segments besides? */
  #seek(member: Member): void {
    const net = this.#net;
    const sides = this.#silent.get(member) ?? 0;
    this.#silent.delete(member);
    if (net.state(member) !== "in") return;
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      if ((sides & (1 << direction)) === 0) continue;
      // The other way round: it ends at whoever stands first beyond the silence.
      const clockwise = direction === COUNTER_CLOCKWISE;
      this.#places.ask(member, { cause: "edge", via: undefined, clockwise });
    }
    for (const node of this.#someOfTables(member, EDGE_CONTACTS)) this.#askThrough(member, node);
    for (const prefix of net.options.segments) {
      const target = net.contacts.nameOnly(prefix + AFTER_ALL);
      this.#places.ask(member, { cause: "edge", via: undefined, clockwise: true, target });
    }
  }

  #tryGone(member: Member): void {
    const net = this.#net;
    const gone = this.gone.pick(member);
    if (gone === undefined || net.state(member) !== "in") return;
    this.#armGone(member);
    const seeds = this.#seeds.get(member) ?? [];
    const draw = this.#random.float();
    const seed = seeds[this.#random.below(Math.max(1, seeds.length))];
    if (draw < SEED_SHARE && seed !== undefined) this.#askThrough(member, seed);
    else if (draw < SEED_SHARE + TABLE_SHARE) {
      for (const node of this.#someOfTables(member, 1)) this.#askThrough(member, node);
    } else this.#askThrough(member, gone);
  }

  #askThrough(member: Member, via: Ref | Endpoint): void {
    this.#places.ask(member, { cause: "gone", via, clockwise: true });
  }

  /** Live nodes of the rings above, at random. */
  #someOfTables(member: Member, count: number): readonly Ref[] {
    const { table, suspects } = this.#net;
    const nodes = new Set<Ref>();
    for (let level = 1; level <= table.topLevel(member); level++) {
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        const node = table.neighbour(member, level, direction);
        if (node !== NO_REF && !suspects.has(member, node)) nodes.add(node);
      }
    }
    return this.#random.shuffle([...nodes]).slice(0, count);
  }

  #armGone(member: Member): void {
    this.#goneTimer.arm(member, this.#about(this.#net.options.gonePeriodMs));
  }

  #about(ms: number): number {
    return Math.round(ms * 1000 * (0.5 + this.#random.float()));
  }
}
