import { SkipnetError } from "../../../core/errors.ts";

/** A link inside an area; its ends are numbered from 0 within it. */
export interface AreaLink {
  readonly a: number;
  readonly b: number;
  /** One way, at least 1. */
  readonly us: number;
  /** Its number in the whole network. */
  readonly link: number;
}

/** Most links on a shortest way inside one area: what the table of hops can hold. */
const AREA_HOPS_MAX = 255;
/** Pairs of nodes over all areas: five bytes each. */
const AREA_PAIRS_MAX = 16 * 1_048_576;
/** Throws `E_LIMIT` if so many pairs of nodes of one area are more than can be kept. */
export function assertAreaPairs(pairs: number): void {
  if (pairs <= AREA_PAIRS_MAX) return;
  throw new SkipnetError(
    "E_LIMIT",
    `the domains of this network have over ${AREA_PAIRS_MAX} pairs of routers; make them smaller`,
  );
}

/** Above the hops in a key that orders ways by time and then by hops. */
const HOP_STEPS = 1_024;

/**
 * Shortest ways inside each of many small connected graphs ("areas"): between all pairs of nodes of an
 * area, none between areas. Of two ways of one length the one with fewer links is taken.
 */
export class AreaPaths {
  readonly #sizes: Int32Array;
  /** Where the square of an area begins, in pairs; and its adjacency, in nodes. */
  readonly #squareAt: Int32Array;
  readonly #nodeAt: Int32Array;
  readonly #us: Int32Array;
  readonly #hops: Uint8Array;
  /** Neighbours of node `n` stand from `#edgeAt[n]` to `#edgeAt[n + 1]`. */
  readonly #edgeAt: Int32Array;
  readonly #edgeTo: Int32Array;
  readonly #edgeUs: Int32Array;
  readonly #edgeLink: Int32Array;
  /** The longest shortest way of each area. */
  readonly #longestUs: Int32Array;

  /** Throws `E_LIMIT` if the tables would be too large, `E_INTERNAL` if an area is not connected. */
  constructor(sizes: Int32Array, links: readonly (readonly AreaLink[])[]) {
    this.#sizes = sizes;
    const areas = sizes.length;
    this.#squareAt = new Int32Array(areas + 1);
    this.#nodeAt = new Int32Array(areas + 1);
    this.#longestUs = new Int32Array(areas);
    let edges = 0;
    let pairs = 0;
    for (let area = 0; area < areas; area++) {
      const size = sizes[area] as number;
      pairs += size * size;
      assertAreaPairs(pairs);
      this.#squareAt[area + 1] = pairs;
      this.#nodeAt[area + 1] = (this.#nodeAt[area] as number) + size;
      edges += 2 * (links[area]?.length ?? 0);
    }
    this.#us = new Int32Array(pairs);
    this.#hops = new Uint8Array(pairs);
    this.#edgeAt = new Int32Array((this.#nodeAt[areas] as number) + 1);
    this.#edgeTo = new Int32Array(edges);
    this.#edgeUs = new Int32Array(edges);
    this.#edgeLink = new Int32Array(edges);
    for (let area = 0; area < areas; area++) this.#connect(area, links[area] ?? []);
    const search = new Search(sizes.reduce((most, size) => Math.max(most, size), 0));
    for (let area = 0; area < areas; area++) this.#solve(area, search);
  }

  /** Microseconds between two nodes of an area. */
  us(area: number, a: number, b: number): number {
    return this.#us[this.#pair(area, a, b)] as number;
  }

  hops(area: number, a: number, b: number): number {
    return this.#hops[this.#pair(area, a, b)] as number;
  }

  /** The longest of the shortest ways of an area, microseconds. */
  longestUs(area: number): number {
    return this.#longestUs[area] as number;
  }

