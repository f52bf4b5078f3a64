import type { SkipNet } from "../../overlay/skipnet.ts";

/** What disconnects and merges came to in a run; nothing where nobody was cut off. */
export interface MergeReport {
  /** Sides of leaf sets that fell silent as a whole. */
  readonly edges: number;
  /** Questions for a place: after a silent side, to who was gone, in a merge. */
  readonly probes: { readonly edge: number; readonly gone: number; readonly zip: number };
  readonly ringsFound: number;
  readonly zipSteps: number;
  readonly nameConflicts: number;
  readonly leafNews: number;
  /** When the first two nodes were linked, virtual time. */
  readonly firstLinkMs: number | undefined;
  /** From level 0. */
  readonly levels: readonly {
    readonly links: number;
    readonly walkSteps: number;
    readonly lastLinkMs: number | undefined;
  }[];
}

/** Over all overlay objects of a run; `undefined`: nothing happened. */
export function mergeReport(nets: readonly SkipNet[]): MergeReport | undefined {
  const all = nets.map(({ merging }) => merging.figures);
  const sum = (of: (figures: (typeof all)[number]) => number): number =>
    all.reduce((total, figures) => total + of(figures), 0);
  const probes = {
    edge: sum((figures) => figures.probes.edge),
    gone: sum((figures) => figures.probes.gone),
    zip: sum((figures) => figures.probes.zip),
  };
  const edges = sum((figures) => figures.edges);
  if (edges + probes.edge + probes.gone + probes.zip === 0) return undefined;
  const firsts = all.flatMap(({ firstLinkUs }) => firstLinkUs ?? []);
  const levels = Math.max(
    0,
    ...all.map(({ links, walkSteps }) => Math.max(links.length, walkSteps.length)),
  );
  return {
    edges,
    probes,
    ringsFound: sum((figures) => figures.ringsFound),
    zipSteps: sum((figures) => figures.zipSteps),
    nameConflicts: sum((figures) => figures.nameConflicts),
    leafNews: sum((figures) => figures.leafNews),
    firstLinkMs: firsts.length === 0 ? undefined : Math.min(...firsts) / 1000,
    levels: Array.from({ length: levels }, (_, level) => {
      const lasts = all.flatMap(({ lastLinkUs }) => lastLinkUs[level] ?? []);
      return {
        links: sum((figures) => figures.links[level] ?? 0),
        walkSteps: sum((figures) => figures.walkSteps[level] ?? 0),
        lastLinkMs: lasts.length === 0 ? undefined : Math.max(...lasts) / 1000,
      };
    }),
  };
}

/** The same for people. */
export function mergeRows(report: MergeReport, row: (what: string, value: string) => void): void {
  const { edges, probes, ringsFound, levels, firstLinkMs } = report;
  row("silent sides / other rings found", `${edges} / ${ringsFound}`);
  row("questions: edge, gone, merge", `${probes.edge}, ${probes.gone}, ${probes.zip}`);
  if (firstLinkMs !== undefined)
    row("first link after a cut", `at ${(firstLinkMs / 1000).toFixed(1)} s`);
  levels.forEach(({ links, lastLinkMs }, level) => {
    if (lastLinkMs === undefined) return;
    row(`links on level ${level}, the last`, `${links}, at ${(lastLinkMs / 1000).toFixed(1)} s`);
  });
}
