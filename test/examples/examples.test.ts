import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const TSX = join(ROOT, "node_modules/tsx/dist/cli.mjs");
/** Long enough for a busy machine: what an example prints is tested, not how fast it is. */
const PATIENCE_MS = 120_000;

/** What each example prints, line by line. */
const PRINTS: Readonly<Record<string, readonly RegExp[]>> = {
  "01-two-nodes.ts": [/^put: done$/, /^get: 8080$/],
  "02-simulate.ts": [
    /^lookups: (89[1-9]|900) of 900 reached their node$/,
    /^lookups: (89[1-9]|900) of 900 reached their node$/,
    /^events: ([0-9a-f]{16}) and \1: the same$/,
  ],
  "03-own-message.ts": [
    /^com\.example\.south: 42, added by com\.example\.south, hops: 1$/,
    /^com\.example\.orchard: 42, added by com\.example\.north, hops: 0$/,
    /^directly: 42, added by com\.example\.north$/,
  ],
};

const examples = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ts"));
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

test("every example is tested", () => {
  expect(examples.sort()).toEqual(Object.keys(PRINTS));
});

describe.each(Object.entries(PRINTS))("%s", (name, lines) => {
  test(
    "runs, prints what it says and ends by itself",
    async () => {
      // Rejects for an exit status other than 0, and for one that does not end.
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [TSX, join("examples", name)],
        { cwd: ROOT, timeout: PATIENCE_MS, killSignal: "SIGKILL" },
      );
      const printed = stdout.trimEnd().split("\n");
      expect(printed).toHaveLength(lines.length);
      lines.forEach((line, i) => {
        expect(printed[i]).toMatch(line);
      });
    },
    PATIENCE_MS + 5_000,
  );

  test("fits a screen", () => {
    expect(text(join("examples", name)).split("\n").length - 1).toBeLessThan(60);
  });
});

test("the example of the README is the first one, word for word", () => {
  const blocks = [...text("README.md").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code,
  );
  expect(blocks).toEqual([text("examples/01-two-nodes.ts")]);
});
