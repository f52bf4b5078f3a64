import { nodeNames } from "../../../src/cli/sim/nodes.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { OverlayOptions } from "../../../src/overlay/options.ts";
import { Chord } from "../../baselines/chord/chord.ts";
import { Pastry } from "../../baselines/pastry/pastry.ts";
import { objectKey, StaticOverlay } from "../../baselines/static-overlay.ts";
import { defineExperiment, type Figures, type Quoted, type Size } from "../experiment.ts";
import { type PaperRun, simCommand, simulated } from "../simulated-run.ts";

const ORGANISATIONS = 1_000;
const LOOKUPS = 6_000;
const PAPER_NODES = 1 << 16;

/** The overlays of the table: SkipNet by its options, and the two that it is compared with. */
const SYSTEMS = {
  Chord: undefined,
  "SkipNet k 2": { k: 2 },
  "SkipNet k 2, no duplicates": { k: 2, dedupe: true },
  "SkipNet k 4 dense": { k: 4, dense: true },
  "SkipNet k 8": { k: 8 },
  "SkipNet k 8, no duplicates": { k: 8, dedupe: true },
  "SkipNet k 8 dense": { k: 8, dense: true },
  "SkipNet full k 8": { k: 8, pTable: true, cTable: true },
  "SkipNet full k 8 dense": { k: 8, dense: true, pTable: true, cTable: true },
  Pastry: undefined,
} as const satisfies Record<string, Partial<OverlayOptions> | undefined>;
type System = keyof typeof SYSTEMS;

/** Constructing more takes minutes. */
const NODES_MAX_OF: Partial<Record<System, number>> = { "SkipNet full k 8 dense": 1 << 14 };

type EntriesPoint = { readonly nodes: number; readonly system: System };

/** What the paper's table has at 2^16. Its basic SkipNet stands where its parameters most likely were. */
const PAPER: Partial<Record<System, Quoted>> = {
  Chord: { value: 16.3, source: "M-high" },
  "SkipNet k 2, no duplicates": { value: 41.7, source: "M-high" },
  "SkipNet full k 8": { value: 102.2, source: "M-high" },
  Pastry: { value: 63.2, source: "M-high" },
};

/** R-Table and leaf set of 16 by the structural model, by exponent of N. */
const MODEL: Partial<Record<System, Readonly<Record<number, number>>>> = {
  "SkipNet k 2": { 10: 22.1, 12: 24.2, 14: 26.1, 16: 28.2 },
  "SkipNet k 2, no duplicates": { 16: 39.7 },
  "SkipNet k 4 dense": { 16: 43.1 },
  "SkipNet k 8": { 10: 19.7, 12: 20.8, 14: 22.0, 16: 23.1 },
  "SkipNet k 8, no duplicates": { 16: 24.1 },
  "SkipNet k 8 dense": { 10: 40.0, 12: 46.4, 14: 54.7, 16: 64.4 },
  Pastry: { 16: 63.2 },
};

/** Distinct fingers: one, and one more for each halving of the ring in whose far half a node stands. */
function chordEntries(nodes: number): number {
  let entries = 1;
  for (let share = 1 / 4; share * nodes > 1e-9; share /= 2) {
    entries += 1 - Math.exp(-share * nodes);
  }
  return entries;
}

function runOf({ nodes, system }: EntriesPoint, seed: string): PaperRun | undefined {
  const overlay: Partial<OverlayOptions> | undefined = SYSTEMS[system];
  if (overlay === undefined) return undefined;
  return {
    nodes,
    seed,
    organisations: Math.min(ORGANISATIONS, nodes),
    overlay,
    // Near nodes can only be told from far ones where delays differ for good.
    ...(overlay.pTable === true ? { network: "sphere" } : {}),
    join: "constructed",
    lookups: LOOKUPS,
  };
}

