/** A part of the network under one administration: the routers `first` to `first + size - 1`. */
export interface Domain {
  readonly first: number;
  readonly size: number;
}

/**
 * Routers, links and the way of a packet between any two of them. Made from a random stream alone: the
 * same stream gives the same network. What it keeps does not grow with the pairs that are asked for.
 */
export interface Topology {
  readonly name: string;
  /** Numbered from 0. */
  readonly routers: number;
  /** Between routers, numbered from 0. */
  readonly links: number;
  /**
   * Where organisations may live: autonomous systems, or stub domains and what lies around them, in which
   * case small ones lie within large ones. One that holds every router: the model knows no domains.
   */
  readonly domains: readonly Domain[];
  /** One way from router to router, whole microseconds; 0 from a router to itself. */
  distanceUs(a: number, b: number): number;
  /** Links on that way. */
  hops(a: number, b: number): number;
  /** Calls `visit` with each link of that way, in order from `a`. */
  visitPath(a: number, b: number, visit: (link: number) => void): void;
  /** No distance is longer, microseconds. */
  readonly longestUs: number;
  /** Pairs of routers whose measured distance was missing, and filled in. */
  readonly missingPairs?: number;
}
