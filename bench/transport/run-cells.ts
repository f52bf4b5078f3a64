import type { ProcessGroup } from "../live/process-group.ts";
import { type CellPlan, CellRuns } from "./cell.ts";
import { Pair } from "./pair.ts";
import { WARM_UP } from "./plan.ts";
import type { CellResult } from "./results.ts";
import { checkAborted, groupOf, type RunContext } from "./run-context.ts";

/** Share of a cell's time that each warming load gets. */
const WARM_SHARE = 0.4;

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
    const pairs = await startPairs(group, working, context);
    for (const [index, plan] of plans.entries()) {
      progress("throughput", doing, step++ / steps);
      for (const pair of pairs) {
        checkAborted(signal);
        if (!working.has(pair.contender) || plan.bytes > pair.facts.messageBytesMax) continue;
        const key = `${index}/${pair.contender}`;
        const runs = all.get(key) ?? new CellRuns(plan, pair.contender);
        all.set(key, runs);
        try {
          runs.add(await pair.run(order(plan, options.cellMs)));
        } catch (error) {
          working.delete(pair.contender);
          context.skip(pair.contender, error);
        }
      }
    }
    report();
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

function order({ load, bytes }: CellPlan, durationMs: number) {
  return { load, bytes, durationMs, cell: ++lastCell };
}
