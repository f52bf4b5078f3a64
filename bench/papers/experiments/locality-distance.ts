import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";
import {
  PLACED_SYSTEMS,
  type PlacedRun,
  type PlacedSystem,
  placedCommand,
  runPlaced,
} from "../physical-run.ts";

const NETWORKS = ["mercator", "transit-stub"] as const;
const ORGANISATIONS = 100;
const LOCAL_SHARES = [0, 0.25, 0.5, 0.75, 1];
/** How much shorter SkipNet's routes were than Pastry's, at least. */
const PAPER_RATIO = 7;

type LocalityPoint = {
  readonly nodes: number;
  readonly local: number;
  readonly system: PlacedSystem;
  readonly network: (typeof NETWORKS)[number];
};

const runOf = (point: LocalityPoint, seed: string): PlacedRun => {
  const { local, ...others } = point;
  return { ...others, seed, organisations: ORGANISATIONS, locality: local };
};

function goals(results: readonly PointResult<LocalityPoint>[]): Goal[] {
  const lengthOf = (system: PlacedSystem, network: string, local: number): number | undefined =>
    results.find(
      ({ point }) => point.system === system && point.network === network && point.local === local,
    )?.figures["routeMs"]?.mean;
  const flat = (["Chord", "Pastry"] as const).map((system): Goal => {
    const [none, all] = [lengthOf(system, "mercator", 0), lengthOf(system, "mercator", 1)];
    const ratio = none === undefined || all === undefined ? undefined : all / none;
    return {
      what: `${system} gains nothing from local lookups (Mercator)`,
      goal: "all local over none local: 1 within 5 %",
      measured: ratio === undefined ? "not measured" : ratio.toFixed(3),
      met: ratio === undefined ? null : Math.abs(ratio - 1) <= 0.05,
    };
  });
  const far = lengthOf("Pastry", "transit-stub", 1);
  const shorter = (["SkipNet basic", "SkipNet full"] as const).map((system): Goal => {
    const near = lengthOf(system, "transit-stub", 1);
    const ratio = near === undefined || far === undefined ? undefined : far / near;
    return {
      what: `${system}'s routes against Pastry's, all lookups local (transit-stub)`,
      goal: `over ${PAPER_RATIO} times shorter`,
      measured: ratio === undefined ? "not measured" : `${ratio.toFixed(1)} times`,
      met: ratio === undefined ? null : ratio > PAPER_RATIO,
    };
  });
  return [...flat, ...shorter];
}

export const experiment = defineExperiment<LocalityPoint>({
  id: "T4",
  title: "Physical distance against locality of access",
  paper:
    "SkipNet (USITS 2003), §5: 2^16 nodes, 100 organisations of Zipf-like sizes, Zipf-clustered on the Mercator map: routes of Chord and Pastry are as long whatever the share of local lookups, those of both SkipNets fall steeply. On GT-ITM, with all lookups local, SkipNet's took over 7 times less than Pastry's.",
  method:
    "As T3, with 100 organisations. A local lookup asks for something that the organisation of the one who asks has. The length of a route, one way: on Mercator a millisecond a link, so milliseconds are links, those of hosts among them.",
  figures: {
    routeMs: { title: "Length of a route, mean", unit: "ms", isLogarithmic: true },
    rdpOfSums: { title: "All routes over all direct ways", undrawn: true },
    rdp: { title: "Route over direct way, mean of lookups", undrawn: true },
  },
  x: { key: "local", title: "share of local lookups" },
  points(size: Size) {
    const isFull = size === "full";
    const nodes = isFull ? 1 << 16 : 1 << 8;
    // Its router network alone is quick to make, and the ends of the curves are enough.
    const networks = isFull ? NETWORKS : (["transit-stub"] as const);
    const shares = isFull ? LOCAL_SHARES : ([0, 1] as const);
    const systems = Object.keys(PLACED_SYSTEMS) as PlacedSystem[];
    return networks.flatMap((network) =>
      systems.flatMap((system) => shares.map((local) => ({ nodes, local, system, network }))),
    );
  },
  label: ({ system, network }) => `${system}, ${network}`,
  run: async (point, seed) => ({ ...(await runPlaced(runOf(point, seed))) }),
  goals,
  command: (point, seed) => placedCommand(runOf(point, seed)) ?? "",
});
