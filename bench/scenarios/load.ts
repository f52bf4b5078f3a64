import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import * as v from "valibot";
import { SkipnetError } from "../../src/core/errors.ts";
import { SCENARIOS } from "./catalogue.ts";
import { type ScenarioFile, scenarioFileSchema } from "./schema.ts";

const FILE_BYTES_MAX = 1 << 20;

export interface NamedScenario {
  readonly name: string;
  readonly file: ScenarioFile;
}

/** A built-in scenario by its name, or one from a JSON file. Throws `E_OPTIONS`. */
export async function loadScenario(nameOrFile: string): Promise<NamedScenario> {
  if (Object.hasOwn(SCENARIOS, nameOrFile)) {
    return { name: nameOrFile, file: SCENARIOS[nameOrFile] as ScenarioFile };
  }
  if (!/[./\\]/.test(nameOrFile)) {
    throw new SkipnetError(
      "E_OPTIONS",
      `no scenario "${nameOrFile}"; --scenario list shows all, or give a file`,
    );
  }
  return {
    name: basename(nameOrFile),
    file: parseScenario(await readScenario(nameOrFile), nameOrFile),
  };
}

async function readScenario(file: string): Promise<string> {
  try {
    if ((await stat(file)).size <= FILE_BYTES_MAX) return await readFile(file, "utf8");
  } catch (cause) {
    throw new SkipnetError("E_OPTIONS", `cannot read scenario ${file}: ${String(cause)}`, {
      cause,
    });
  }
  throw new SkipnetError("E_OPTIONS", `${file} is over ${FILE_BYTES_MAX} bytes`);
}

/** Reads a scenario. Throws `E_OPTIONS`, naming the key, where it is not one or has unknown keys. */
export function parseScenario(json: string, source: string): ScenarioFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new SkipnetError("E_OPTIONS", `${source} is not JSON: ${String(cause)}`, { cause });
  }
  const parsed = v.safeParse(scenarioFileSchema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "the document";
  throw new SkipnetError("E_OPTIONS", `${source}: ${where}: ${issue.message}`);
}
