import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";
import { extraJoinsOf, type PaperRun, simCommand, simulated } from "../simulated-run.ts";

const LOOKUPS = 6_000;
/** Agreement that is asked for with the structural model. */
const MODEL_SHARE = 0.03;

/** The way a name is reached: one organisation, so that comparing tells the direction; or a coin does. */
type Direction = "compared" | "either";

type HopsPoint = {
  readonly nodes: number;
  readonly k: number;
  readonly dense: boolean;
  readonly built: "joined" | "constructed";
  readonly route: "rtable" | "all";
  readonly direction: Direction;
  readonly dedupe: boolean;
};

const KINDS = [
  { k: 2, dense: false },
  { k: 8, dense: false },
  { k: 8, dense: true },
] as const;

/** Mean hops by kind and exponent of N: compared; with the leaf set; either; and the 99th percentile of either. */
const MODEL: Readonly<Record<string, Readonly<Record<number, readonly number[]>>>> = {
  "2": {
    10: [7.46, 5.65, 8.01, 16],
    12: [9.19, 7.41, 9.85, 19],
    14: [10.86, 9.1, 11.57, 21],
    16: [12.75, 10.95, 13.32, 24],
  },
  "8": {
    10: [9.62, 6.8, 10.38, 20],
    12: [12.13, 9.27, 12.93, 24],
    14: [14.45, 11.69, 15.14, 27],
    16: [16.68, 13.98, 17.41, 31],
  },
  "8 dense": {
    10: [3.58, 3.49, 3.9, 7],
    12: [4.46, 4.37, 4.71, 9],
    14: [5.34, 5.26, 5.62, 10],
    16: [6.13, 6.04, 6.46, 11],
  },
};

/** Of routes by the R-Table alone, compared, without duplicate pointers. */
const MODEL_DEDUPED: typeof MODEL = {
  "2": { 12: [6.47], 16: [8.78] },
  "8": { 12: [11.2], 16: [15.5] },
};

/** Of routes by numeric ID without a C-Table: k alone decides. */
const MODEL_NUMERIC: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  2: { 10: 9.58, 12: 11.66, 14: 13.54, 16: 15.67 },
  8: { 10: 21.35, 12: 26.35, 14: 31.18, 16: 35.76 },
};

const kindName = ({ k, dense }: Pick<HopsPoint, "k" | "dense">): string =>
  `${k}${dense ? " dense" : ""}`;

function model(point: HopsPoint, figure: string): number | undefined {
  if (figure === "numeric") return MODEL_NUMERIC[point.k]?.[Math.log2(point.nodes)];
  const [compared, withLeaves, either, p99] =
    (point.dedupe ? MODEL_DEDUPED : MODEL)[kindName(point)]?.[Math.log2(point.nodes)] ?? [];
  if (figure === "p99") return point.direction === "either" ? p99 : undefined;
  if (point.direction === "either") return either;
  return point.route === "all" ? withLeaves : compared;
}

function points(size: Size): HopsPoint[] {
  const exponents = size === "full" ? [10, 12, 14, 16] : [8, 10];
  const variants = [
    { built: "joined", route: "rtable", direction: "compared" },
    { built: "constructed", route: "rtable", direction: "compared" },
    { built: "constructed", route: "all", direction: "compared" },
    { built: "constructed", route: "rtable", direction: "either" },
    { built: "constructed", route: "rtable", direction: "compared", dedupe: true },
  ] as const;
  const some = size === "full" ? variants : variants.slice(0, 2);
  return some.flatMap((variant) =>
    KINDS.flatMap((kind) =>
      exponents.map((exponent) => ({ nodes: 2 ** exponent, dedupe: false, ...kind, ...variant })),
    ),
  );
}

function runOf(point: HopsPoint, seed: string): PaperRun {
  const { nodes, k, dense, dedupe, built, route, direction } = point;
  return {
    nodes,
    seed,
    organisations: direction === "compared" ? 1 : nodes,
    overlay: { k, dense, dedupe, routeWith: route },
    join: built === "joined" ? "concurrent" : "constructed",
    lookups: LOOKUPS,
  };
}

/** Where routes by numeric ID are measured: R-Table and leaf set do not change with what names are like. */
const isNumericToo = ({ built, route, direction, dedupe }: HopsPoint): boolean =>
  built === "constructed" && route === "rtable" && direction === "compared" && !dedupe;

/** The climb of a join is the walk of figure 5. */
async function numericHops(point: HopsPoint, seed: string): Promise<number> {
  const extraJoins = extraJoinsOf(point.nodes);
  const run = await simulated({ ...runOf(point, seed), lookups: 0, extraJoins });
  return (run.extraJoins?.phases.climb ?? Number.NaN) / extraJoins;
}

