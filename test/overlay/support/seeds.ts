import { test } from "vitest";

/** Seeds of a test: 1 to `count`, or the one that `SEED` names. */
export function seeds(count: number): readonly string[] {
  const given = process.env["SEED"];
  if (given !== undefined) return [given];
  return Array.from({ length: count }, (_, i) => `${i + 1}`);
}

/** One test over several seeds; a failure says which one failed, and the command that repeats it. */
export function testSeeds(
  file: string,
  name: string,
  count: number,
  run: (seed: string) => Promise<void> | void,
): void {
  test(name, async () => {
    for (const seed of seeds(count)) await replayable(file, name, seed, () => run(seed));
  });
}

/** Runs it; what it throws names the seed and the one command that repeats it. */
export async function replayable(
  file: string,
  name: string,
  seed: string,
  run: () => Promise<void> | void,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    const filter = name.replace(/[^\w ,:;'-]/g, ".").replaceAll("'", ".");
    failure.message = `seed ${seed}; repeat with: SEED=${seed} npx vitest run ${file} -t '${filter}'\n${failure.message}`;
    throw failure;
  }
}
