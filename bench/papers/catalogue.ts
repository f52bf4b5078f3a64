import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { SkipnetError } from "../../src/core/errors.ts";
import type { Experiment } from "./experiment.ts";

/** Where the experiments of the papers are. */
export const EXPERIMENTS_FOLDER = fileURLToPath(new URL("experiments", import.meta.url));

/** An experiment and the file that declares it. */
export interface Declared {
  readonly experiment: Experiment;
  readonly file: string;
}

/** Every `NAME.ts` of the folder declares one: its export `experiment`. In the order of their ids. */
export async function loadExperiments(folder: string): Promise<Declared[]> {
  const path = resolve(folder);
  const names = await readdir(path).catch((cause: unknown) => {
    throw new SkipnetError("E_OPTIONS", `no folder of experiments at ${path}`, { cause });
  });
  const files = names.filter((name) => name.endsWith(".ts")).map((name) => join(path, name));
  const declared = await Promise.all(files.map(load));
  declared.sort((a, b) => order(a.experiment.id, b.experiment.id));
  for (const [i, { experiment, file }] of declared.entries()) {
    const other = declared[i - 1];
    if (other?.experiment.id !== experiment.id) continue;
    const both = `${basename(other.file)} and ${basename(file)}`;
    throw new SkipnetError("E_OPTIONS", `${both} both declare ${experiment.id}`);
  }
  return declared;
}

/** The tables by their numbers, then all others by name. */
function order(a: string, b: string): number {
  const number = (id: string) => Number(/^T(\d+)$/.exec(id)?.[1] ?? Number.POSITIVE_INFINITY);
  const [x, y] = [number(a), number(b)];
  return x === y ? a.localeCompare(b, "en") : x - y;
}

async function load(file: string): Promise<Declared> {
  const module = (await import(pathToFileURL(file).href)) as { experiment?: Experiment };
  const { experiment } = module;
  if (experiment === undefined || !/^[A-Za-z][A-Za-z0-9-]*$/.test(experiment.id)) {
    throw new SkipnetError("E_OPTIONS", `${file} exports no \`experiment\` with an id`);
  }
  return { experiment, file };
}
