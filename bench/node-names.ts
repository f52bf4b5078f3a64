import { seededRandom } from "../src/core/random.ts";
import type { FaultKind } from "./results.ts";

/** Hosts of one organisation: names share prefixes, as a company's do. */
const HOSTS_PER_ORGANISATION = 4;

/** Names of the nodes, `org3.host1`, then of the clients, `client0.host1`. */
export function nodeNames(nodes: number, clients: number): { nodes: string[]; clients: string[] } {
  const name = (i: number): string =>
    `org${Math.floor(i / HOSTS_PER_ORGANISATION)}.host${i % HOSTS_PER_ORGANISATION}`;
  return {
    nodes: Array.from({ length: nodes }, (_, i) => name(i)),
    clients: Array.from({ length: clients }, (_, i) => `client${i}.host0`),
  };
}

/** Which node each fault strikes: never the first, through which the others join; never the same. */
export function victimsOf(
  nodes: number,
  faults: readonly FaultKind[],
  seed: string,
): ReadonlyMap<FaultKind, number> {
  const candidates = Array.from({ length: nodes - 1 }, (_, i) => i + 1);
  const shuffled = seededRandom(`${seed}/victims`).shuffle(candidates);
  return new Map(faults.map((fault, i) => [fault, shuffled[i] as number]));
}
