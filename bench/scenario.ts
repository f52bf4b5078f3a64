import type { NameList } from "./load/names.ts";
import type { ScenarioResult } from "./results.ts";
import type { NetworkText } from "./scenarios/network-schema.ts";

/** What is run on every transport: the options of the command, resolved. */
export interface Scenario extends Omit<ScenarioResult, "transports" | "namesCount" | "names"> {
  readonly names: NameList;
  /** When each fault happens, as a share of the duration. */
  readonly faultsAt: { readonly crash: number; readonly hang: number };
  /** The network model of `sim` columns. */
  readonly simNetwork: SimNetwork;
  /** Link conditions of packet-level columns. */
  readonly network: NetworkText | undefined;
  readonly transportModule: string | undefined;
}

/** `loopback`: a constant 0.1 ms one way, to be compared with the live columns beside it. */
export const SIM_NETWORKS = ["loopback", "constant", "uniform", "sphere", "regions"] as const;
export type SimNetwork = (typeof SIM_NETWORKS)[number];

/** One run of a scenario on one transport: how it is told to stop, and how it tells how far it is. */
export interface RunContext {
  /** `udp:retries=2`. */
  readonly transport: string;
  readonly scenario: Scenario;
  /** Node logs go here. */
  readonly logFolder: string;
  readonly signal: AbortSignal;
  readonly progress: (phase: string, share: number) => void;
}

/** What goes into the results file of a scenario. */
export function scenarioResult(scenario: Scenario, transports: readonly string[]): ScenarioResult {
  const {
    names,
    faultsAt: _,
    simNetwork: __,
    transportModule: ___,
    network: ____,
    ...same
  } = scenario;
  return {
    ...same,
    names: names.source,
    namesCount: names.files.length,
    transports: [...transports],
  };
}
