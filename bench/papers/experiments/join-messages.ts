import { defineExperiment, type Goal, type PointResult, type Size } from "../experiment.ts";
import { extraJoinsOf, type PaperRun, simCommand, simulated } from "../simulated-run.ts";

const MODEL_SHARE = 0.1;

type JoinPoint = {
  readonly nodes: number;
  readonly k: number;
  readonly dense: boolean;
  readonly built: "joined" | "constructed";
};

/** Messages of the climb and of the descent, by kind and exponent of N. */
const MODEL: Readonly<Record<string, Readonly<Record<number, readonly [number, number]>>>> = {
  "2": { 10: [9.6, 9.0], 12: [11.5, 10.8], 14: [13.7, 13.0], 16: [15.6, 15.0] },
  "8": { 10: [21.9, 20.0], 16: [35.3, 33.8] },
  "8 dense": { 10: [21.9, 73.2], 16: [35.3, 113.6] },
};

const kindName = ({ k, dense }: Pick<JoinPoint, "k" | "dense">): string =>
  `${k}${dense ? " dense" : ""}`;

function model(point: JoinPoint, figure: string): number | undefined {
  const [climb, descend] = MODEL[kindName(point)]?.[Math.log2(point.nodes)] ?? [];
  return figure === "climb" ? climb : figure === "descend" ? descend : undefined;
}

function points(size: Size): JoinPoint[] {
  const exponents = size === "full" ? [10, 12, 14, 16] : [8, 10];
  const kinds = [
    { k: 2, dense: false },
    { k: 8, dense: false },
    { k: 8, dense: true },
  ];
  const ways = ["joined", "constructed"] as const;
  return (size === "full" ? ways : ways.slice(0, 1)).flatMap((built) =>
    kinds.flatMap((kind) =>
      exponents.map((exponent) => ({ nodes: 2 ** exponent, ...kind, built })),
    ),
  );
}

function runOf({ nodes, k, dense, built }: JoinPoint, seed: string): PaperRun {
  return {
    nodes,
    seed,
    organisations: 1,
    overlay: { k, dense },
    join: built === "joined" ? "concurrent" : "constructed",
    extraJoins: extraJoinsOf(nodes),
  };
}

/** How far the figures of these points are from the model's, the furthest first. */
function deviations(results: readonly PointResult<JoinPoint>[], figures: readonly string[]) {
  const offs = results.flatMap((result) =>
    figures.flatMap((figure) => {
      const found = result.figures[figure];
      const expected = model(result.point, figure);
      if (found === undefined || expected === undefined) return [];
      const at = `${figure}, ${result.label}, N = ${result.point.nodes}`;
      return [{ off: found.mean / expected - 1, at }];
    }),
  );
  return offs.sort((a, b) => Math.abs(b.off) - Math.abs(a.off));
}

function goals(results: readonly PointResult<JoinPoint>[]): Goal[] {
  const [furthest] = deviations(results, ["climb", "descend"]);
  return [
    {
      what: "messages of climb and descent, against the structural model",
      goal: `within ${100 * MODEL_SHARE} % everywhere`,
      measured:
        furthest === undefined
          ? "not measured"
          : `furthest off by ${(furthest.off * 100).toFixed(1)} %: ${furthest.at}`,
      met: furthest === undefined ? null : Math.abs(furthest.off) <= MODEL_SHARE,
    },
  ];
}

export const experiment = defineExperiment<JoinPoint>({
  id: "joins",
  title: "Messages of a join",
  paper:
    "SkipNet (USITS 2003), §3.5: a join takes O(k log_k N) messages: a climb to the highest ring that shares its numeric ID, which is a route by numeric ID, and a descent through the rings to its name.",
  method:
    "After the overlay stands, up to 500 nodes (an eighth of it at most) join one after the other, each through a random node; their messages are counted by phase. The climb is the walk of figure 5, and so the hops of a route by numeric ID without a C-Table. Through dense tables the descent is shorter than the model's, which visits each node: a neighbour hands all its pointers over at once. Beyond the model's phases a join also asks for its leaf set and tells its neighbours.",
  figures: {
    climb: { title: "Climb: messages a join, hops by numeric ID", unit: "messages" },
    descend: { title: "Descent: messages a join", unit: "messages" },
    all: { title: "All messages a join", unit: "messages" },
  },
  x: { key: "nodes", title: "nodes", isLogarithmic: true },
  points,
  label: (point) => `k ${kindName(point)}, ${point.built}`,
  async run(point, seed) {
    const { extraJoins } = await simulated(runOf(point, seed));
    if (extraJoins === undefined) throw new Error("no extra joins were counted");
    const { count, phases } = extraJoins;
    const all = Object.values(phases).reduce((sum: number, value: number) => sum + value, 0);
    return { climb: phases.climb / count, descend: phases.descend / count, all: all / count };
  },
  quoted(point, figure) {
    const value = model(point, figure);
    return value === undefined ? undefined : { model: { value, source: "C" } };
  },
  goals,
  command: (point, seed) => simCommand(runOf(point, seed)),
});
