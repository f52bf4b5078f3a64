import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What decides what a cell measures, besides the experiment's own file. */
const SOURCES = ["src", "bench/baselines", "bench/papers"];
/** How results look; and the experiments themselves, of which each counts for its own cells alone. */
const APART = /^bench\/papers\/(report\/|experiments\/[^/]+$)/;

/**
 * A hash over the program: a cell measured by another program is another cell. It is made of the
 * sources, so that a change that nobody committed counts too, and a commit to the docs does not.
 */
export function programHash(): string {
  known ??= hashOfSources();
  return known;
}

/** Of this process's program, read once. */
let known: string | undefined;

function hashOfSources(): string {
  const root = dirname(createRequire(import.meta.url).resolve("skipnet/package.json"));
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    const folder = join(root, source);
    if (!existsSync(folder)) continue;
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
    for (const name of names) {
      const path = `${source}/${name.replaceAll("\\", "/")}`;
      if (!path.endsWith(".ts") || APART.test(path)) continue;
      hash.update(`${path}\n`).update(readFileSync(join(root, path)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** The same with the file of an experiment. */
export function experimentHash(program: string, file: string): string {
  return createHash("sha256").update(program).update(readFileSync(file)).digest("hex").slice(0, 16);
}
