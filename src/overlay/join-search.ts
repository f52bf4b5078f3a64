import { NO_REF, type Ref } from "../core/contacts.ts";
import { RETURN_TO_SENDER } from "../transport/transport.ts";
import type { MessageOf } from "../wire/message.ts";
import type { Context } from "./context.ts";
import { JoinFound, JoinSearch, NO_LEVEL, type RouteByNumericId } from "./messages.ts";
import { nextOnRing } from "./next-hop.ts";
import type { Member } from "./overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, type Direction } from "./ring-order.ts";

type Search = MessageOf<typeof JoinSearch>;
type Climb = MessageOf<typeof RouteByNumericId>;

const HOPS_MAX = 4_000;
/** What the field holds: a climb may be longer. */
const CLIMB_HOPS_MAX = 255;
const NOBODY: readonly Ref[] = [];

/**
 * The members' side of a join: up to the joiner's top ring, then down to the root ring, where they seek its
 * place by name on each and collect the neighbours there. The walk on a ring stays between the two
 * neighbours of the ring above. Source: SkipNet (USITS 2003) §3.5.
 */
export class JoinSearches {
  readonly #net: Context;
  readonly #forget: (member: Member, ref: Ref) => void;
  /** Filled anew for each joiner: `send` copies it. */
  readonly #newSearch = JoinSearch.make({
    joiner: NO_REF,
    id: 0,
    level: 0,
    hops: 0,
    found: NOBODY,
  });

  /** `forget`: a node whose restarted successor joins is gone. */
  constructor(net: Context, forget: (member: Member, ref: Ref) => void) {
    this.#net = net;
    this.#forget = forget;
  }

  /**
   * Phase one, one step: figure 5 without its end, as any member of the joiner's top ring will do.
   * Where a ring has been walked round without meeting a longer prefix, it is the top ring.
   */
  climb(member: Member, message: Climb): void {
    const net = this.#net;
    const self = net.self(member);
    const prefix = net.digits.commonPrefix(message.target, self);
    if (message.level === NO_LEVEL || prefix > message.level) {
      message.level = prefix;
      message.start = self;
    }
    const level = Math.min(message.level, net.table.levels - 1);
    const { origin, id } = message.carried;
    const next = nextOnRing(net, member, level, CLOCKWISE);
    // The joiner itself may stand there already, if the answer to an earlier request was lost.
    if (
      next === NO_REF ||
      next === origin ||
      net.order.liesBetween(self, message.start, next, CLOCKWISE)
    ) {
      const search = this.#newSearch;
      search.joiner = origin;
      search.id = id;
      search.level = level;
      search.hops = 0;
      search.found = NOBODY;
      this.walk(member, search);
      return;
    }
    // One that comes too late is dropped: its joiner has begun anew.
    if (message.remainingMs === 0) return;
    net.phases.climb++;
    message.hops = Math.min(message.hops + 1, CLIMB_HOPS_MAX);
    net.send(member, next, message, RETURN_TO_SENDER);
  }

  /** On from this member: down the levels as far as its pointers tell, then over to the next member. */
  walk(member: Member, search: Search): void {
    const net = this.#net;
    const self = net.self(member);
    const { joiner } = search;
    // A search that comes to its own joiner belongs to an attempt before.
    if (net.state(member) !== "in" || self === joiner) {
      this.#answer(member, search, "failed");
      return;
    }
    for (;;) {
      if (this.#isTaken(joiner, self)) {
        this.#answer(member, search, "nameTaken");
        return;
      }
      const next = nextOnRing(net, member, search.level, CLOCKWISE);
      if (next !== NO_REF && this.#isFormerLife(joiner, next)) {
        this.#forget(member, next);
        continue;
      }
      if (next !== NO_REF && this.#isTaken(joiner, next)) {
        this.#answer(member, search, "nameTaken");
        return;
      }
      if (next !== NO_REF && !net.order.liesBetween(self, joiner, next, CLOCKWISE)) {
        this.#sendOn(member, next, search);
        return;
      }
      search.found = [...search.found, ...this.#neighboursHere(member, search.level, next)];
      if (search.level === 0) {
        this.#answer(member, search, "found");
        return;
      }
      search.level--;
    }
  }

  #sendOn(member: Member, next: Ref, search: Search): void {
    search.hops++;
    if (search.hops > HOPS_MAX) {
      this.#answer(member, search, "failed");
      return;
    }
    this.#net.phases.descend++;
    this.#net.send(member, next, search, RETURN_TO_SENDER);
  }

  /** As many as the tables have to each side, nearest first; short rings repeat their last. */
  #neighboursHere(member: Member, level: number, next: Ref): Ref[] {
    const { table } = this.#net;
    const self = this.#net.self(member);
    if (table.width === 1) return [self, next === NO_REF ? self : next];
    const side = (first: Ref, direction: Direction, from: number): Ref[] => {
      const nodes = [first];
      for (let i = from; nodes.length < table.width; i++) {
        const ref = i < table.width ? table.pointer(member, level, direction, i) : NO_REF;
        nodes.push(ref === NO_REF ? (nodes.at(-1) as Ref) : ref);
      }
      return nodes;
    };
    const right = next === NO_REF ? self : next;
    return [...side(self, COUNTER_CLOCKWISE, 0), ...side(right, CLOCKWISE, 1)];
  }

  #answer(member: Member, search: Search, outcome: "found" | "nameTaken" | "failed"): void {
    const { id, found, joiner } = search;
    const { width } = this.#net.table;
    const top = Math.max(0, found.length / (2 * width) - 1);
    this.#net.phases.link++;
    this.#net.send(member, joiner, JoinFound.make({ id, outcome, top, found }));
  }

  /** By another node: a joiner that stands here already was inserted, and the answer lost. */
  #isTaken(joiner: Ref, node: Ref): boolean {
    return joiner !== node && this.#net.order.sameName(joiner, node);
  }

  /** Same name and address in an earlier incarnation: the joiner is that node, restarted. */
  #isFormerLife(joiner: Ref, node: Ref): boolean {
    const { contacts, order } = this.#net;
    return (
      joiner !== node &&
      order.sameName(joiner, node) &&
      contacts.address(joiner) === contacts.address(node) &&
      contacts.incarnation(joiner) > contacts.incarnation(node)
    );
  }
}
