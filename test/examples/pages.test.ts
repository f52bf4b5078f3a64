import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const TSX = join(ROOT, "node_modules/tsx/dist/cli.mjs");
const PATIENCE_MS = 60_000;

const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

async function skipnet(...words: string[]): Promise<string> {
  const program = [TSX, join(ROOT, "src/cli/main.ts"), ...words];
  const { stdout } = await promisify(execFile)(process.execPath, program, {
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
  });
  return stdout;
}

test(
  "docs/timeouts.md shows what the command prints today",
  async () => {
    const blocks = [...text("docs/timeouts.md").matchAll(/^```text\n([\s\S]*?)^```$/gm)];
    expect(blocks.map(([, block]) => block)).toEqual([
      await skipnet("timeouts"),
      await skipnet("timeouts", "--preset", "paper-2004"),
    ]);
  },
  2 * PATIENCE_MS,
);

test(
  "the README names every command",
  async () => {
    const help = await skipnet("--help");
    const commands = [...help.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, name]) => name as string);
    expect(commands).toContain("bench");
    const table = text("README.md").split("## Commands")[1] ?? "";
    for (const name of commands.filter((command) => command !== "help")) {
      expect(table).toMatch(new RegExp(`\\b${name}\\b`));
    }
  },
  PATIENCE_MS,
);
