import type { Topology } from "../../../../src/transport/sim/topology/topology.ts";

/** A link as a path that crosses it alone shows it. */
export interface FoundLink {
  readonly a: number;
  readonly b: number;
  readonly us: number;
}

/**
 * The links of a small network, found by asking for the way of every pair: those of one link are links.
 * Every link of a network with exact shortest ways shows, unless a way around it is shorter.
 */
export function linksOf(topology: Topology): Map<number, FoundLink> {
  const links = new Map<number, FoundLink>();
  for (let a = 0; a < topology.routers; a++) {
    for (let b = 0; b < a; b++) {
      if (topology.hops(a, b) !== 1) continue;
      topology.visitPath(a, b, (link) => {
        links.set(link, { a, b, us: topology.distanceUs(a, b) });
      });
    }
  }
  return links;
}

/** Distances from one router over these links, by Bellman and Ford: slow, and nothing like what it checks. */
export function distancesFrom(
  source: number,
  routers: number,
  links: Iterable<FoundLink>,
): Float64Array {
  const all = [...links];
  const us = new Float64Array(routers).fill(Number.POSITIVE_INFINITY);
  us[source] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const { a, b, us: length } of all) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const way = (us[from] as number) + length;
        if (way >= (us[to] as number)) continue;
        us[to] = way;
        changed = true;
      }
    }
  }
  return us;
}

/** The links of a way, and what they add up to. */
export function wayOf(
  topology: Topology,
  links: ReadonlyMap<number, FoundLink>,
  from: number,
  to: number,
): { readonly count: number; readonly us: number; readonly end: number } {
  let here = from;
  let count = 0;
  let us = 0;
  topology.visitPath(from, to, (number) => {
    const link = links.get(number);
    if (link === undefined) throw new Error(`no link ${number}`);
    if (link.a !== here && link.b !== here) throw new Error(`link ${number} is not at ${here}`);
    here = link.a === here ? link.b : link.a;
    count++;
    us += link.us;
  });
  return { count, us, end: here };
}
