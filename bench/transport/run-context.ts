import { SkipnetError } from "../../src/core/errors.ts";
import { ProcessGroup } from "../live/process-group.ts";
import type { TransportBenchOptions } from "./results.ts";

/** What the parts of a run share. */
export interface RunContext {
  readonly options: TransportBenchOptions;
  readonly signal: AbortSignal;
  /** `share`: how much of the part is done, 0 to 1. */
  readonly progress: (part: string, doing: string, share: number) => void;
  /** A contender could not do something; the others go on. */
  readonly skip: (contender: string, why: unknown) => void;
}

/** Throws `E_ABORTED` once the run is to end. */
export function checkAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new SkipnetError("E_ABORTED", "interrupted");
}

/** Processes that end when they are no longer needed, or as soon as the run is to end. */
export function groupOf({ signal }: RunContext): ProcessGroup {
  return new ProcessGroup(signal);
}
