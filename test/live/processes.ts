import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const ROOT = join(import.meta.dirname, "..", "..");
const BUILT = join(ROOT, "dist", "src", "cli", "main.js");
/** The built command line starts faster; it is taken where it is younger than every source. */
const COMMAND = isBuilt() ? [BUILT] : ["--import", "tsx", join(ROOT, "src", "cli", "main.ts")];

function isBuilt(): boolean {
  if (!existsSync(BUILT)) return false;
  const builtMs = statSync(BUILT).mtimeMs;
  return ["src", "bench"].every((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).every(
      (name) => statSync(join(ROOT, folder, name)).mtimeMs < builtMs,
    ),
  );
}

/** How a command ended, and all that it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A node process that is a member of its overlay. */
export interface NodeProcess {
  readonly pid: number;
  readonly address: string;
  /** `http://host:port`, if the node has an admin server. */
  readonly admin: string | undefined;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

export interface RunningProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  nextErrorLine(wanted: (line: string) => boolean): Promise<string>;
}

/** Command-line processes of one test: none survives it. */
export class Processes {
  readonly #children = new Set<ChildProcess>();

  /** Runs a command to its end. */
  async run(args: readonly string[], input?: string): Promise<Ended> {
    const { child, ended } = this.#start(args);
    child.stdin?.end(input);
    return await ended;
  }

  /** Starts `skipnet node` and waits for its ready line. */
  async node(args: readonly string[]): Promise<NodeProcess> {
    const { child, ended, nextLine } = this.#start(["node", ...args]);
    const line = await Promise.race([nextLine, ended]);
    if (typeof line !== "string") throw new Error(`no ready line: ${line.stderr}`);
    const match = /^ready \S+ (\S+)(?: admin (\S+))?$/.exec(line);
    if (match === null) throw new Error(`not a ready line: ${line}`);
    return {
      pid: child.pid as number,
      address: match[1] as string,
      admin: match[2],
      ended,
      kill: (signal) => {
        child.kill(signal);
      },
    };
  }

  /** Starts a command that the test will stop. */
  start(args: readonly string[]): RunningProcess {
    const { child, ended } = this.#start(args);
    return {
      pid: child.pid as number,
      ended,
      nextErrorLine: async (wanted) => {
        for await (const line of createInterface(child.stderr as Readable)) {
          if (wanted(line)) return line;
        }
        throw new Error("standard error ended without that line");
      },
    };
  }

  /** Ends what is left, stopped ones too. */
  async close(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }

  #start(args: readonly string[]): {
    child: ChildProcess;
    ended: Promise<Ended>;
    nextLine: Promise<string>;
  } {
    const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT });
    this.#children.add(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    const nextLine = new Promise<string>((resolve) => {
      child.stdout.on("data", (text: string) => {
        stdout += text;
        const end = stdout.indexOf("\n");
        if (end >= 0) resolve(stdout.slice(0, end));
      });
    });
    child.stderr.on("data", (text: string) => {
      stderr += text;
    });
    const ended = once(child, "close").then(([status, signal]) => ({
      status: status as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
    }));
    return { child, ended, nextLine };
  }
}

/** Asks until the answer is as wanted. Whoever waits for ever is ended by the test's own limit. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
