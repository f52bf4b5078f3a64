import type { ScaleCell } from "./cell.ts";
import { fitPowerLaw, type PowerLaw } from "./power-law.ts";

/** One cost of a run. */
export interface Cost {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  of(cell: ScaleCell): number;
}

export const COSTS: readonly Cost[] = [
  { id: "cpu", title: "processor time", unit: "s", of: ({ cpuS }) => cpuS },
  { id: "wall", title: "wall time", unit: "s", of: ({ wallS }) => wallS },
  {
    id: "memory",
    title: "memory, peak, without the program",
    unit: "MB",
    of: ({ peakBytes, startBytes }) => (peakBytes - startBytes) / 1e6,
  },
  { id: "messages", title: "messages", unit: "", of: ({ messages }) => messages },
];

/** Which power of the number of nodes each cost follows. */
export function powersOf(
  cells: readonly ScaleCell[],
): readonly { readonly cost: Cost; readonly law: PowerLaw | undefined }[] {
  return COSTS.map((cost) => ({
    cost,
    law: fitPowerLaw(cells.map((cell) => ({ size: cell.nodes, cost: cost.of(cell) }))),
  }));
}

/** `N^1.08 ± 0.02`. */
export function lawText(law: PowerLaw | undefined): string {
  if (law === undefined) return "–";
  const { exponent, error } = law;
  return `N^${exponent.toFixed(2)}${error === undefined ? "" : ` ± ${error.toFixed(2)}`}`;
}
