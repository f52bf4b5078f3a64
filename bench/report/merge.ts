import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SkipnetError } from "../../src/core/errors.ts";
import { parseResults, type Results, TRANSPORTS_MAX, type TransportResult } from "../results.ts";

/** Largest `results.json` that is read, bytes. */
const RESULTS_BYTES_MAX = 64 << 20;

/** Reads `results.json` of a report folder (or a results file itself). Throws `E_OPTIONS`. */
export async function readResults(path: string): Promise<Results> {
  const file = path.endsWith(".json") ? path : join(path, "results.json");
  let json: string;
  try {
    const { size } = await stat(file);
    if (size > RESULTS_BYTES_MAX) {
      throw new SkipnetError("E_OPTIONS", `${file} is over ${RESULTS_BYTES_MAX} bytes`);
    }
    json = await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof SkipnetError) throw cause;
    throw new SkipnetError("E_OPTIONS", `cannot read ${file}: ${String(cause)}`, { cause });
  }
  return parseResults(json, file);
}

/**
 * Several results as one: the columns beside each other, a repeated name with `#2`, `#3` behind
 * it. Scenario and machine are the first one's; where another's differ, its columns say so by name.
 * The merged run is valid when all are.
 */
export function mergeResults(all: readonly Results[]): Results {
  const [first] = all;
  if (first === undefined) throw new SkipnetError("E_OPTIONS", "no results to merge");
  const transports = new Map<string, TransportResult>();
  for (const results of all) {
    for (const [name, transport] of Object.entries(results.transports)) {
      transports.set(unusedName(transports, labelled(name, results, first)), transport);
    }
  }
  if (transports.size > TRANSPORTS_MAX) {
    throw new SkipnetError("E_OPTIONS", `more than ${TRANSPORTS_MAX} columns to merge`);
  }
  return {
    ...first,
    valid: all.every((results) => results.valid),
    scenario: { ...first.scenario, transports: [...transports.keys()] },
    transports: Object.fromEntries(transports),
    leftOut: Object.assign({}, ...all.map(({ leftOut }) => leftOut)),
  };
}

function labelled(name: string, results: Results, first: Results): string {
  const differs = [];
  const { scenario, machine } = results;
  if (scenario.name !== first.scenario.name) differs.push(scenario.name);
  if (scenario.nodes !== first.scenario.nodes) differs.push(`${scenario.nodes} nodes`);
  if (scenario.rate !== first.scenario.rate) differs.push(`${scenario.rate}/s`);
  if (scenario.workload !== first.scenario.workload) differs.push(scenario.workload);
  if (machine.commit !== first.machine.commit) differs.push(machine.commit?.slice(0, 7) ?? "?");
  return differs.length === 0 ? name : `${name} (${differs.join(", ")})`;
}

function unusedName(taken: ReadonlyMap<string, unknown>, name: string): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) {
    if (!taken.has(`${name} #${n}`)) return `${name} #${n}`;
  }
}
