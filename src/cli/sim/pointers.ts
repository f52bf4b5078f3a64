import { distinctNeighbours, distinctPointers } from "../../overlay/known.ts";
import type { SimNetwork } from "./network.ts";
import type { SimRunOptions } from "./options.ts";
import { hostCount } from "./virtual.ts";

/** Distinct nodes in the tables of a node, on average. */
export function pointersMean(network: SimNetwork, nodes: readonly number[]): number {
  let sum = 0;
  for (const number of nodes) {
    const { net, member } = network.node(number);
    sum += distinctNeighbours(net.context, member);
  }
  return sum / Math.max(1, nodes.length);
}

/** Pointers of the rings that a host keeps for all its names together, in the mean; none where it has one name. */
export function pointersPerHost(network: SimNetwork, options: SimRunOptions): number | undefined {
  if ((options.virtual ?? 1) === 1) return undefined;
  let sum = 0;
  for (let number = 0; number < options.nodes; number++) {
    const { net, member } = network.node(number);
    sum += distinctPointers(net.context, member);
  }
  return sum / hostCount(options);
}
