import type { Random } from "../../../core/random.ts";
import { AreaPaths } from "./area-paths.ts";
import { MERCATOR_MAP, MercatorPlan } from "./mercator-plan.ts";
import { SystemRoutes } from "./system-routes.ts";
import type { Domain, Topology } from "./topology.ts";

/**
 * A router network of autonomous systems with the counts of the map made by Mercator (Govindan and
 * Tangmunarunkit, INFOCOM 2000) that the papers simulated on. Synthetic: sizes of systems Zipf-like,
 * degrees by preferential attachment. Routes as there: fewest systems, then the shortest way inside each.
 * Throws `E_OPTIONS` and `E_LIMIT`.
 */
export function mercator(random: Random, options = MERCATOR_MAP): Topology {
  return new Mercator(new MercatorPlan(random, options));
}

class Mercator implements Topology {
  readonly name = "mercator";
  readonly routers: number;
  readonly links: number;
  readonly domains: readonly Domain[];
  readonly longestUs: number;
  readonly #plan: MercatorPlan;
  readonly #paths: AreaPaths;
  readonly #routes: SystemRoutes;
  /** Of each router: its system, the core router that its tree hangs at, and the way up to that. */
  readonly #system: Uint16Array;
  readonly #core: Uint32Array;
  readonly #upUs: Int32Array;
  readonly #upHops: Int32Array;

  constructor(plan: MercatorPlan) {
    this.#plan = plan;
    this.routers = plan.parents.length;
    this.links = plan.links;
    this.domains = plan.sizes.map((size, system) => ({
      first: plan.firsts[system] as number,
      size,
    }));
    this.#paths = new AreaPaths(plan.cores, plan.coreLinks);
    this.#routes = new SystemRoutes(plan.sizes.length, plan.systemLinks, this.#paths);
    this.#system = new Uint16Array(this.routers);
    this.#core = new Uint32Array(this.routers);
    this.#upUs = new Int32Array(this.routers);
    this.#upHops = new Int32Array(this.routers);
    const highest = new Int32Array(this.domains.length);
    this.domains.forEach(({ first, size }, system) => {
      for (let router = first; router < first + size; router++) {
        this.#place(router, system, router - first);
        highest[system] = Math.max(highest[system] as number, this.#upUs[router] as number);
      }
    });
    this.longestUs = this.#longestUs(highest);
  }

  distanceUs(a: number, b: number): number {
    const [from, to] = [this.#system[a] as number, this.#system[b] as number];
    const [start, end] = [this.#core[a] as number, this.#core[b] as number];
    const ups = (this.#upUs[a] as number) + (this.#upUs[b] as number);
    if (from !== to) {
      const leaving = this.#paths.us(from, start, this.#routes.exit(from, to));
      const entering = this.#paths.us(to, this.#routes.exit(to, from), end);
      return ups + leaving + this.#routes.usBetween(from, to) + entering;
    }
    if (start !== end) return ups + this.#paths.us(from, start, end);
    return ups - 2 * (this.#upUs[this.#branch(a, b)] as number);
  }

  hops(a: number, b: number): number {
    const [from, to] = [this.#system[a] as number, this.#system[b] as number];
    const [start, end] = [this.#core[a] as number, this.#core[b] as number];
    const ups = (this.#upHops[a] as number) + (this.#upHops[b] as number);
    if (from !== to) {
      const leaving = this.#paths.hops(from, start, this.#routes.exit(from, to));
      const entering = this.#paths.hops(to, this.#routes.exit(to, from), end);
      return ups + leaving + this.#routes.hopsBetween(from, to) + entering;
    }
    if (start !== end) return ups + this.#paths.hops(from, start, end);
    return ups - 2 * (this.#upHops[this.#branch(a, b)] as number);
  }

  visitPath(a: number, b: number, visit: (link: number) => void): void {
    const [from, to] = [this.#system[a] as number, this.#system[b] as number];
    const [start, end] = [this.#core[a] as number, this.#core[b] as number];
    const isOneTree = from === to && start === end;
    const [aTop, bTop] = isOneTree
      ? [this.#branch(a, b), this.#branch(a, b)]
      : [this.#top(a), this.#top(b)];
    for (const link of this.#climb(a, aTop)) visit(link);
    if (from !== to) {
      this.#paths.visit(from, start, this.#routes.exit(from, to), visit);
      this.#routes.visit(from, to, visit);
      this.#paths.visit(to, this.#routes.exit(to, from), end, visit);
    } else if (start !== end) {
      this.#paths.visit(from, start, end, visit);
    }
    for (const link of this.#climb(b, bTop).reverse()) visit(link);
  }

  /** Parents come before their children. */
  #place(router: number, system: number, local: number): void {
    const { parents, parentUs } = this.#plan;
    const parent = parents[router] as number;
    this.#system[router] = system;
    this.#core[router] = parent < 0 ? local : (this.#core[parent] as number);
    if (parent < 0) return;
    this.#upUs[router] = (this.#upUs[parent] as number) + (parentUs[router] as number);
    this.#upHops[router] = (this.#upHops[parent] as number) + 1;
  }

  /** The core router of a router's tree. */
  #top(router: number): number {
    return (
      (this.#plan.firsts[this.#system[router] as number] as number) + (this.#core[router] as number)
    );
  }

  /** Where the ways up from two routers of one tree meet. */
  #branch(a: number, b: number): number {
    const { parents } = this.#plan;
    let [x, y] = [a, b];
    while (x !== y) {
      if ((this.#upHops[x] as number) >= (this.#upHops[y] as number)) x = parents[x] as number;
      else y = parents[y] as number;
    }
    return x;
  }

  /** The links on the way up a tree. */
  #climb(router: number, top: number): number[] {
    const { parents, parentLink } = this.#plan;
    const links: number[] = [];
    for (let at = router; at !== top; at = parents[at] as number) {
      links.push(parentLink[at] as number);
    }
    return links;
  }

  #longestUs(highest: Int32Array): number {
    let longest = 0;
    const systems = highest.length;
    const inside = (system: number): number =>
      (highest[system] as number) + this.#paths.longestUs(system);
    for (let a = 0; a < systems; a++) {
      longest = Math.max(longest, inside(a) + (highest[a] as number));
      for (let b = a + 1; b < systems; b++) {
        longest = Math.max(longest, inside(a) + this.#routes.usBetween(a, b) + inside(b));
      }
    }
    return longest;
  }
}
