import type { Random } from "../../src/core/random.ts";
import type { NamedFile } from "./names.ts";
import type { NamingClient } from "./naming-client.ts";
import type { OperationEnd, PlannedOperation, Workload } from "./operation.ts";
import { writeValue } from "./value.ts";
import { type Expectation, WriteLog } from "./write-log.ts";

/** The mix, in hundredths. */
export const NAMING_MIX = { get: 50, put: 35, list: 10, remove: 5 } as const;
type Kind = keyof typeof NAMING_MIX;

/** Names that each client writes before the load begins, so that there is something to read. */
const PRELOAD_NAMES = 50;
const PRELOAD_PARALLEL = 8;
/** Reads of names that this client wrote itself; the others read what another client preloaded. */
const OWN_READS = 0.7;

export interface NamingWorkloadOptions {
  readonly naming: NamingClient;
  readonly files: readonly NamedFile[];
  readonly random: Random;
  readonly valueSizeBytes: number;
  /** This client's number, from 0, and how many there are. Each writes a share of the names of its own. */
  readonly client: number;
  readonly clients: number;
}

/**
 * Naming operations on real names: 50 % get, 35 % put, 10 % list, 5 % remove. Gets, lists and removes
 * are for names that were written before, as a user's are.
 */
export class NamingWorkload implements Workload {
  readonly kinds = Object.keys(NAMING_MIX);
  readonly #options: NamingWorkloadOptions;
  readonly #log: WriteLog;
  readonly #own: readonly NamedFile[];
  /** What other clients preload. */
  readonly #foreign: readonly NamedFile[];
  /** Own names whose last write was a put. BOUNDED: one entry a name. */
  readonly #written: NamedFile[] = [];
  readonly #isWritten = new Set<string>();

  constructor(options: NamingWorkloadOptions) {
    this.#options = options;
    const { files, client, clients, random } = options;
    this.#log = new WriteLog(client);
    // The same order in every client, so that each knows what the others preload.
    const share = (i: number): NamedFile[] => files.filter((_, n) => n % clients === i);
    this.#own = random.fork("own").shuffle(share(client));
    this.#foreign = Array.from({ length: clients }, (_, i) => i)
      .filter((i) => i !== client)
      .flatMap((i) => preloaded(share(i)));
  }

  /** Writes the first names. Gives how many of them were acknowledged. */
  async preload(deadlineUs: number): Promise<number> {
    const { files, client, clients } = this.#options;
    const queue = [...preloaded(files.filter((_, n) => n % clients === client))];
    let done = 0;
    const worker = async (): Promise<void> => {
      for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
        const end = await this.#put(file, deadlineUs);
        if (end.outcome === "done") done++;
      }
    };
    await Promise.all(Array.from({ length: PRELOAD_PARALLEL }, worker));
    return done;
  }

  next(): PlannedOperation {
    const { random, naming } = this.#options;
    const kind = this.#drawKind();
    if (kind === "put") {
      const file = this.#own[random.below(this.#own.length)] as NamedFile;
      return { kind, run: (deadlineUs) => this.#put(file, deadlineUs) };
    }
    if (kind === "remove") {
      const file = this.#drawWritten();
      return { kind, run: (deadlineUs) => this.#remove(file, deadlineUs) };
    }
    const { path } = this.#drawRead();
    if (kind === "get") {
      return { kind, run: async (deadlineUs) => (await naming.get(path, deadlineUs)).end };
    }
    const folder = folderOf(path);
    return { kind, run: async (deadlineUs) => (await naming.list(folder, deadlineUs)).end };
  }

  /** What must be found when the names are read back. */
  expectations(): readonly Expectation[] {
    return this.#log.expectations();
  }

  #drawKind(): Kind {
    let draw = this.#options.random.below(100);
    for (const [kind, share] of Object.entries(NAMING_MIX)) {
      if (draw < share) return kind as Kind;
      draw -= share;
    }
    return "get";
  }

  #drawRead(): NamedFile {
    const { random } = this.#options;
    if (this.#foreign.length === 0 || random.chance(OWN_READS)) return this.#drawWritten();
    return this.#foreign[random.below(this.#foreign.length)] as NamedFile;
  }

  /** Where nothing is written yet, any own name: the answer is that there is none. */
  #drawWritten(): NamedFile {
    const { random } = this.#options;
    const from = this.#written.length === 0 ? this.#own : this.#written;
    return from[random.below(from.length)] as NamedFile;
  }

  async #put(file: NamedFile, deadlineUs: number): Promise<OperationEnd> {
    const { naming, valueSizeBytes } = this.#options;
    const id = this.#log.begin(file.path, "put");
    const end = await naming.put(file.path, writeValue(file, id, valueSizeBytes), deadlineUs);
    this.#log.end(file.path, id.sequence, end.outcome);
    if (end.outcome === "done" && !this.#isWritten.has(file.path)) {
      this.#isWritten.add(file.path);
      this.#written.push(file);
    }
    return end;
  }

  async #remove(file: NamedFile, deadlineUs: number): Promise<OperationEnd> {
    const id = this.#log.begin(file.path, "remove");
    if (this.#isWritten.delete(file.path)) this.#written.splice(this.#written.indexOf(file), 1);
    const end = await this.#options.naming.remove(file.path, deadlineUs);
    this.#log.end(file.path, id.sequence, end.outcome);
    return end;
  }
}

/** Evenly from a client's share, in its order. */
function preloaded(share: readonly NamedFile[]): readonly NamedFile[] {
  const step = Math.max(1, Math.floor(share.length / PRELOAD_NAMES));
  return share.filter((_, i) => i % step === 0).slice(0, PRELOAD_NAMES);
}

/** The directory of a path: `/a/b` of `/a/b/c`. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}
