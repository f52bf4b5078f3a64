import type { LatencyModel } from "../latency.ts";
import type { Placement } from "./placement.ts";
import type { Topology } from "./topology.ts";

/** One way over the link between a host and its router, in the papers' networks. */
export const ACCESS_US = 1_000;

/**
 * Delays between hosts on the routers of a network: their access links and the shortest way between
 * their routers. Without delay, access links count for nothing; two hosts of one router are then 1 µs apart.
 */
export class TopologyLatency implements LatencyModel {
  readonly name: string;
  readonly topology: Topology;
  readonly placement: Placement;
  readonly accessUs: number;
  readonly rttMaxUs: number;

  constructor(topology: Topology, placement: Placement, accessUs: number = ACCESS_US) {
    this.name = topology.name;
    this.topology = topology;
    this.placement = placement;
    this.accessUs = accessUs;
    this.rttMaxUs = 2 * Math.max(1, topology.longestUs + 2 * accessUs);
  }

  delayUs(from: number, to: number): number {
    const { placement, topology } = this;
    const us = topology.distanceUs(placement.routerOf(from), placement.routerOf(to));
    return Math.max(1, us + 2 * this.accessUs);
  }

  expectedUs(from: number, to: number): number {
    return this.delayUs(from, to);
  }

  continues(host: number, former: number): void {
    this.placement.continues(host, former);
  }

  /** Links between two hosts. */
  hops(from: number, to: number): number {
    const { placement, topology } = this;
    const hops = topology.hops(placement.routerOf(from), placement.routerOf(to));
    return hops + (this.accessUs > 0 ? 2 : 0);
  }

  /** Calls `visit` with each link between two hosts; the access link of host `h` is number `topology.links + h`. */
  visitPath(from: number, to: number, visit: (link: number) => void): void {
    const { placement, topology } = this;
    if (this.accessUs > 0) visit(topology.links + from);
    topology.visitPath(placement.routerOf(from), placement.routerOf(to), visit);
    if (this.accessUs > 0) visit(topology.links + to);
  }
}
