import { CHURN_FIGURES, type ChurnRun, churnCommand, churned } from "../churn-figures.ts";
import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";

type CostPoint = {
  readonly nodes: number;
  readonly k: number;
  readonly dense: boolean;
  readonly repairS: number;
  readonly leafSet: number;
  /** Share of pairs that cannot talk, percent. */
  readonly broken: number;
};

const HOUR_MS = 3_600_000;
const COMPLETED_GOAL = 95;

function points(size: Size): CostPoint[] {
  const isFull = size === "full";
  const nodes = isFull ? 1_024 : 60;
  const rings = [
    { k: 2, dense: false },
    { k: 8, dense: false },
    { k: 8, dense: true },
  ];
  const grid = (isFull ? rings : rings.slice(0, 2)).flatMap((ring) =>
    (isFull ? [15, 60, 240] : [60]).flatMap((repairS) =>
      (isFull ? [8, 16] : [16]).map((leafSet) => ({
        nodes,
        ...ring,
        repairS,
        leafSet,
        broken: 0,
      })),
    ),
  );
  return [...grid, { nodes, k: 8, dense: false, repairS: 60, leafSet: 16, broken: 5 }];
}

function runOf(point: CostPoint, seed: string): ChurnRun {
  const { nodes, k, dense, repairS, leafSet, broken } = point;
  const isFull = nodes > 1_000;
  return {
    nodes,
    seed,
    transport: "udp",
    network: "king",
    model: isFull ? "infocom05" : "exponential:mean=10m",
    durationMs: isFull ? 6 * HOUR_MS : HOUR_MS / 6,
    lookupEveryMs: isFull ? 600_000 : 20_000,
    overlay: { k, dense, repairPeriodMs: repairS * 1000, leafSetSize: leafSet },
    faults:
      broken === 0
        ? []
        : [{ kind: "intransitive", share: broken / 100, atMs: 0, forMs: undefined }],
  };
}

const labelOf = ({ k, dense, repairS, leafSet, broken }: CostPoint): string =>
  `k ${k}${dense ? " dense" : ""}, repair ${repairS} s, ${leafSet} leaves${broken > 0 ? `, ${broken} % of pairs broken` : ""}`;

interface OnPlane {
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

/** The corners of the lower convex hull, from the cheapest to the quickest: what no mix of other points betters. */
export function lowerHull(all: readonly OnPlane[]): OnPlane[] {
  const sorted = [...all].sort((a, b) => a.x - b.x || a.y - b.y);
  const hull: OnPlane[] = [];
  for (const point of sorted) {
    if (hull.length > 0 && point.y >= (hull.at(-1) as OnPlane).y) continue;
    while (hull.length > 1 && !turnsLeft(hull.at(-2) as OnPlane, hull.at(-1) as OnPlane, point)) {
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}

const turnsLeft = (a: OnPlane, b: OnPlane, c: OnPlane): boolean =>
  (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) > 0;

function goals(results: readonly PointResult<CostPoint>[]): Goal[] {
  const whole = results.filter(({ point }) => point.broken === 0);
  const plane = whole.flatMap(({ label, figures }) => {
    const [x, y] = [figures["idBytes"]?.mean, figures["median"]?.mean];
    return x === undefined || y === undefined ? [] : [{ label, x, y }];
  });
  const hull = lowerHull(plane);
  const completed = hull.map(
    ({ label }) => whole.find((result) => result.label === label)?.figures["completed"]?.mean ?? 0,
  );
  const corners = hull.map(
    ({ label, x, y }) => `${x.toFixed(0)} B/s ${y.toFixed(0)} ms (${label})`,
  );
  return [
    {
      what: "lower convex hull of median latency against cost (20 B a message, 4 B an ID); lookups completed at each of its corners. There, at 40 B/s: Chord 186 to 226 ms",
      goal: `at least ${COMPLETED_GOAL} % completed`,
      measured:
        hull.length === 0
          ? "not measured"
          : `${Math.min(...completed).toFixed(1)} % at least; ${corners.join("; ")}`,
      met: hull.length === 0 ? null : completed.every((share) => share >= COMPLETED_GOAL),
    },
  ];
}

export const experiment = defineExperiment<CostPoint>({
  id: "performance-cost",
  title: "Performance against cost under churn",
  paper:
    "Li et al., A performance vs. cost framework for evaluating DHT design tradeoffs under churn (INFOCOM 2005): 1,024 nodes, King delays with a median round trip of 156 ms, life and death exponential with a mean of 1 h, a lookup every 600 s; 6 h, figures of the second half. At 10 bytes a node and second OneHop took 160 ms, Kademlia 450; Chord went from 186 to 226 ms at 40. With 5 % of the pairs broken, at 80: Tapestry failed 1.3 to 7.5 %, Chord 2.9 to 4.8 %.",
  method:
    "The same churn and load over synthetic King-like delays. The sweep is over what SkipNet has: digit values, density, repair period, leaf set. Cost as there, 20 bytes a message and 4 for each contact or key that it carries, and our own bytes beside it. Detecting failures is our transport's work, in real bytes alone; there it was the protocol's. A lookup that is not answered within 30 s has failed; there within 4 s.",
  figures: CHURN_FIGURES,
  points,
  label: labelOf,
  run: (point, seed) => churned(runOf(point, seed)),
  goals,
  command: (point, seed) => (point.leafSet === 16 ? churnCommand(runOf(point, seed)) : undefined),
});
