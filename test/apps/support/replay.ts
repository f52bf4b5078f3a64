import { expect } from "vitest";

/** The seeds of a property: those given for a replay, or a few. */
export function seedsOf(variable: string, count: number): readonly string[] {
  const given = process.env[variable];
  if (given !== undefined) return given.split(",");
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

/** A run with a seed; what it finds wrong is reported with the seed and the command that replays it. */
export async function replayable(
  replay: { readonly variable: string; readonly seed: string; readonly file: string },
  run: () => Promise<readonly string[]>,
): Promise<void> {
  const { variable, seed, file } = replay;
  const test = expect.getState().currentTestName?.replace(/ \[.*/, "") ?? "";
  const command = `${variable}=${seed} npx vitest run ${file} -t "${test}"`;
  let violations: readonly string[];
  try {
    violations = await run();
  } catch (error) {
    throw new Error(`failed with seed ${seed}; replay: ${command}`, { cause: error });
  }
  if (violations.length === 0) return;
  const shown = violations.slice(0, 10).join("\n");
  expect.fail(`${violations.length} violations, seed ${seed}; replay: ${command}\n${shown}`);
}
