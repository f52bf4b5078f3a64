/** What became of disconnects and merges, over all members of an overlay object, since the start. */
export interface MergeFigures {
  /** Sides of leaf sets that fell silent as a whole while the other side lived. */
  readonly edges: number;
  /** Questions for a place, by what made the member ask. */
  readonly probes: Readonly<Record<ProbeCause, number>>;
  readonly probeHops: number;
  /** Times that a place turned out to be in a ring of others. */
  readonly ringsFound: number;
  readonly zipSteps: number;
  /** Two live nodes of one name: each keeps its place, the other ring's is not let in. */
  readonly nameConflicts: number;
  /** New neighbours, steps of walks that seek them, and when the last was made (virtual or live µs), by level. */
  readonly links: readonly number[];
  readonly walkSteps: readonly number[];
  readonly lastLinkUs: readonly number[];
  readonly firstLinkUs: number | undefined;
  readonly leafNews: number;
}

/** Why a member asks for its place: its side fell silent, a lost node is tried or came back, a merge goes by. */
export const PROBE_CAUSES = ["edge", "gone", "zip"] as const;
export type ProbeCause = (typeof PROBE_CAUSES)[number];

/** Counts for `MergeFigures`. BOUNDED: one entry a level. */
export class MergeCounters implements MergeFigures {
  edges = 0;
  readonly probes: Record<ProbeCause, number> = { edge: 0, gone: 0, zip: 0 };
  probeHops = 0;
  ringsFound = 0;
  zipSteps = 0;
  nameConflicts = 0;
  readonly links: number[] = [];
  readonly walkSteps: number[] = [];
  readonly lastLinkUs: number[] = [];
  firstLinkUs: number | undefined;
  leafNews = 0;

  linked(level: number, nowUs: number): void {
    countAt(this.links, level);
    this.lastLinkUs[level] = nowUs;
    this.firstLinkUs ??= nowUs;
  }

  walked(level: number): void {
    countAt(this.walkSteps, level);
  }
}

function countAt(counts: number[], level: number): void {
  while (counts.length <= level) counts.push(0);
  counts[level] = (counts[level] as number) + 1;
}
