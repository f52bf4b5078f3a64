import type { Contact } from "../../src/core/contacts.ts";
import type { Random } from "../../src/core/random.ts";
import type { Member, Overlay } from "../../src/overlay/overlay.ts";
import type { ScenarioResult } from "../results.ts";
import type { NamedFile } from "./names.ts";
import type { NamingClient } from "./naming-client.ts";
import { NamingWorkload } from "./naming-workload.ts";
import type { Workload } from "./operation.ts";
import { echoWorkload, routingWorkload } from "./overlay-workloads.ts";
import type { Expectation } from "./write-log.ts";

export interface WorkloadParts {
  readonly workload: ScenarioResult["workload"];
  readonly overlay: Overlay;
  readonly member: Member;
  readonly naming: NamingClient;
  readonly random: Random;
  readonly files: readonly NamedFile[];
  readonly nodes: readonly Contact[];
  readonly client: number;
  readonly clients: number;
  readonly valueSizeBytes: number;
}

/** What a client process or a simulated client does. */
export interface ClientWorkload {
  readonly workload: Workload;
  /** Makes what the load needs. Gives how many names were written and acknowledged. */
  prepare(deadlineUs: number): Promise<number>;
  /** What must be found when the names are read back; none but for the naming workload. */
  expectations(): readonly Expectation[];
}

/** The workload of one client, by its name in the scenario. */
export function makeWorkload(parts: WorkloadParts): ClientWorkload {
  if (parts.workload === "naming") {
    const workload = new NamingWorkload(parts);
    return {
      workload,
      prepare: (deadlineUs) => workload.preload(deadlineUs),
      expectations: () => workload.expectations(),
    };
  }
  const make = parts.workload === "routing" ? routingWorkload : echoWorkload;
  const workload = make({ ...parts, payloadBytes: parts.valueSizeBytes });
  return { workload, prepare: async () => 0, expectations: () => [] };
}
