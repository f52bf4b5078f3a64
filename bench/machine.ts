import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { MachineResult } from "./results.ts";

/** What the figures were measured on, and with which program. */
export async function describeMachine(): Promise<MachineResult> {
  const manifest = createRequire(import.meta.url).resolve("skipnet/package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return {
    when: new Date().toISOString(),
    skipnet: version,
    ...(await describeCheckout(dirname(manifest))),
    node: process.version,
    v8: process.versions.v8,
    os: `${os.type()} ${os.release()}`,
    arch: os.arch(),
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    loadAverage: os.loadavg()[0] ?? 0,
  };
}

/** Commit and uncommitted changes, where the package is a checkout and git is there. */
async function describeCheckout(root: string): Promise<{ commit?: string; dirty?: boolean }> {
  if (!existsSync(join(root, ".git"))) return {};
  const git = promisify(execFile);
  try {
    const [head, changes] = await Promise.all([
      git("git", ["rev-parse", "HEAD"], { cwd: root }),
      git("git", ["status", "--porcelain"], { cwd: root }),
    ]);
    return { commit: head.stdout.trim(), dirty: changes.stdout.trim() !== "" };
  } catch {
    return {};
  }
}