  visit(area: number, a: number, b: number, visit: (link: number) => void): void {
    const base = this.#nodeAt[area] as number;
    let here = a;
    while (here !== b) {
      const leftUs = this.us(area, here, b);
      const leftHops = this.hops(area, here, b);
      const end = this.#edgeAt[base + here + 1] as number;
      for (let edge = this.#edgeAt[base + here] as number; edge < end; edge++) {
        const next = this.#edgeTo[edge] as number;
        if (this.us(area, next, b) + (this.#edgeUs[edge] as number) !== leftUs) continue;
        if (this.hops(area, next, b) + 1 !== leftHops) continue;
        visit(this.#edgeLink[edge] as number);
        here = next;
        break;
      }
    }
  }

  #pair(area: number, a: number, b: number): number {
    return (this.#squareAt[area] as number) + a * (this.#sizes[area] as number) + b;
  }

  /** Areas are connected in order: each writes behind the one before it. */
  #connect(area: number, links: readonly AreaLink[]): void {
    const base = this.#nodeAt[area] as number;
    const size = this.#sizes[area] as number;
    const first = this.#edgeAt[base] as number;
    const degrees = new Int32Array(size + 1);
    for (const { a, b } of links) {
      degrees[a + 1] = (degrees[a + 1] as number) + 1;
      degrees[b + 1] = (degrees[b + 1] as number) + 1;
    }
    for (let node = 0; node < size; node++) {
      degrees[node + 1] = (degrees[node + 1] as number) + (degrees[node] as number);
      this.#edgeAt[base + node + 1] = first + (degrees[node + 1] as number);
    }
    const put = (from: number, to: number, us: number, link: number): void => {
      const edge = first + (degrees[from] as number);
      degrees[from] = (degrees[from] as number) + 1;
      this.#edgeTo[edge] = to;
      this.#edgeUs[edge] = us;
      this.#edgeLink[edge] = link;
    };
    for (const { a, b, us, link } of links) {
      put(a, b, us, link);
      put(b, a, us, link);
    }
  }

  #solve(area: number, search: Search): void {
    const size = this.#sizes[area] as number;
    const base = this.#nodeAt[area] as number;
    let longest = 0;
    for (let source = 0; source < size; source++) {
      search.begin(size, source);
      for (let node = search.next(); node >= 0; node = search.next()) {
        const key = search.key;
        const us = Math.floor(key / HOP_STEPS);
        const hops = key % HOP_STEPS;
        if (hops > AREA_HOPS_MAX) {
          throw new SkipnetError(
            "E_LIMIT",
            `a way inside a domain has over ${AREA_HOPS_MAX} links`,
          );
        }
        const pair = this.#pair(area, source, node);
        this.#us[pair] = us;
        this.#hops[pair] = hops;
        longest = Math.max(longest, us);
        const end = this.#edgeAt[base + node + 1] as number;
        for (let edge = this.#edgeAt[base + node] as number; edge < end; edge++) {
          const step = (this.#edgeUs[edge] as number) * HOP_STEPS + 1;
          search.reach(this.#edgeTo[edge] as number, key + step);
        }
      }
      if (search.found < size) {
        throw new SkipnetError("E_INTERNAL", `area ${area} of the network is not connected`);
      }
    }
    this.#longestUs[area] = longest;
  }
}

/** Dijkstra's algorithm from one node: a binary heap of nodes by key, each in it once. */
class Search {
  readonly #keys: Float64Array;
  readonly #heap: Int32Array;
  /** Where a node stands in the heap; -1: it has not been reached yet. */
  readonly #place: Int32Array;
  #size = 0;
  found = 0;
  /** Of the node that `next` gave last. */
  key = 0;

  constructor(nodes: number) {
    this.#keys = new Float64Array(nodes);
    this.#heap = new Int32Array(nodes);
    this.#place = new Int32Array(nodes);
  }

  begin(nodes: number, source: number): void {
    this.#keys.fill(Number.POSITIVE_INFINITY, 0, nodes);
    this.#place.fill(-1, 0, nodes);
    this.#size = 0;
    this.found = 0;
    this.reach(source, 0);
  }

  /** There is a way of this length to the node. */
  reach(node: number, key: number): void {
    if (key >= (this.#keys[node] as number)) return;
    this.#keys[node] = key;
    let at = this.#place[node] as number;
    if (at < 0) at = this.#size++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = this.#heap[above] as number;
      if ((this.#keys[other] as number) <= key) break;
      this.#put(at, other);
      at = above;
    }
    this.#put(at, node);
  }

  /** The nearest node not given yet; -1: there is none. */
  next(): number {
    if (this.#size === 0) return -1;
    const node = this.#heap[0] as number;
    this.key = this.#keys[node] as number;
    this.found++;
    const last = this.#heap[--this.#size] as number;
    if (this.#size > 0) this.#sink(last);
    return node;
  }

  #sink(node: number): void {
    const key = this.#keys[node] as number;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.#size) break;
      const right = below + 1;
      if (right < this.#size && this.#keyAt(right) < this.#keyAt(below)) below = right;
      if (this.#keyAt(below) >= key) break;
      this.#put(at, this.#heap[below] as number);
      at = below;
    }
    this.#put(at, node);
  }

  #keyAt(at: number): number {
    return this.#keys[this.#heap[at] as number] as number;
  }

  #put(at: number, node: number): void {
    this.#heap[at] = node;
    this.#place[node] = at;
  }
}
