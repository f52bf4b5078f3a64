import type { RouteObserver } from "../../overlay/router.ts";
import type { LinkStressFigures } from "../../transport/sim/topology/link-stress.ts";
import type { SimNetwork } from "./network.ts";
import { type RouteLengthFigures, RouteLengths } from "./route-lengths.ts";

/** What a run did in a network with routers. */
export interface PhysicalFigures {
  readonly name: string;
  readonly routers: number;
  readonly links: number;
  readonly placement: string;
  /** Organisations for which no part of the network was large enough. */
  readonly crowded: number;
  /** Pairs of routers whose delay was not measured; of a King file. */
  readonly missingPairs: number | undefined;
  /** Of lookups; recursive ones alone. */
  readonly routes: RouteLengthFigures | undefined;
  /** While nodes joined and settled, and from the first lookup on. */
  readonly linkStress:
    | { readonly joining: LinkStressFigures; readonly lookups: LinkStressFigures }
    | undefined;
}

/** Call when the lookups begin. What it returns gives the figures when they have ended. */
export function observePhysical(
  network: SimNetwork,
  checkers: readonly RouteObserver[],
): () => PhysicalFigures | undefined {
  const { physical } = network;
  if (physical === undefined) return () => undefined;
  const { latency, stress } = physical;
  const joining = stress?.take();
  const lengths = new RouteLengths(latency);
  lengths.observe(network, checkers);
  return () => {
    const { topology, placement } = latency;
    const lookups = stress?.take();
    return {
      name: topology.name,
      routers: topology.routers,
      links: topology.links,
      placement: placement.name,
      crowded: placement.crowded,
      missingPairs: topology.missingPairs,
      routes: lengths.figures(),
      linkStress: joining === undefined || lookups === undefined ? undefined : { joining, lookups },
    };
  };
}

/** The same for people. */
export function physicalRows(
  { name, routers, links, placement, crowded, missingPairs, routes, linkStress }: PhysicalFigures,
  row: (what: string, value: string) => void,
): void {
  const whole = (value: number): string => value.toLocaleString("en-US");
  row("network", `${name}: ${whole(routers)} routers, ${whole(links)} links`);
  row("placement", crowded === 0 ? placement : `${placement}; ${crowded} organisations crowded`);
  if (missingPairs !== undefined) row("pairs not measured, filled in", whole(missingPairs));
  if (routes !== undefined) {
    const { rdp, rdpOfSums, linksPenalty, routeMs, directMs, routeLinks, directLinks } = routes;
    row("relative delay penalty, of sums", `${rdp.toFixed(2)}, ${rdpOfSums.toFixed(2)}`);
    row("the same in links", linksPenalty.toFixed(2));
    row("route / direct, one way", `${routeMs.toFixed(1)} ms / ${directMs.toFixed(1)} ms`);
    row("route / direct, links", `${routeLinks.toFixed(1)} / ${directLinks.toFixed(1)}`);
  }
  for (const [when, { mean, p50, p99, max, crossings }] of Object.entries(linkStress ?? {})) {
    row(
      `link stress, ${when}: mean, p50, p99, max`,
      `${mean.toFixed(1)}, ${whole(p50)}, ${whole(p99)}, ${whole(max)}`,
    );
    row(`link crossings, ${when}`, whole(crossings));
  }
}
