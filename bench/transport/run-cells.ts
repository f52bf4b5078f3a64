import { SkipnetError } from "../../src/core/errors.ts";
import type { ProcessGroup } from "../live/process-group.ts";
import { type CellPlan, CellRuns } from "./cell.ts";
import { Pair, type PairReport } from "./pair.ts";
import { WARM_UP } from "./plan.ts";
import type { CellResult } from "./results.ts";
import { checkAborted, groupOf, type RunContext } from "./run-context.ts";

/**
 * Each warming load takes so many times a cell: the first second of a process is many times slower
 * than the rest.
 */
const WARM_SHARE = 1.2;

/** Numbers of measurements, never used twice in a process. */
let lastCell = 0;

/**
 * Measures all cells of all contenders: in each run every contender gets two fresh processes, and each cell is
 * measured of one contender after the other, so that what changes on the machine changes for all. Goes on
 * without a contender that fails. `onCells` is told after each run, with all that there is.
 */
export async function runCells(
  contenders: readonly string[],
  plans: readonly CellPlan[],
  context: RunContext,
  onCells: (cells: readonly CellResult[]) => void,
): Promise<void> {
  const { options, signal, progress } = context;
  const all = new Map<string, CellRuns>();
  const working = new Set(contenders);
  const report = (): void => onCells([...all.values()].flatMap((runs) => runs.result() ?? []));
  const steps = options.runs * (plans.length + 1);
  let step = 0;
  for (let run = 0; run < options.runs && plans.length > 0; run++) {
    await using group = groupOf(context);
    const doing = `run ${run + 1} of ${options.runs}`;
    progress("throughput", doing, step++ / steps);
    const pairs = new Set(await startPairs(group, working, context));
    for (const [index, plan] of plans.entries()) {
      progress("throughput", doing, step++ / steps);
      for (const pair of pairs) {
        checkAborted(signal);
        if (plan.bytes > pair.facts.messageBytesMax) continue;
        const key = `${index}/${pair.contender}`;
        const runs = all.get(key) ?? new CellRuns(plan, pair.contender);
        all.set(key, runs);
        // The next run starts it anew.
        if (!(await measureCell(pair, runs, context))) pairs.delete(pair);
      }
    }
    report();
  }
}

/** Resolves with whether the pair still works. */
async function measureCell(pair: Pair, runs: CellRuns, context: RunContext): Promise<boolean> {
  try {
    const report = await pair.run(order(runs.plan, context.options.cellMs));
    if (report.sent.messages === 0) throw nothingArrived(report);
    runs.add(report);
    return true;
  } catch (error) {
    context.skip(pair.contender, error);
    return false;
  }
}

async function startPairs(
  group: ProcessGroup,
  working: Set<string>,
  context: RunContext,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const contender of [...working]) {
    checkAborted(context.signal);
    try {
      const pair = await Pair.start(group, contender);
      for (const plan of WARM_UP) {
        if (plan.bytes > pair.facts.messageBytesMax) continue;
        await pair.client.ask("load", order(plan, context.options.cellMs * WARM_SHARE));
      }
      pairs.push(pair);
    } catch (error) {
      working.delete(contender);
      context.skip(contender, error);
    }
  }
  return pairs;
}

/** Nothing is measured any more with this pair; the report says so instead of a cell. */
function nothingArrived({ client, server }: PairReport): SkipnetError {
  const downs = client.after.downs + server.after.downs;
  const why = downs > 0 ? `: a live peer was called down, ${downs} times` : "";
  return new SkipnetError("E_UNREACHABLE", `no message was answered${why}`);
}

function order({ load, bytes }: CellPlan, durationMs: number) {
  return { load, bytes, durationMs, cell: ++lastCell };
}
