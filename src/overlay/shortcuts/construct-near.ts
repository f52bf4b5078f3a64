import type { Ref } from "../../core/contacts.ts";
import type { Random } from "../../core/random.ts";
import type { Context } from "../context.ts";
import type { Member } from "../overlay.ts";
import type { RingPlaces } from "../ring-places.ts";
import { segmentEnds } from "./p-table.ts";

/** Candidates of which the nearest is taken: about as many as the protocol has measured after a few rounds. */
const SAMPLES = 16;

/**
 * Fills P-Table and C-Table of a member whose R-Table stands: for each place the nearest of some nodes
 * drawn from all that belong there.
 */
export function constructNear(
  net: Context,
  places: RingPlaces,
  member: Member,
  random: Random,
): void {
  const { pTable, cTable } = net.shortcuts;
  const self = net.self(member);
  const rttUs = (node: Ref): number =>
    net.transport.health(net.port(member), net.peers.peerOf(node))?.srttUs ?? 0;
  /** So many of the steps from `first` to before `end`, all where there are no more. */
  const sample = (first: number, end: number, count: number): readonly number[] => {
    const steps = end - first;
    if (steps <= count) return Array.from({ length: Math.max(0, steps) }, (_, i) => first + i);
    return Array.from({ length: count }, () => first + random.below(steps));
  };
  if (pTable !== undefined) {
    const ends = segmentEnds(net, member);
    const all = places.ringSize(member, 0);
    const starts = ends.map((end) => places.stepsToNode(member, end));
    starts.forEach((start, i) => {
      for (const steps of sample(start, starts[i + 1] ?? all, SAMPLES)) {
        const node = places.onRing(member, 0, steps);
        pTable.offer(net, member, ends, node, rttUs(node));
      }
    });
  }
  for (let row = 0; cTable !== undefined && row < places.levelsOf(member); row++) {
    const size = places.ringSize(member, row);
    for (const steps of sample(1, size, SAMPLES * cTable.columns)) {
      const node = places.onRing(member, row, steps);
      cTable.offer(member, self, node, rttUs(node));
    }
  }
}
