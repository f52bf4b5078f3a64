import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { type RunHooks, runSimulation, type SimRun } from "../../src/cli/sim/run.ts";

/** What an experiment says of a run of `skipnet sim`; all else is as that command has it by default. */
export type PaperRun = Partial<SimRunOptions> & Pick<SimRunOptions, "nodes" | "seed">;

const EXTRA_JOINS_MAX = 500;
const EXTRA_JOINS_SHARE = 1 / 8;

/** Joins to measure after an overlay of so many nodes stands: few enough that it hardly grows. */
export const extraJoinsOf = (nodes: number): number =>
  Math.min(EXTRA_JOINS_MAX, Math.floor(nodes * EXTRA_JOINS_SHARE));

const REPAIR_PERIOD_MS = 60_000;

/** The run as the simulator takes it: nothing is lost, nodes join concurrently, unless it says otherwise. */
export function simulated(run: PaperRun, hooks?: RunHooks): Promise<SimRun> {
  return runSimulation(paperOptions(run), () => undefined, hooks);
}

/** The same as options: for those who run the network themselves. */
export function paperOptions(run: PaperRun): SimRunOptions {
  const { nodes, extraJoins = 0, overlay } = run;
  const paced = {
    membersExpected: nodes + extraJoins,
    repairPeriodMs: REPAIR_PERIOD_MS,
    firstRepairMs: 500,
  };
  const base: Omit<SimRunOptions, "nodes" | "seed"> = {
    ...QUIET_RUN,
    organisations: 100,
    network: "uniform",
    transport: "ideal",
    join: "concurrent",
    overlay: {},
  };
  return { ...base, ...run, overlay: { ...paced, ...overlay } };
}

/** The line that repeats it, where these options are all that it says. */
export function simCommand(run: PaperRun): string {
  const { overlay = {}, organisations, join, lookups = 0, extraJoins } = run;
  const words = ["skipnet sim", `--nodes ${run.nodes}`, `--seed ${run.seed}`];
  if (organisations !== undefined) words.push(`--orgs ${organisations}`);
  if (overlay.k !== undefined) words.push(`--overlay-k ${overlay.k}`);
  if (overlay.dense === true) words.push("--dense");
  if (overlay.dedupe === true) words.push("--dedupe");
  if (overlay.pTable === true) words.push("--p-table");
  if (overlay.cTable === true) words.push("--c-table");
  if (overlay.routeWith !== undefined) words.push(`--route-with ${overlay.routeWith}`);
  if (run.network !== undefined) words.push(`--network ${run.network}`);
  if (join !== undefined) words.push(`--join ${join}`);
  words.push(`--lookups ${lookups}`);
  if (extraJoins !== undefined) words.push(`--extra-joins ${extraJoins}`);
  return words.join(" ");
}
