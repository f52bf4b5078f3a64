import type { IdWords } from "./id-ring.ts";

/** The route ends here. */
export const HERE = -1;

/**
 * What the nodes of a static overlay know, and how each takes a lookup on by it. Nodes are numbers
 * from 0, as the hosts of the simulation.
 */
export interface RoutingTables {
  readonly name: string;
  /** Where a node sends a lookup of the key, by its own tables alone; `HERE`: it holds the key. */
  next(node: number, key: IdWords): number;
  /** The node that holds the key, by one who sees all. */
  owner(key: IdWords): number;
  /** Distinct nodes in the tables of a node, as the SkipNet paper counts them. */
  uniqueEntries(node: number): number;
}
