import { parseChurn } from "../../src/cli/sim/churn/spec.ts";
import type { SimRun } from "../../src/cli/sim/run.ts";
import type { Figures } from "./experiment.ts";
import { type PaperRun, simulated } from "./simulated-run.ts";

/** A run under churn: by a model as `--churn` takes it. */
export interface ChurnRun extends PaperRun {
  readonly model: string;
  readonly durationMs: number;
  readonly lookupEveryMs: number;
}

/** One run, and its figures of the second half. */
export async function churned({
  model,
  durationMs,
  lookupEveryMs,
  ...run
}: ChurnRun): Promise<Figures> {
  const by = parseChurn(model);
  const { rejoin } = by;
  const done = await simulated({
    ...run,
    countIds: true,
    churn: { by, rejoin, durationMs, lookupEveryMs },
  });
  return figuresOf(done);
}

function figuresOf({ churn }: SimRun): Figures {
  if (churn === undefined) throw new Error("no churn was measured");
  const { count, failed, inconsistent, abandoned, latenciesUs, hops } = churn.lookups;
  const asked = Math.max(1, count - abandoned);
  const sorted = [...latenciesUs].sort((a, b) => a - b);
  const ms = (share: number): number =>
    (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) / 1000;
  return {
    completed: (100 * (asked - failed)) / asked,
    consistent: (100 * (asked - failed - inconsistent)) / asked,
    median: ms(0.5),
    p99: ms(0.99),
    hops: hops.reduce((sum, value) => sum + value, 0) / Math.max(1, hops.length),
    idBytes: churn.idBytesPerNodeSecond ?? 0,
    bytes: churn.bytesPerNodeSecond,
    live: churn.liveMean,
  };
}

/** The figures of experiments with churn. */
export const CHURN_FIGURES = {
  completed: { title: "Lookups completed", unit: "%" },
  consistent: { title: "Lookups answered by the right node", unit: "%" },
  median: { title: "Median latency of a lookup", unit: "ms" },
  p99: { title: "99th percentile of latency", unit: "ms" },
  hops: { title: "Hops of a lookup" },
  idBytes: { title: "Cost: 20 B a message and 4 B an ID, a node and second", unit: "B/s" },
  bytes: {
    title: "Cost: our bytes with headers and failure detection, a node and second",
    unit: "B/s",
  },
  live: { title: "Nodes that were in", undrawn: true },
} as const;

/** The line that repeats it. */
export function churnCommand({ model, durationMs, lookupEveryMs, ...run }: ChurnRun): string {
  const { overlay = {}, network, faults = [] } = run;
  const words = [
    `skipnet sim --nodes ${run.nodes} --seed ${run.seed} --transport ${run.transport ?? "ideal"}`,
    `--churn ${model} --duration ${durationMs}ms --lookup-every ${lookupEveryMs}ms --count-ids`,
  ];
  if (overlay.k !== undefined) words.push(`--overlay-k ${overlay.k}`);
  if (overlay.dense === true) words.push("--dense");
  if (overlay.repairPeriodMs !== undefined) words.push(`--repair-period ${overlay.repairPeriodMs}`);
  if (network !== undefined) words.push(`--network ${network}`);
  for (const { kind, share } of faults) words.push(`--fault ${kind}:${share}`);
  return words.join(" ");
}
