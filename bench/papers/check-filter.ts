import { SkipnetError } from "../../src/core/errors.ts";
import type { Declared } from "./catalogue.ts";
import type { CellFilter } from "./cell.ts";

/** Throws `E_OPTIONS` where nothing there is could be what is asked for: a misspelt word must not measure nothing. */
export function checkFilter(all: readonly Declared[], filter: CellFilter): void {
  const ids = all.map(({ experiment }) => experiment.id);
  for (const id of filter.only ?? []) {
    if (!ids.includes(id)) {
      throw new SkipnetError("E_OPTIONS", `no experiment "${id}"; there are ${ids.join(", ")}`);
    }
  }
  const asked = all.filter(({ experiment: { id } }) => filter.only?.includes(id) ?? true);
  const points = asked.flatMap(({ experiment }) => experiment.points(filter.size));
  for (const [key, value] of Object.entries(filter.where ?? {})) {
    const values = points.flatMap((point) => point[key] ?? []).map(String);
    if (values.length === 0) {
      throw new SkipnetError("E_OPTIONS", `no experiment asked for has a parameter "${key}"`);
    }
    if (!values.includes(value)) {
      const known = [...new Set(values)].join(", ");
      throw new SkipnetError("E_OPTIONS", `"${key}" is never ${value}; it is one of ${known}`);
    }
  }
}
