import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { SkipnetError } from "../../src/core/errors.ts";

/** Names taken from a file. */
export const NAMES_MAX = 100_000;
/** Names gathered where no file is given. */
const DEFAULT_NAMES = 1_000;
/** Names of one directory then: a few packages have thousands in one. */
const PER_FOLDER_MAX = 40;
/** Directory entries that are looked at when the default names are gathered. */
const ENTRIES_MAX = 100_000;
const DEPTH_MAX = 12;
/** Longer files are left out: hashing them would take longer than the run. */
const FILE_BYTES_MAX = 4 << 20;
/** Longest names file, bytes, and longest line of it. */
const NAMES_FILE_BYTES_MAX = 64 << 20;
const LINE_MAX = 1_024;

/** One name of the workload and what belongs to it. */
export interface NamedFile {
  /** As the naming service wants it: `/a/b/c`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
}

export interface NameList {
  /** Where they come from, for the report. */
  readonly source: string;
  readonly files: readonly NamedFile[];
}

/** At most so many, evenly spaced, so that no part of the tree is left out. */
export function evenly<T>(items: readonly T[], max: number): readonly T[] {
  if (items.length <= max) return items;
  return Array.from({ length: max }, (_, i) => items[Math.floor((i * items.length) / max)] as T);
}

/** One path a line; empty lines and lines beginning with # are skipped. Throws `E_OPTIONS`. */
export async function namesFromFile(file: string): Promise<NameList> {
  let text: string;
  try {
    if ((await stat(file)).size > NAMES_FILE_BYTES_MAX) {
      throw new SkipnetError("E_OPTIONS", `${file} is over ${NAMES_FILE_BYTES_MAX} bytes`);
    }
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    if (cause instanceof SkipnetError) throw cause;
    throw new SkipnetError("E_OPTIONS", `cannot read the names in ${file}: ${String(cause)}`, {
      cause,
    });
  }
  const paths = new Set<string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const path = line.trim();
    if (path === "" || path.startsWith("#")) continue;
    if (path.length > LINE_MAX) {
      throw new SkipnetError("E_OPTIONS", `${file}, line ${i + 1}: over ${LINE_MAX} characters`);
    }
    paths.add(path.startsWith("/") ? path : `/${path}`);
  }
  if (paths.size === 0) throw new SkipnetError("E_OPTIONS", `${file} has no names`);
  const files = evenly([...paths], NAMES_MAX).map((path) => ({
    path,
    sizeBytes: Buffer.byteLength(path),
    sha256: sha256(Buffer.from(path)),
  }));
  return { source: file, files };
}

/**
 * Files below the `node_modules` that this package runs with, in the order of their paths: whole
 * directories, evenly spaced over the tree. Throws `E_OPTIONS` where there are none.
 */
export async function defaultNames(max = DEFAULT_NAMES): Promise<NameList> {
  const root = installedModules();
  const walk = { root, found: [] as string[], entriesLeft: ENTRIES_MAX };
  await gather(walk, "", 0);
  walk.found.sort();
  const files: NamedFile[] = [];
  for (const path of wholeFolders(walk.found, max)) {
    const content = await readFile(join(root, path)).catch(() => undefined);
    if (content === undefined || content.length > FILE_BYTES_MAX) continue;
    const name = `/${path.split(sep).join("/")}`;
    files.push({ path: name, sizeBytes: content.length, sha256: sha256(content) });
  }
  if (files.length === 0) {
    throw new SkipnetError("E_OPTIONS", `no files below ${root}; give names with --names FILE`);
  }
  return { source: "node_modules", files };
}

/** Every n-th directory, with its files, so that there are about as many names as asked for. */
export function wholeFolders(paths: readonly string[], max: number): readonly string[] {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = dirname(path);
    const files = folders.get(folder);
    if (files === undefined) folders.set(folder, [path]);
    else if (files.length < PER_FOLDER_MAX) files.push(path);
  }
  const all = [...folders.values()];
  const total = all.reduce((sum, files) => sum + files.length, 0);
  const share = Math.min(1, max / Math.max(1, total));
  return evenly(all, Math.max(1, Math.ceil(all.length * share)))
    .flat()
    .slice(0, max);
}

/** Where a dependency of ours lies: our own `node_modules`, or the one that we are installed in. */
function installedModules(): string {
  const dependency = createRequire(import.meta.url).resolve("uplot");
  const marker = `${sep}node_modules${sep}`;
  const at = dependency.lastIndexOf(marker);
  return at < 0 ? dirname(dependency) : dependency.slice(0, at + marker.length - 1);
}

interface Walk {
  readonly root: string;
  readonly found: string[];
  entriesLeft: number;
}

async function gather(walk: Walk, folder: string, depth: number): Promise<void> {
  if (depth > DEPTH_MAX) return;
  const entries = await readdir(join(walk.root, folder), { withFileTypes: true }).catch(() => []);
  // The order of the file system is not the same everywhere.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    // Caches come and go between two runs.
    if (entry.name.startsWith(".")) continue;
    if (walk.entriesLeft-- <= 0) return;
    const path = folder === "" ? entry.name : join(folder, entry.name);
    if (entry.isDirectory()) await gather(walk, path, depth + 1);
    else if (entry.isFile()) walk.found.push(path);
  }
}

function sha256(content: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(content).digest());
}
