import { SkipnetError } from "../../src/core/errors.ts";
import type { Point } from "./experiment.ts";

/**
 * Reads `nodes=4096,k=8`: what parameters must be. A part without `=` belongs to the value before it,
 * which has a comma. Throws `E_OPTIONS` for anything else.
 */
export function parseWhere(text: string): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const part of text.split(",")) {
    const [, key, value] = /^\s*([^=\s]+)=(.+)$/.exec(part) ?? [];
    const last = pairs.at(-1);
    if (key !== undefined && value !== undefined) pairs.push([key, value]);
    else if (last !== undefined && !part.includes("=")) last[1] += `,${part}`;
    else throw new SkipnetError("E_OPTIONS", "write KEY=VALUE,…, as nodes=4096,k=8");
  }
  return Object.fromEntries(pairs);
}

/** The opposite: a point as `--where` takes it, quoted for a shell where it must be. */
export function whereText(point: Point): string {
  const text = Object.entries(point)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
  return /^[\w=.,:@%+-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
