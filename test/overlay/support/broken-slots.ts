import { NO_REF } from "../../../src/core/contacts.ts";
import type { Cluster, TestNode } from "./cluster.ts";

/** Of the nodes inside, by level: slots that hold a node outside, and rings that have members on both sides. */
export interface BrokenSlots {
  readonly slots: readonly number[];
  readonly rings: readonly number[];
}

/** What a cut between these nodes and all others breaks of their R-Tables. */
export function brokenSlots(cluster: Cluster, inside: readonly TestNode[]): BrokenSlots {
  const { table, digits } = cluster.context;
  const refs = new Set(inside.map(({ ref }) => ref));
  const slots: number[] = [];
  const rings: number[] = [];
  const ringOf = ({ ref }: TestNode, level: number): string =>
    Array.from({ length: level }, (_, i) => digits.digit(ref, i)).join(".");
  for (let level = 0; level < table.levels; level++) {
    let broken = 0;
    for (const { member } of inside) {
      for (const direction of [0, 1] as const) {
        const node = table.neighbour(member, level, direction);
        if (node !== NO_REF && !refs.has(node)) broken++;
      }
    }
    slots.push(broken);
    const outside = new Set(
      cluster.nodes.filter(({ ref }) => !refs.has(ref)).map((node) => ringOf(node, level)),
    );
    const both = new Set(inside.map((node) => ringOf(node, level)).filter((r) => outside.has(r)));
    rings.push(both.size);
  }
  return { slots, rings };
}
