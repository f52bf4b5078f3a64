import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LatencyRecorder } from "../histogram.ts";
import type { Results } from "../results.ts";
import { readAssets } from "./assets.ts";
import { reportPage } from "./page.ts";
import { writeWhole } from "./whole-file.ts";

/** A name that every file system takes, from that of a transport. */
const fileName = (text: string): string => text.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 100);

/**
 * Writes `index.html`, `results.json` and one `.hgrm` file a histogram into the folder, which is
 * made. Each file appears whole or not at all. Resolves with the path of the page.
 */
export async function writeReport(folder: string, results: Results): Promise<string> {
  await mkdir(folder, { recursive: true });
  const write = (name: string, content: string) => writeWhole(folder, name, content);
  // First what cannot be computed again.
  await write("results.json", `${JSON.stringify(results, null, 1)}\n`);
  for (const [transport, { operations }] of Object.entries(results.transports)) {
    for (const [operation, { histogram }] of Object.entries(operations)) {
      const recorder = LatencyRecorder.fromBase64(histogram);
      if (recorder.count === 0) continue;
      await write(`${fileName(transport)}.${fileName(operation)}.hgrm`, recorder.toHgrm());
    }
  }
  await write("index.html", reportPage(results, await readAssets()));
  return join(folder, "index.html");
}
