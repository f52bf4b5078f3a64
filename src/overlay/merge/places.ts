import type { Endpoint } from "../../core/address.ts";
import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { Random } from "../../core/random.ts";
import { RETURN_TO_SENDER } from "../../transport/transport.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import { forEachKnown } from "../known.ts";
import { nextHopByName } from "../next-hop.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "../ring-order.ts";
import type { MergeCounters, ProbeCause } from "./figures.ts";
import { RingPlace, RingProbe } from "./messages.ts";
import type { Newcomers } from "./newcomers.ts";

/** Questions of one member that are open at once; more are not asked. */
const ASKED_MAX = 16;
/** Times that a question is asked. */
const ASK_TRIES = 3;
/** Times that a place is sought again from a nearer node that the last answer named. */
const ROUNDS_MAX = 6;

type Place = MessageOf<typeof RingPlace>;

/** A question for a place and why it was asked. */
export interface Question {
  readonly cause: ProbeCause;
  /** Through whom; left out: by the member's own tables, the whole way round. */
  readonly via: Ref | Endpoint | undefined;
  readonly clockwise: boolean;
  /** A place other than the member's own: found, the own place is sought from there. */
  readonly target?: Ref | undefined;
  /** Of a merge that goes by: its number, and where this member's part of it ends. */
  readonly zip?: { readonly id: number; readonly until: Ref; readonly sinceUs: number } | undefined;
}

/** The last answer to a question: who stands next to the place, nearest first on either side. */
export interface FoundPlace {
  readonly question: Question;
  readonly end: Ref;
  readonly left: readonly Ref[];
  readonly right: readonly Ref[];
}

interface Asked {
  readonly id: number;
  readonly question: Question;
  /** What the round before found: the answer, should the one who was said to be nearer be silent. */
  readonly before: FoundPlace | undefined;
  readonly rounds: number;
  tries: number;
  /** Kept until the question ends. */
  readonly held: readonly Ref[];
}

