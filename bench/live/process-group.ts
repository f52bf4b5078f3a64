import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SkipnetError } from "../../src/core/errors.ts";

/** A process that was told to exit has so long for it. */
const EXIT_MS = 300;
/** Processes that one group may have. */
export const PROCESSES_MAX = 512;

/** A sibling program of this file, compiled or not as this one is. */
function program(name: string): string {
  const extension = extname(fileURLToPath(import.meta.url));
  return fileURLToPath(new URL(`./${name}${extension}`, import.meta.url));
}

/**
 * Child processes that never outlive this one: each ends when its channel to us closes, and a reaper
 * ends those that are stopped.
 */
export class ProcessGroup implements AsyncDisposable {
  /** BOUNDED: `PROCESSES_MAX`; an entry leaves when its process has ended. */
  readonly #children = new Set<ChildProcess>();
  #reaper: ChildProcess | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this[Symbol.asyncDispose]();

  /** `signal`: ends them all as well. */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Starts a program that lies beside this one. */
  start(name: string): ChildProcess {
    if (this.#children.size >= PROCESSES_MAX) {
      throw new SkipnetError("E_LIMIT", `more than ${PROCESSES_MAX} processes`);
    }
    this.#reaper ??= spawnQuietly("reaper");
    const child = spawnQuietly(name);
    this.#children.add(child);
    const { pid } = child;
    if (pid !== undefined) this.#tellReaper({ add: pid });
    child.once("exit", () => {
      this.#children.delete(child);
      if (pid !== undefined) this.#tellReaper({ remove: pid });
    });
    return child;
  }

  /** Ends all of them, stopped ones too, and resolves when they are gone. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    await Promise.all([...this.#children].map(endNow));
    const reaper = this.#reaper;
    this.#reaper = undefined;
    if (reaper !== undefined) await endNow(reaper);
  }

  #tellReaper(message: { add: number } | { remove: number }): void {
    if (this.#reaper?.connected === true) this.#reaper.send(message, () => undefined);
  }
}

function spawnQuietly(name: string): ChildProcess {
  const child = fork(program(name), [], {
    // As we run ourselves: compiled, or through a loader.
    execArgv: process.execArgv,
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  // Without a listener a process that cannot be started would end the bench.
  child.on("error", () => undefined);
  return child;
}

async function endNow(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  await Promise.race([ended, sleep(EXIT_MS)]);
  child.kill("SIGKILL");
  await ended;
}
