import type { Results } from "../results.ts";

/** Columns that were not run, together where the cause is the same. */
export function leftOutByCause({ leftOut }: Results): { names: string[]; why: string }[] {
  const groups = new Map<string, string[]>();
  for (const [name, why] of Object.entries(leftOut)) {
    const names = groups.get(why);
    if (names === undefined) groups.set(why, [name]);
    else names.push(name);
  }
  return [...groups].map(([why, names]) => ({ names, why }));
}
