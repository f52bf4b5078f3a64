import type { MachineResult } from "../results.ts";
import type { ScaleCell, SuspendedFigures } from "./cell.ts";
import type { PowerLaw } from "./power-law.ts";

/** All that `bench:scale` measured. */
export interface ScaleResults {
  readonly schema: 1;
  readonly seed: string;
  readonly machine: MachineResult;
  /** By size, the smallest first. */
  readonly cells: readonly ScaleCell[];
  /** In the order of `COSTS`. */
  readonly powers: readonly {
    readonly cost: string;
    readonly law: PowerLaw | undefined;
    readonly text: string;
  }[];
  readonly suspended: SuspendedFigures;
}
