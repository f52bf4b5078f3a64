import type { Random } from "../../core/random.ts";
import { zipfSizes } from "../../transport/sim/topology/zipf-sizes.ts";
import type { SimRunOptions } from "./options.ts";

/** Most nodes of one run, extra joins included. */
export const NODES_MAX = 1_000_000;

/** Exponent of the sizes of organisations by rank (SkipNet §5.1, Scribe's `floor(N r^-1.25 + 0.5)`). */
const ZIPF_EXPONENT = 1.25;

/** How the sizes of organisations are drawn: by rank, or each as likely as another. */
export const ORGANISATION_SIZES = ["zipf", "uniform"] as const;
export type OrganisationSizes = (typeof ORGANISATION_SIZES)[number];

/** How many nodes each organisation has: Zipf-like, the largest first, each at least one. */
export function organisationSizes(nodes: number, organisations: number): number[] {
  return zipfSizes(nodes, Math.min(organisations, nodes), ZIPF_EXPONENT);
}

/** The same, uniformly distributed: each takes a random part, and at least one. */
export function uniformSizes(nodes: number, organisations: number, random: Random): number[] {
  const count = Math.min(organisations, nodes);
  const parts = Array.from({ length: count }, () => 1 + random.below(nodes));
  const total = parts.reduce((sum, part) => sum + part, 0);
  let [taken, given] = [0, 0];
  // Rounded as they add up, so that the sum is exact; one of each is theirs beforehand.
  return parts.map((part) => {
    taken += part;
    const upTo = Math.round((taken / total) * (nodes - count));
    const size = 1 + upTo - given;
    given = upTo;
    return size;
  });
}

/** The number of the organisation that a node's name says. */
export function organisationOf(name: string): number {
  return Number(/^org(\d+)\./.exec(name)?.[1] ?? 0);
}

/** Names `orgN.hostM` for all nodes, in random order: the order in which they join. */
export function nodeNames(
  nodes: number,
  organisations: number,
  random: Random,
  by: OrganisationSizes = "zipf",
): string[] {
  const names: string[] = [];
  const sizes =
    by === "uniform"
      ? uniformSizes(nodes, organisations, random.fork("sizes"))
      : organisationSizes(nodes, organisations);
  sizes.forEach((size, org) => {
    for (let host = 0; host < size; host++) names.push(`org${org}.host${host}`);
  });
  return random.shuffle(names);
}

/** The names of all nodes of a run, those of extra joins last. */
export function runNames(options: SimRunOptions, random: Random): string[] {
  const { nodes, extraJoins, organisations, organisationSizes: by } = options;
  return nodeNames(nodes + extraJoins, organisations, random, by);
}
