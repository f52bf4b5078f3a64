import { mkdir } from "node:fs/promises";
import { writeWhole } from "../../report/whole-file.ts";
import type { TransportResults } from "../results.ts";
import { transportPage } from "./page.ts";

/** Writes `results.json` and `index.html` into the folder, which is made; each appears whole or not at all. */
export async function writeTransportReport(
  folder: string,
  results: TransportResults,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeWhole(folder, "results.json", `${JSON.stringify(results, null, 1)}\n`);
  await writeWhole(folder, "index.html", await transportPage(results));
}
