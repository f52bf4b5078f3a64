import { asSkipnetError } from "../../src/core/errors.ts";
import { describeMachine } from "../machine.ts";
import { ABLATION_BASE, ABLATIONS, LOSSY_ABLATIONS, LOSSY_BASE } from "./ablation.ts";
import { findContender } from "./find-contender.ts";
import { goalsOf } from "./goals.ts";
import { measureLossyPath } from "./lossy-path.ts";
import { ablationPlans, cellPlans, LAN_TRANSPORT } from "./plan.ts";
import type { Part, TransportBenchOptions, TransportResults } from "./results.ts";
import { runCells } from "./run-cells.ts";
import { checkAborted, type RunContext } from "./run-context.ts";
import { runPeers } from "./run-peers.ts";
import { runVerdicts } from "./run-verdicts.ts";

type Mutable = { -readonly [K in keyof TransportResults]: TransportResults[K] };

/**
 * Runs what the options ask for. Ends early when the signal is aborted, with what was measured until
 * then. `onPart` is told after each part.
 */
export async function runTransportBench(
  options: TransportBenchOptions,
  signal: AbortSignal,
  progress: RunContext["progress"],
  onPart: (results: TransportResults) => Promise<void>,
): Promise<TransportResults> {
  const results: Mutable = {
    schema: 1,
    kind: "transport",
    interrupted: false,
    machine: await describeMachine(),
    options,
    contenders: {},
    skipped: [],
    cells: [],
    verdicts: [],
    watching: [],
    idlePeers: [],
    firstContacts: [],
    lossyPaths: [],
    goals: [],
  };
  const skip = (contender: string, why: unknown): void => {
    if (signal.aborted || results.skipped.some((known) => known.contender === contender)) return;
    const { code, message } = asSkipnetError(why);
    results.skipped.push({ contender, why: message.replace(`${code}: `, "").slice(0, 400) });
  };
  const context: RunContext = { options, signal, progress, skip };
  try {
    const contenders = await loadable(options.transports, results, skip);
    for (const [part, run] of Object.entries(partsOf(contenders, context, results))) {
      checkAborted(signal);
      if (options.parts.some((asked) => PART_OF[asked] === part)) await run();
      results.goals = goalsOf(results);
      await onPart(results);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    results.interrupted = true;
  }
  results.goals = goalsOf(results);
  return results;
}

/** Which steps of the run measure a part. */
const PART_OF: Readonly<Record<Part, string>> = {
  roundTrips: "cells",
  oneWay: "cells",
  bulk: "cells",
  openLoop: "cells",
  firstContact: "peers",
  idlePeers: "peers",
  verdicts: "verdicts",
  watching: "peers",
  ablation: "ablation",
  lossyAblation: "lossyAblation",
};

function partsOf(
  contenders: readonly string[],
  context: RunContext,
  results: Mutable,
): Record<string, () => Promise<void>> {
  const hasUdp = contenders.includes("udp");
  const withLan = hasUdp ? [...contenders, LAN_TRANSPORT] : contenders;
  const variants = hasUdp ? [ABLATION_BASE, ...ABLATIONS.map(({ transport }) => transport)] : [];
  const ablated: TransportResults["cells"] = [];
  const compared: TransportResults["cells"] = [];
  const show = (): void => {
    results.cells = [...compared, ...ablated];
  };
  return {
    cells: () =>
      runCells(contenders, cellPlans(context.options), context, (cells) => {
        compared.splice(0, compared.length, ...cells);
        show();
      }),
    peers: () => runPeers(withLan, context, results),
    verdicts: () =>
      runVerdicts(withLan, context, (verdicts) => {
        results.verdicts = [...verdicts];
      }),
    ablation: () =>
      runCells(variants, ablationPlans(), shorter(context), (cells) => {
        ablated.splice(0, ablated.length, ...cells);
        show();
      }),
    lossyAblation: async () => {
      const lossy = [LOSSY_BASE, ...LOSSY_ABLATIONS];
      for (const [i, variant] of lossy.entries()) {
        checkAborted(context.signal);
        context.progress("lossy path", variant.property, i / lossy.length);
        results.lossyPaths.push(await measureLossyPath(variant));
      }
    },
  };
}

/** Many variants, of which only the differences matter: half the time for each. */
function shorter(context: RunContext): RunContext {
  const { options } = context;
  return { ...context, options: { ...options, cellMs: options.cellMs / 2 } };
}

/** Those that load here, with what they promise. */
async function loadable(
  names: readonly string[],
  results: Mutable,
  skip: RunContext["skip"],
): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    try {
      const { role, properties } = await findContender(name);
      results.contenders[name] = { role, properties };
      found.push(name);
    } catch (error) {
      if (asSkipnetError(error).code === "E_OPTIONS") throw error;
      skip(name, error);
    }
  }
  return found;
}
