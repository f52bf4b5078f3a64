import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes a file of the folder; it appears whole or not at all. */
export async function writeWhole(folder: string, name: string, content: string): Promise<void> {
  const partial = join(folder, `.${name}.part`);
  await writeFile(partial, content);
  await rename(partial, join(folder, name));
}
