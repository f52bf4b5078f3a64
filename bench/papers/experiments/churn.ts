import { CHURN_FIGURES, type ChurnRun, churnCommand, churned } from "../churn-figures.ts";
import { defineExperiment, type Goal, type PointResult } from "../experiment.ts";

type ChurnPoint = {
  readonly nodes: number;
  /** Minutes. */
  readonly medianMin: number;
};

const SHORTEST_MIN = 1.4;
const COMPLETED_GOAL = 95;
const BYTES_GOAL = 900;

function runOf({ nodes, medianMin }: ChurnPoint, seed: string): ChurnRun {
  return {
    nodes,
    seed,
    transport: "udp",
    model: `exponential:median=${medianMin}m,down=0s`,
    durationMs: nodes < 1_000 ? 300_000 : 1_200_000,
    lookupEveryMs: 10_000,
    overlay: { repairPeriodMs: 60_000 },
  };
}

function goals(results: readonly PointResult<ChurnPoint>[]): Goal[] {
  const shortest = results.find(({ point }) => point.medianMin === SHORTEST_MIN)?.figures;
  const say = (value: number | undefined, unit: string): string =>
    value === undefined ? "not measured" : `${value.toFixed(1)} ${unit}`;
  const consistent = shortest?.["consistent"]?.mean;
  const bytes = shortest?.["bytes"]?.mean;
  return [
    {
      what: `lookups answered by the right node, median session ${SHORTEST_MIN} min`,
      goal: `at least ${COMPLETED_GOAL} %`,
      measured: say(consistent, "%"),
      met: consistent === undefined ? null : consistent >= COMPLETED_GOAL,
    },
    {
      what: "bytes a node and second there, failure detection included; Bamboo had under 900",
      goal: `under ${BYTES_GOAL} B/s`,
      measured: say(bytes, "B/s"),
      met: bytes === undefined ? null : bytes < BYTES_GOAL,
    },
  ];
}

export const experiment = defineExperiment<ChurnPoint>({
  id: "churn",
  title: "Handling churn: 1,000 nodes, median sessions of 1.4 to 128 minutes",
  paper:
    "Rhea et al., Handling Churn in a DHT (USENIX 2004): Bamboo completes lookups down to a median session of 1.4 min, at under 900 bytes a node and second with 1,000 nodes; FreePastry failed a majority of lookups at 23 min; Chord completed them, but took seconds.",
  method:
    "Sessions are exponential; a node that dies is replaced at once by a new one (Poisson churn), as there. Each node looks a random key up every 10 s; figures are of the second half of 20 min. An answer is right if the key is its node's when it was asked for or when the answer came, as one sees who sees all; the paper compared ten answers. Delays of 10 to 90 ms one way and no queues on links, where theirs were ModelNet's: no collapse by congestion can show here. Our transport asks each watched neighbour twice a second whether it lives: most of our bytes; it is counted in one cost and not in the other.",
  figures: CHURN_FIGURES,
  x: { key: "medianMin", title: "median session, minutes", isLogarithmic: true },
  points: (size) =>
    (size === "full" ? [1.4, 3, 6, 12, 23, 47, 128] : [1.4, 23]).map((medianMin) => ({
      nodes: size === "full" ? 1_000 : 60,
      medianMin,
    })),
  label: ({ nodes }) => `${nodes} nodes`,
  run: (point, seed) => churned(runOf(point, seed)),
  goals,
  command: (point, seed) => churnCommand(runOf(point, seed)),
});
