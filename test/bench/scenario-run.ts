import { benchOptions } from "../../bench/options.ts";
import type { TransportResult } from "../../bench/results.ts";
import { runSim } from "../../bench/sim/run-sim.ts";
import { parseDurationUs } from "../../src/core/units.ts";

/** When the first change begins; the others keep their distance. */
const FIRST_MS = 200;
const LOAD_MS = 1_200;

/** A scenario in its first column, for a second after its first change. */
export async function runBriefly(name: string): Promise<TransportResult> {
  const { scenario, transports } = await benchOptions({ scenario: name });
  const { network = {} } = scenario;
  const atMs = (network.changes ?? []).map(({ at }) => parseDurationUs(at) / 1_000);
  const changes = (network.changes ?? []).flatMap((change, i) => {
    const soonMs = (atMs[i] ?? 0) - Math.min(...atMs) + FIRST_MS;
    return soonMs < LOAD_MS ? [{ ...change, at: `${soonMs}ms` }] : [];
  });
  return await runSim({
    transport: transports[0] ?? "",
    scenario: { ...scenario, durationMs: LOAD_MS, network: { ...network, changes } },
    logFolder: "",
    signal: new AbortController().signal,
    progress: () => undefined,
  });
}
