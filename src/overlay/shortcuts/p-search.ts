import { NO_REF, type Ref } from "../../core/contacts.ts";
import type { MessageOf } from "../../wire/message.ts";
import type { Context } from "../context.ts";
import { nextHopByName } from "../next-hop.ts";
import type { Member } from "../overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../ring-order.ts";
import type { PJoin } from "./messages.ts";
import { segmentOf } from "./p-table.ts";

/** Nodes that a search collects in one segment. */
const PER_SEGMENT = 3;
/** Hops of a search for near nodes. */
const SEARCH_HOPS_MAX = 24;

type Search = MessageOf<typeof PJoin>;

/** What a search has found after this member added whom it knows, and where a segment is still empty. */
export interface Gathered {
  readonly candidates: readonly Ref[];
  /** The end point of the empty segment furthest from the seeker; `NO_REF`: none is empty. */
  readonly unfilled: Ref;
}

/** Adds the nodes that this member knows to the candidates, up to three a segment; near ones first. */
export function gather(net: Context, member: Member, search: Search): Gathered {
  const { from, ends } = search;
  const counts = new Array<number>(ends.length).fill(0);
  const candidates: Ref[] = [];
  const seen = new Set<Ref>([from]);
  const add = (node: Ref): void => {
    if (node === NO_REF || seen.has(node)) return;
    const segment = segmentOf(net, from, ends, node);
    const count = counts[segment];
    if (count === undefined || count >= PER_SEGMENT) return;
    counts[segment] = count + 1;
    seen.add(node);
    candidates.push(node);
  };
  for (const node of search.candidates) add(node);
  const addUsable = (node: Ref): void => {
    if (net.isUsable(member, node)) add(node);
  };
  addUsable(net.self(member));
  net.shortcuts.pTable?.forEach(member, addUsable);
  forEachNeighbour(net, member, addUsable);
  let unfilled = NO_REF;
  let furthest = -1;
  counts.forEach((count, segment) => {
    // Counted in end points from the seeker, the way round that is shorter.
    const away = Math.min(segment + 1, ends.length - segment);
    if (count > 0 || away <= furthest) return;
    furthest = away;
    unfilled = ends[segment] as Ref;
  });
  return { candidates, unfilled };
}

/** Where the search goes on: towards the end point of an empty segment. `NO_REF`: it is over. */
export function nextOfSearch(net: Context, member: Member, search: Search, towards: Ref): Ref {
  if (search.hops >= SEARCH_HOPS_MAX) return NO_REF;
  const isRight = net.contacts.compareNames(towards, net.self(member)) > 0;
  const next = nextHopByName(net, member, towards, isRight ? CLOCKWISE : COUNTER_CLOCKWISE);
  return next === search.from ? NO_REF : next;
}

/** R-Table, leaf set and the pointers without duplicates; some nodes more than once. */
export function forEachNeighbour(net: Context, member: Member, visit: (node: Ref) => void): void {
  const { table, leaves, shortcuts } = net;
  for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
    for (let i = leaves.count(member, direction) - 1; i >= 0; i--) {
      visit(leaves.at(member, direction, i));
    }
    for (let level = table.topLevel(member); level >= 0; level--) {
      for (let i = 0; i < table.width; i++) {
        const node = table.pointer(member, level, direction, i);
        if (node !== NO_REF) visit(node);
      }
    }
  }
  shortcuts.forEachWatched(member, visit);
}
