import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { asSkipnetError } from "../src/core/errors.ts";
import { runLive } from "./live/run-live.ts";
import { describeMachine } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { assemble } from "./outcome/assemble.ts";
import { writeReport } from "./report/write.ts";
import type { Results, TransportResult } from "./results.ts";
import { type RunContext, type Scenario, scenarioResult } from "./scenario.ts";
import { isSimulated, packetTransport } from "./sim/model.ts";
import { runSim } from "./sim/run-sim.ts";

export interface RunAllOptions extends BenchOptions {
  readonly out: string;
  readonly signal: AbortSignal;
  readonly progress: (transport: string, phase: string, share: number) => void;
}

/**
 * Runs the scenario on one transport after the other and writes the report after each, so that an
 * interrupt, or a machine that stops, costs no more than the run that was going on. What was
 * interrupted before its first operation leaves no column.
 */
export async function runAll(options: RunAllOptions): Promise<Results> {
  const { scenario, transports, out, signal } = options;
  const machine = await describeMachine();
  const columns: Record<string, TransportResult> = {};
  const leftOut: Record<string, string> = {};
  const results = (): Results => ({
    schema: 1,
    valid: Object.values(columns).every(({ invalid }) => invalid.length === 0),
    scenario: scenarioResult(scenario, transports),
    machine,
    transports: columns,
    leftOut,
  });
  for (const transport of transports) {
    if (signal.aborted) break;
    const why = whyLeftOut(scenario, transport);
    if (why !== undefined) {
      leftOut[transport] = why;
      continue;
    }
    const logFolder = join(out, "logs", transport.replace(/[^A-Za-z0-9._-]+/g, "-"));
    await mkdir(logFolder, { recursive: true });
    const column = await runOne({
      transport,
      scenario,
      logFolder,
      signal,
      progress: (phase, share) => options.progress(transport, phase, share),
    });
    if (column === undefined) continue;
    columns[transport] = column;
    await writeReport(out, results());
  }
  if (Object.keys(columns).length === 0) await writeReport(out, results());
  return results();
}

/** Why a transport cannot show what the scenario is about; `undefined`: it can. */
function whyLeftOut({ network }: Scenario, transport: string): string | undefined {
  if (network === undefined || packetTransport(transport) !== undefined) return undefined;
  return isSimulated(transport)
    ? "link conditions need simulated packets; the message level has none"
    : "link conditions need hosts that can be emulated; this machine's have none";
}

/** A transport on which the scenario cannot be run at all has a column that says why. */
async function runOne(context: RunContext): Promise<TransportResult | undefined> {
  try {
    return await (isSimulated(context.transport) ? runSim(context) : runLive(context));
  } catch (thrown) {
    if (context.signal.aborted) return undefined;
    return neverRan(context.scenario, asSkipnetError(thrown).message);
  }
}

function neverRan({ nodes, durationMs }: Scenario, why: string): TransportResult {
  return assemble({
    kind: "live",
    network: "none",
    nodes,
    durationMs,
    processes: [],
    faults: [],
    loadBeganUs: 0,
    observedUntilUs: 0,
    startMs: 0,
    readBacks: [],
    interrupted: false,
    causes: [why.slice(0, 500)],
  });
}