/** Joined overlays against constructed ones, and both against the model. */
function goals(results: readonly PointResult<HopsPoint>[]): Goal[] {
  const plain = results.filter(({ point }) => point.route === "rtable");
  const found = plain.flatMap(({ point, figures }) => {
    const hops = figures["hops"];
    const expected = model(point, "hops");
    return hops === undefined || expected === undefined ? [] : [{ point, hops, expected }];
  });
  const numeric = results.flatMap(({ point, figures }) => {
    const hops = figures["numeric"];
    const expected = model(point, "numeric");
    return hops === undefined || expected === undefined ? [] : [{ hops, expected }];
  });
  const offs = [...found, ...numeric].map(({ hops, expected }) =>
    Math.abs(hops.mean / expected - 1),
  );
  const pairs = found
    .filter(({ point }) => point.built === "joined")
    .flatMap(({ point, hops }) => {
      const same = found.find(
        (other) =>
          other.point.built === "constructed" &&
          other.point.direction === point.direction &&
          other.point.dedupe === point.dedupe &&
          other.point.nodes === point.nodes &&
          kindName(other.point) === kindName(point),
      );
      return same === undefined ? [] : [{ joined: hops, constructed: same.hops }];
    });
  // Two standard errors of their difference: what pairs that are the same exceed once in twenty.
  const apart = pairs.filter(({ joined, constructed }) => {
    const error = Math.hypot(joined.standardError ?? 0, constructed.standardError ?? 0);
    return Math.abs(joined.mean - constructed.mean) > 2 * error;
  });
  const most = Math.max(0, ...offs) * 100;
  return [
    {
      what: "mean hops by the R-Table alone, by name and by numeric ID, against the structural model",
      goal: `within ${100 * MODEL_SHARE} % everywhere`,
      measured: offs.length === 0 ? "not measured" : `within ${most.toFixed(1)} %`,
      met: offs.length === 0 ? null : most <= 100 * MODEL_SHARE,
    },
    {
      what: "overlays that joined by the protocol against constructed ones",
      goal: "equal within the error: at most one pair in ten beyond two standard errors",
      measured:
        pairs.length === 0
          ? "not measured"
          : `${apart.length} of ${pairs.length} pairs beyond two standard errors`,
      met: pairs.length === 0 ? null : apart.length <= Math.ceil(pairs.length / 10),
    },
  ];
}

export const experiment = defineExperiment<HopsPoint>({
  id: "T2",
  title: "Hops",
  paper:
    "SkipNet (USITS 2003), §3 and §4: O(log N) hops for k = 2; O(k log_k N) with sparse and O(log_k N) with dense tables. It prints no table of hops by N; the figures beside ours are those of a structural model of the same tables.",
  method: `${LOOKUPS.toLocaleString("en-US")} lookups between random live nodes in each run. joined: all nodes joined by the protocol, concurrently, and repaired for five periods; constructed: the tables that a converged overlay has. rtable: routes use the R-Table alone, as the paper's figure 4; all: the leaf set of 16 too. compared: names of one organisation, whose order tells the direction; either: unrelated names, and a coin decides. By numeric ID: the climbs of joins begun one after the other once the overlay stands, which are the walk of figure 5. no duplicates: with duplicate-pointer elimination.`,
  figures: {
    hops: { title: "Hops of a lookup by name, mean", unit: "hops" },
    numeric: { title: "Hops by numeric ID without a C-Table, mean", unit: "hops" },
    p99: { title: "Hops of a lookup by name, 99th percentile", unit: "hops", undrawn: true },
  },
  x: { key: "nodes", title: "nodes", isLogarithmic: true },
  points,
  label: (point) =>
    `k ${kindName(point)}, ${point.built}, ${point.route}${point.direction === "either" ? ", either way" : ""}${point.dedupe ? ", no duplicates" : ""}`,
  async run(point, seed) {
    const { lookups } = await simulated(runOf(point, seed));
    if (lookups === undefined || lookups.failed > 0 || lookups.wrong > 0) {
      throw new Error(`lookups failed in a quiet run: ${JSON.stringify(lookups?.errors)}`);
    }
    const hops = [...lookups.hops].sort((a, b) => a - b);
    return {
      hops: hops.reduce((sum, value) => sum + value, 0) / hops.length,
      ...(isNumericToo(point) ? { numeric: await numericHops(point, seed) } : {}),
      p99: hops[Math.ceil(hops.length * 0.99) - 1] as number,
    };
  },
  quoted(point, figure) {
    const value = model(point, figure);
    return value === undefined ? undefined : { model: { value, source: "C" } };
  },
  goals,
  command: (point, seed) => simCommand(runOf(point, seed)),
});
