import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";
import {
  PLACED_SYSTEMS,
  type PlacedRun,
  type PlacedSystem,
  placedCommand,
  runPlaced,
} from "../physical-run.ts";

const NETWORKS = ["mercator", "transit-stub"] as const;
const ORGANISATIONS = 1_000;

type RdpPoint = {
  readonly nodes: number;
  readonly system: PlacedSystem;
  readonly network: (typeof NETWORKS)[number];
};

const runOf = (point: RdpPoint, seed: string): PlacedRun => ({
  ...point,
  seed,
  organisations: ORGANISATIONS,
});

/** Basic SkipNet and Chord both ignore how near nodes are; full SkipNet and Pastry do not. */
function goals(results: readonly PointResult<RdpPoint>[]): Goal[] {
  const largest = Math.max(...results.map(({ point }) => point.nodes));
  return NETWORKS.flatMap((network) => {
    const of = (system: PlacedSystem): number =>
      results.find(
        ({ point }) =>
          point.network === network && point.system === system && point.nodes === largest,
      )?.figures["rdpOfSums"]?.mean ?? Number.NaN;
    const alike = (one: PlacedSystem, other: PlacedSystem): Goal => {
      const ratio = of(one) / of(other);
      const isKnown = !Number.isNaN(ratio);
      return {
        what: `${network}, ${largest} nodes: ${one} is about like ${other}`,
        goal: "within a factor of 2",
        measured: isKnown ? `${of(one).toFixed(2)} and ${of(other).toFixed(2)}` : "not measured",
        met: isKnown ? ratio < 2 && ratio > 1 / 2 : null,
      };
    };
    return [alike("SkipNet basic", "Chord"), alike("SkipNet full", "Pastry")];
  });
}

export const experiment = defineExperiment<RdpPoint>({
  id: "T3",
  title: "Relative delay penalty against the number of nodes",
  paper:
    "SkipNet (USITS 2003), §5, recalled as a shape: with 1,000 organisations of Zipf-like sizes, Zipf-clustered on the Mercator map, basic SkipNet and Chord take several times the direct way, full SkipNet and Pastry about twice; the gap widens slowly with N. Values of the curves are not recalled.",
  method:
    "Converged tables, two lookups a node, delays without queues. Nodes are Zipf-clustered, the same for every system of a seed. Mercator: a synthetic network with the map's counts, a millisecond a link; transit-stub: in the manner of GT-ITM, 5,050 routers. Access links of 1 ms. RDP: what routes took over what their ends are apart, of all lookups together, and as the mean of single lookups; that counts those most whose ends are in one place. SkipNet looks up names of nodes; Chord and Pastry (b = 4, near table entries) objects by the hash of their names. Basic SkipNet: k = 2 without duplicate pointers; full SkipNet: k = 8, dense, without duplicate pointers, with P-Table; leaf sets of 16.",
  figures: {
    rdpOfSums: { title: "All routes over all direct ways" },
    rdp: { title: "Route over direct way, mean of lookups" },
    routeMs: { title: "Length of a route, mean", unit: "ms" },
  },
  x: { key: "nodes", title: "nodes", isLogarithmic: true },
  points(size: Size) {
    const exponents = size === "full" ? [10, 12, 14, 16] : [8, 10];
    const systems = Object.keys(PLACED_SYSTEMS) as PlacedSystem[];
    // The other takes longer to make than to route on.
    const networks = size === "full" ? NETWORKS : (["transit-stub"] as const);
    return networks.flatMap((network) =>
      systems.flatMap((system) =>
        exponents.map((exponent) => ({ nodes: 2 ** exponent, system, network })),
      ),
    );
  },
  label: ({ system, network }) => `${system}, ${network}`,
  run: async (point, seed) => ({ ...(await runPlaced(runOf(point, seed))) }),
  quoted({ system, network }, figure) {
    if (network !== "mercator" || figure === "routeMs") return undefined;
    const isNear = system === "SkipNet full" || system === "Pastry";
    return isNear ? { paper: { value: 2, source: "M-med" } } : undefined;
  },
  goals,
  command: (point, seed) => placedCommand(runOf(point, seed)) ?? "",
});