/** Asks where a member's place is in a ring that may not be its own, and answers others. */
export class Places {
  readonly #net: Context;
  readonly #counters: MergeCounters;
  readonly #newcomers: Newcomers;
  readonly #random: Random;
  /** BOUNDED: one entry a member, of `ASKED_MAX`; each leaves after `ASK_TRIES` waits. */
  readonly #asked = new Map<Member, Asked[]>();
  readonly #probe = RingProbe.make({
    id: 0,
    from: NO_REF,
    target: NO_REF,
    clockwise: true,
    ageMs: 0,
    hops: 0,
  });

  /** Told of each place that is found. */
  onFound: (member: Member, found: FoundPlace) => void = () => undefined;

  constructor(net: Context, counters: MergeCounters, newcomers: Newcomers) {
    this.#net = net;
    this.#newcomers = newcomers;
    this.#counters = counters;
    this.#random = net.world.random("overlay.places");
  }

  ask(member: Member, question: Question): void {
    this.#begin(member, question, 0, undefined);
  }

  /** Others' questions: on to the last member before the place, which answers. */
  onProbe(member: Member, message: MessageOf<typeof RingProbe>): void {
    const net = this.#net;
    const { from, target, clockwise } = message;
    if (net.state(member) !== "in" || from === NO_REF) return;
    const direction = clockwise ? CLOCKWISE : COUNTER_CLOCKWISE;
    const avoid = [from, ...this.#newcomersOf(member, message.ageMs)];
    const next = nextHopByName(net, member, target, direction, avoid);
    if (next === NO_REF || message.hops >= net.hopsMax) {
      this.#answer(member, message);
      return;
    }
    message.hops++;
    this.#counters.probeHops++;
    net.send(member, next, message, RETURN_TO_SENDER);
  }

  onPlace(member: Member, message: Place): void {
    const open = this.#asked.get(member)?.find((asked) => asked.id === message.id);
    if (open === undefined || this.#net.state(member) !== "in") return;
    const { question } = open;
    const { from: end, left, right } = message;
    this.#end(member, open);
    if (question.target !== undefined) {
      const { target: _, ...own } = question;
      this.#begin(member, { ...own, via: end }, 0, undefined);
      return;
    }
    const found: FoundPlace = { question, end, left, right };
    const nearer = this.#nearest(member, question, [...left, ...right, end]);
    if (nearer !== end && nearer !== NO_REF && open.rounds < ROUNDS_MAX) {
      // Whoever answered has heard of somebody nearer: the place is sought from there.
      this.#begin(member, { ...question, via: nearer }, open.rounds + 1, found);
      return;
    }
    this.onFound(member, found);
  }

  /** A question met a node that does not answer. */
  onReturn(member: Member, message: MessageOf<typeof RingProbe>): void {
    const { id, from } = message;
    if (from !== this.#net.self(member)) {
      this.onProbe(member, message);
      return;
    }
    const open = this.#asked.get(member)?.find((asked) => asked.id === id);
    if (open === undefined) return;
    if (open.question.via === undefined) this.#try(member, open);
    else this.#giveUp(member, open);
  }

  clear(member: Member): void {
    for (const open of [...(this.#asked.get(member) ?? [])]) this.#end(member, open);
  }

  /** Who stands next to the member, on the side that a question comes from; if not the neighbour that it has. */
  #nearest(member: Member, { clockwise }: Question, nodes: readonly Ref[]): Ref {
    const { order, table } = this.#net;
    const self = this.#net.self(member);
    const direction: Direction = clockwise ? COUNTER_CLOCKWISE : CLOCKWISE;
    let nearest = table.neighbour(member, 0, direction);
    for (const node of nodes) {
      if (order.sameName(node, self)) continue;
      if (nearest === NO_REF || order.isInside(self, node, nearest, direction)) nearest = node;
    }
    return nearest === table.neighbour(member, 0, direction) ? NO_REF : nearest;
  }

  #begin(member: Member, question: Question, rounds: number, before: FoundPlace | undefined): void {
    const net = this.#net;
    const asked = this.#asked.get(member) ?? [];
    if (asked.length >= ASKED_MAX || net.state(member) !== "in") return;
    const { via, target, zip } = question;
    const told = [...(before?.left ?? []), ...(before?.right ?? []), before?.end];
    const held = [target, zip?.until, typeof via === "number" ? via : undefined, ...told].filter(
      (ref) => ref !== undefined,
    );
    for (const ref of held) net.contacts.keep(ref);
    const id = 1 + this.#random.below(0xffff_fffe);
    const open: Asked = { id, question, before, rounds, tries: 0, held };
    asked.push(open);
    this.#asked.set(member, asked);
    this.#try(member, open);
  }

  #try(member: Member, open: Asked): void {
    const net = this.#net;
    if (!(this.#asked.get(member)?.includes(open) ?? false)) return;
    if (open.tries++ === ASK_TRIES || !this.#send(member, open)) {
      this.#giveUp(member, open);
      return;
    }
    const waitUs = net.options.placeWaitMs * 1000 * open.tries;
    net.world.after(member, waitUs, () => this.#try(member, open));
  }

  /** False: there is nobody to ask. */
  #send(member: Member, { id, question }: Asked): boolean {
    const net = this.#net;
    const { via, clockwise, cause, zip, target = net.self(member) } = question;
    const probe = this.#probe;
    probe.id = id;
    probe.from = net.self(member);
    probe.target = target;
    probe.clockwise = clockwise;
    probe.ageMs = zip === undefined ? 0 : Math.round((net.world.nowUs() - zip.sinceUs) / 1000);
    probe.hops = 0;
    const next = via ?? this.#furthest(member, clockwise ? CLOCKWISE : COUNTER_CLOCKWISE);
    if (next === NO_REF) return false;
    this.#counters.probes[cause]++;
    if (typeof next === "number") net.send(member, next, probe, RETURN_TO_SENDER);
    else net.sendToPeer(member, net.transport.peer(next), probe);
    return true;
  }

  /** Of all that the member knows, who stands furthest in a direction before the round is full. */
  #furthest(member: Member, direction: Direction): Ref {
    const { order } = this.#net;
    const self = this.#net.self(member);
    let furthest = NO_REF;
    forEachKnown(this.#net, member, (node) => {
      if (furthest === NO_REF || order.isInside(furthest, node, self, direction)) furthest = node;
    });
    return furthest;
  }

  #answer(member: Member, { id, from, ageMs }: MessageOf<typeof RingProbe>): void {
    const net = this.#net;
    if (from === net.self(member)) return;
    const leftOut = this.#newcomersOf(member, ageMs);
    const side = (direction: Direction): Ref[] => {
      const nodes: Ref[] = [];
      for (let i = 0; i < net.leaves.count(member, direction); i++) {
        const leaf = net.leaves.at(member, direction, i);
        if (!leftOut.includes(leaf)) nodes.push(leaf);
      }
      return nodes;
    };
    const place = RingPlace.make({
      id,
      from: net.self(member),
      left: side(COUNTER_CLOCKWISE),
      right: side(CLOCKWISE),
    });
    net.send(member, from, place);
  }

  #newcomersOf(member: Member, ageMs: number): readonly Ref[] {
    return ageMs === 0 ? [] : this.#newcomers.since(member, this.#net.world.nowUs() - ageMs * 1000);
  }

  #giveUp(member: Member, open: Asked): void {
    this.#end(member, open);
    if (open.before !== undefined) this.onFound(member, open.before);
  }

  #end(member: Member, open: Asked): void {
    const asked = this.#asked.get(member);
    const at = asked?.indexOf(open) ?? -1;
    if (asked === undefined || at < 0) return;
    asked.splice(at, 1);
    if (asked.length === 0) this.#asked.delete(member);
    for (const ref of open.held) this.#net.contacts.release(ref);
  }
}
