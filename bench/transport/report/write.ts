import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TransportResults } from "../results.ts";
import { transportPage } from "./page.ts";

/** Writes `results.json` and `index.html` into the folder, which is made; each appears whole or not at all. */
export async function writeTransportReport(
  folder: string,
  results: TransportResults,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, content: string): Promise<void> => {
    const partial = join(folder, `.${name}.part`);
    await writeFile(partial, content);
    await rename(partial, join(folder, name));
  };
  await write("results.json", `${JSON.stringify(results, null, 1)}\n`);
  await write("index.html", await transportPage(results));
}
