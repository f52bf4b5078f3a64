import { DOUBTFUL } from "../../overlay/carried.ts";
import { RouteByName } from "../../overlay/messages.ts";
import type { RouteObserver } from "../../overlay/router.ts";
import type { TopologyLatency } from "../../transport/sim/topology/topology-latency.ts";
import type { SimNetwork } from "./network.ts";

/** How long the ways of routes by name were in the network, beside those from end to end. Means over routes. */
export interface RouteLengthFigures {
  /** Routes that arrived at another node than they began at, at the first try. */
  readonly routes: number;
  /** Relative delay penalty: the mean of what each route took over what its ends are apart. */
  readonly rdp: number;
  /** The same of all routes together: sums over each other. */
  readonly rdpOfSums: number;
  /** As `rdp`, of links instead of time. */
  readonly linksPenalty: number;
  /** One way, of the routes and between their ends. */
  readonly routeMs: number;
  readonly directMs: number;
  readonly routeLinks: number;
  readonly directLinks: number;
}

/** Routes on their way that are followed; of more the oldest is forgotten. */
const FOLLOWED_MAX = 1_048_576;
/** Above all numbers of requests. */
const ORIGIN = 0x1_0000_0000;

/** One route on its way. */
interface Followed {
  readonly origin: number;
  at: number;
  us: number;
  links: number;
}

/** Follows routes by name over the network, from node to node. Changes nothing of a run. */
export class RouteLengths {
  readonly #latency: TopologyLatency;
  /** By origin and request. BOUNDED: `FOLLOWED_MAX`. */
  readonly #followed = new Map<number, Followed>();
  #routes = 0;
  readonly #sums = {
    rdp: 0,
    linksPenalty: 0,
    routeUs: 0,
    directUs: 0,
    routeLinks: 0,
    directLinks: 0,
  };

  constructor(latency: TopologyLatency) {
    this.#latency = latency;
  }

  /** Sees the routes of each overlay object of a network; what saw them before still does. */
  observe(network: SimNetwork, others: readonly RouteObserver[]): void {
    // At the message level ports are hosts, also those of restarted nodes; packets number nodes as they are.
    const isPackets = network.packets !== undefined;
    const isOne = network.nets.length === 1;
    network.nets.forEach((net, index) => {
      const other = others[index];
      const onRoute: RouteObserver["onRoute"] = (member, message) => {
        other?.onRoute(member, message);
        if (!RouteByName.is(message)) return;
        const { id, origin, attempt } = message.carried;
        if (attempt !== 1) return;
        const self = net.self(member);
        // A target that came over a network is a bare name.
        const isTarget = net.contacts.compareNames(message.target, self) === 0;
        const key = origin * ORIGIN + (id % DOUBTFUL);
        const node = isOne ? member : index;
        const host = isPackets ? node : net.context.port(member);
        this.#step(host, key, origin === self, isTarget);
      };
      net.observeRoutes({ onRoute });
    });
  }

  figures(): RouteLengthFigures | undefined {
    const routes = this.#routes;
    if (routes === 0) return undefined;
    const { rdp, linksPenalty, routeUs, directUs, routeLinks, directLinks } = this.#sums;
    return {
      routes,
      rdp: rdp / routes,
      rdpOfSums: routeUs / directUs,
      linksPenalty: linksPenalty / routes,
      routeMs: routeUs / routes / 1_000,
      directMs: directUs / routes / 1_000,
      routeLinks: routeLinks / routes,
      directLinks: directLinks / routes,
    };
  }

  #step(host: number, key: number, isOrigin: boolean, isTarget: boolean): void {
    if (isOrigin) {
      this.#begin(key, host);
      return;
    }
    const route = this.#followed.get(key);
    if (route === undefined) return;
    route.us += this.#latency.delayUs(route.at, host);
    route.links += this.#latency.hops(route.at, host);
    route.at = host;
    if (!isTarget) return;
    this.#followed.delete(key);
    this.#arrived(route);
  }

  /** A route that is at its origin again begins anew: what it went before came back. */
  #begin(key: number, origin: number): void {
    if (this.#followed.size >= FOLLOWED_MAX) {
      const oldest = this.#followed.keys().next().value;
      if (oldest !== undefined) this.#followed.delete(oldest);
    }
    this.#followed.set(key, { origin, at: origin, us: 0, links: 0 });
  }

  #arrived({ origin, at, us, links }: Followed): void {
    const directUs = this.#latency.delayUs(origin, at);
    const directLinks = this.#latency.hops(origin, at);
    this.#routes++;
    this.#sums.rdp += us / directUs;
    // Without access links two hosts of one router are no link apart.
    this.#sums.linksPenalty += links / Math.max(1, directLinks);
    this.#sums.routeUs += us;
    this.#sums.directUs += directUs;
    this.#sums.routeLinks += links;
    this.#sums.directLinks += directLinks;
  }
}
