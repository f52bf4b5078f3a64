import { SkipnetError } from "../../../core/errors.ts";
import { power } from "../../../core/power.ts";
import type { Random } from "../../../core/random.ts";
import type { Domain, Topology } from "./topology.ts";

/** How hosts are spread over routers (SkipNet, USITS 2003, section 5). */
export const PLACEMENTS = ["uniform", "clustered", "zipf-clustered"] as const;
export type PlacementName = (typeof PLACEMENTS)[number];

/** A domain is large enough for an organisation with at least this many routers a host. */
const ROUTERS_PER_HOST = 0.1;
/** Of the distances from an organisation's root router. */
const ZIPF_EXPONENT = 1.25;

export interface PlacementParts {
  readonly name: PlacementName;
  readonly topology: Topology;
  /** Of each host, its organisation, numbered from 0. */
  readonly organisations: Int32Array;
  readonly random: Random;
}

/**
 * Which router each host sits on: one number a host. `uniform`: any router. `clustered`: the hosts of an
 * organisation on random routers of one random domain, which has at least a tenth as many routers as the
 * organisation has hosts. `zipf-clustered`: a root router in such a domain, the others at Zipf-like
 * distances from it, in links. Throws `E_OPTIONS` where the network has no domains to cluster in.
 */
export class Placement {
  readonly name: PlacementName;
  readonly topology: Topology;
  /** Organisations for which no domain was large enough: they sit in the largest. */
  readonly crowded: number;
  #routers: Int32Array;
  #hosts: number;
  readonly #random: Random;
  readonly #homes: readonly Domain[];

  constructor({ name, topology, organisations, random }: PlacementParts) {
    this.name = name;
    this.topology = topology;
    this.#random = random.fork("later");
    this.#hosts = organisations.length;
    this.#routers = new Int32Array(this.#hosts);
    if (name === "uniform") {
      this.#homes = [];
      this.crowded = 0;
      for (let host = 0; host < this.#hosts; host++) {
        this.#routers[host] = random.below(topology.routers);
      }
      return;
    }
    if (topology.domains.length < 2) {
      throw new SkipnetError(
        "E_OPTIONS",
        `placement ${name} needs a network with domains; ${topology.name} has none`,
      );
    }
    const sizes: number[] = [];
    for (const organisation of organisations) {
      while (sizes.length <= organisation) sizes.push(0);
      sizes[organisation] = (sizes[organisation] as number) + 1;
    }
    const chosen = homes(topology, sizes, random);
    this.#homes = chosen.homes;
    this.crowded = chosen.crowded;
    const draws = this.#homes.map((home) =>
      name === "clustered"
        ? () => home.first + random.below(home.size)
        : zipfDraw(topology, home, random),
    );
    for (let host = 0; host < this.#hosts; host++) {
      this.#routers[host] = draws[organisations[host] as number]?.() ?? 0;
    }
  }

  /** A host that nobody planned for sits anywhere: drawn in order of host number, whoever asks first. */
  routerOf(host: number): number {
    if (host >= this.#hosts) this.#growTo(host);
    return this.#routers[host] as number;
  }

  /** Where an organisation sits; `undefined`: all over the network. */
  homeOf(organisation: number): Domain | undefined {
    return this.#homes[organisation];
  }

  /** A host that comes back under another number is where it was. */
  continues(host: number, former: number): void {
    const router = this.routerOf(former);
    this.routerOf(host);
    this.#routers[host] = router;
  }

  #growTo(host: number): void {
    if (host >= this.#routers.length) {
      const grown = new Int32Array(Math.max(64, 2 * this.#routers.length, host + 1));
      grown.set(this.#routers);
      this.#routers = grown;
    }
    while (this.#hosts <= host) {
      this.#routers[this.#hosts++] = this.#random.below(this.topology.routers);
    }
  }
}

/** A random one of the domains that are large enough, for each organisation; the largest if none is. */
function homes(
  { domains }: Topology,
  sizes: readonly number[],
  random: Random,
): { homes: Domain[]; crowded: number } {
  const bySize = [...domains].sort((a, b) => b.size - a.size || a.first - b.first);
  let crowded = 0;
  const chosen = sizes.map((size) => {
    let enough = 0;
    let end = bySize.length;
    // How many at the front are large enough.
    while (enough < end) {
      const middle = (enough + end) >> 1;
      if ((bySize[middle]?.size ?? 0) >= size * ROUTERS_PER_HOST) enough = middle + 1;
      else end = middle;
    }
    if (enough > 0) return bySize[random.below(enough)] as Domain;
    crowded++;
    const largest = bySize.filter((domain) => domain.size === bySize[0]?.size);
    return largest[random.below(largest.length)] as Domain;
  });
  return { homes: chosen, crowded };
}

/** Routers of a domain at Zipf-like distances from a root: a distance by its weight, then any router there. */
function zipfDraw(topology: Topology, home: Domain, random: Random): () => number {
  const root = home.first + random.below(home.size);
  const byHops: number[][] = [];
  for (let router = home.first; router < home.first + home.size; router++) {
    const hops = topology.hops(root, router);
    while (byHops.length <= hops) byHops.push([]);
    byHops[hops]?.push(router);
  }
  let total = 0;
  const upTo = byHops.map((routers, hops) => {
    if (routers.length > 0) total += power(hops + 1, -ZIPF_EXPONENT);
    return total;
  });
  return () => {
    const drawn = random.float() * total;
    const ring = byHops[upTo.findIndex((sum) => drawn < sum)] ?? [root];
    return ring[random.below(ring.length)] as number;
  };
}
