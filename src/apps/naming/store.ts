import { Directory, type MergeResult } from "./directory.ts";
import type { Entry } from "./entry.ts";
import type { NamingOptions } from "./options.ts";

/**
 * The directories that one member holds. In memory here; a durable store keeps the same interface,
 * reads what it kept when it is opened, and makes the holder wait in `persist`.
 */
export interface DirectoryStore {
  get(path: string): Directory | undefined;
  /** Merges an entry, making the directory where there is none. */
  merge(path: string, entry: Entry): MergeResult;
  /** Forgets tombstones of a directory older than this. */
  purge(path: string, beforeMs: number): void;
  drop(path: string): void;
  clear(): void;
  paths(): IterableIterator<string>;
  readonly directoryCount: number;
  /** What all directories occupy, in bytes, about. */
  readonly bytes: number;
  /** Resolves once all that was merged so far would survive a restart; undefined: nothing to wait for. */
  persist(path: string): Promise<void> | undefined;
}

/** Entries of a merge of two copies may be twice what one copy takes from writers. */
const MERGED_ENTRIES_FACTOR = 2;

/** A store that lives as long as its member. */
export class MemoryStore implements DirectoryStore {
  readonly #options: NamingOptions;
  /** BOUNDED: `directoriesMax`, `storeBytesMax`. */
  readonly #directories = new Map<string, Directory>();
  #bytes = 0;

  constructor(options: NamingOptions) {
    this.#options = options;
  }

  get directoryCount(): number {
    return this.#directories.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(path: string): Directory | undefined {
    return this.#directories.get(path);
  }

  merge(path: string, entry: Entry): MergeResult {
    const known = this.#directories.get(path);
    if (known === undefined && this.#directories.size >= this.#options.directoriesMax)
      return "full";
    if (this.#bytes + entry.value.length > this.#options.storeBytesMax) return "full";
    const directory = known ?? new Directory(MERGED_ENTRIES_FACTOR * this.#options.entriesMax);
    const before = directory.bytes;
    const result = directory.merge(entry);
    this.#bytes += directory.bytes - before;
    if (known === undefined && result === "stored") this.#directories.set(path, directory);
    return result;
  }

  purge(path: string, beforeMs: number): void {
    const directory = this.#directories.get(path);
    if (directory === undefined) return;
    const before = directory.bytes;
    directory.purge(beforeMs);
    this.#bytes += directory.bytes - before;
  }

  drop(path: string): void {
    this.#bytes -= this.#directories.get(path)?.bytes ?? 0;
    this.#directories.delete(path);
  }

  clear(): void {
    this.#directories.clear();
    this.#bytes = 0;
  }

  paths(): IterableIterator<string> {
    return this.#directories.keys();
  }

  persist(): undefined {
    return undefined;
  }
}