/** Entries and hops of an overlay that places objects by the hash of their names. */
async function placedByHash({ nodes, system }: EntriesPoint, seed: string): Promise<Figures> {
  const random = seededRandom(`${seed}/routing entries`);
  const names = nodeNames(nodes, ORGANISATIONS, random.fork("names"));
  const candidates = random.fork("tables");
  const overlay = await StaticOverlay.open({
    names,
    seed,
    tables: (ring) =>
      system === "Chord" ? new Chord(ring) : new Pastry(ring, { random: candidates }),
  });
  const draw = random.fork("lookups");
  const lookups = Array.from({ length: LOOKUPS }, (_, i) => ({
    from: draw.below(nodes),
    key: objectKey(`${names[draw.below(nodes)]}/object${i}`),
  }));
  const ends = await overlay.run(lookups);
  const lost = ends.filter(({ outcome }) => outcome !== "found").length;
  if (lost > 0) throw new Error(`${lost} lookups failed in a quiet run`);
  let entries = 0;
  for (let node = 0; node < nodes; node++) entries += overlay.tables.uniqueEntries(node);
  return {
    entries: entries / nodes,
    hops: ends.reduce((sum, end) => sum + end.hops, 0) / ends.length,
  };
}

export const experiment = defineExperiment<EntriesPoint>({
  id: "T1",
  title: "Routing entries of a node",
  paper:
    "SkipNet (USITS 2003), §5: distinct routing entries of a node, on average, at 2^16 nodes of 1,000 organisations: Chord 16.3, basic SkipNet 41.7, full SkipNet 102.2, Pastry 63.2. Which parameters basic SkipNet had is not recalled: its figure stands beside k = 2 without duplicate pointers, which fits best; k = 4 dense fits as well. The figure of full SkipNet stands beside k = 8, whose density is not recalled.",
  method:
    "Converged tables. SkipNet: R-Table and leaf set of 16 together; no duplicates: with duplicate-pointer elimination; full: with P-Table and C-Table, on a network whose delays follow the sphere. Chord: its distinct fingers, without the successor list. Pastry: b = 4, table and leaf set of 16 together. Beside them the hops of 6,000 lookups with that state: SkipNet's by name, the others' by the hash of an object's name.",
  figures: {
    entries: { title: "Distinct routing entries of a node, mean", unit: "entries" },
    hops: { title: "Hops of a lookup with that state, mean", unit: "hops" },
  },
  x: { key: "nodes", title: "nodes", isLogarithmic: true },
  points(size: Size) {
    const exponents = size === "full" ? [10, 12, 14, 16] : [8, 10];
    const systems = Object.keys(SYSTEMS) as System[];
    return systems.flatMap((system) =>
      exponents
        .map((exponent) => ({ nodes: 2 ** exponent, system }))
        .filter(({ nodes }) => nodes <= (NODES_MAX_OF[system] ?? PAPER_NODES)),
    );
  },
  label: ({ system }) => system,
  async run(point, seed) {
    const run = runOf(point, seed);
    if (run === undefined) return placedByHash(point, seed);
    const { pointersMean, lookups } = await simulated(run);
    const hops = lookups?.hops ?? [];
    return {
      entries: pointersMean,
      hops: hops.reduce((sum, value) => sum + value, 0) / hops.length,
    };
  },
  quoted({ nodes, system }, figure) {
    if (figure === "hops") {
      if (system === "Chord") return { model: { value: Math.log2(nodes) / 2, source: "D" } };
      if (system === "Pastry") return { model: { value: Math.log2(nodes) / 4, source: "D" } };
      return undefined;
    }
    const paper = nodes === PAPER_NODES ? PAPER[system] : undefined;
    if (system === "Chord") return { paper, model: { value: chordEntries(nodes), source: "D" } };
    const value = MODEL[system]?.[Math.log2(nodes)];
    return { paper, model: value === undefined ? undefined : { value, source: "C" } };
  },
  goals: (results) =>
    (["Chord", "Pastry"] as const).map((system) => {
      const expected = PAPER[system]?.value ?? 0;
      const found = results.find(
        ({ point }) => point.system === system && point.nodes === PAPER_NODES,
      )?.figures["entries"];
      return {
        what: `distinct entries of ${system} at 2^16 nodes, against the paper`,
        goal: `${expected} within 1 %`,
        measured: found === undefined ? "not measured" : found.mean.toFixed(2),
        met: found === undefined ? null : Math.abs(found.mean / expected - 1) <= 0.01,
      };
    }),
  command(point, seed) {
    const run = runOf(point, seed);
    return run === undefined ? undefined : simCommand(run);
  },
});
