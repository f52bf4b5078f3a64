import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jsonLog } from "../../src/core/live/log.ts";
import { LOG_LINE_MAX, LogFile } from "../../src/core/live/log-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "skipnet-log-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const linesOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.length > 0)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("json log", () => {
  const clock = { nowUs: () => 1_234, wallMs: () => 1_700_000_000_000 };

  test("a line carries node, both times, level, event, and the caller's and the child's fields", () => {
    const lines: string[] = [];
    const log = jsonLog({
      node: "com.example.host1",
      sink: { write: (l) => lines.push(l) },
      clock,
    });
    log.child({ member: 3 }).warn("route.retry", { messageId: 17, traceId: "ab12" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: "warn",
        wallMs: 1_700_000_000_000,
        tUs: 1_234,
        node: "com.example.host1",
        member: 3,
        messageId: 17,
        traceId: "ab12",
        event: "route.retry",
      },
    ]);
    expect(lines[0]?.endsWith("\n")).toBe(true);
  });

  test("lines below the level are not written, and hot paths can ask", () => {
    const lines: string[] = [];
    const sink = { write: (line: string) => lines.push(line) };
    const info = jsonLog({ node: "n", sink });
    info.debug("hot");
    expect(info.debugging).toBe(false);
    expect(lines).toEqual([]);
    const debug = jsonLog({ node: "n", sink, level: "debug" });
    expect(debug.debugging).toBe(true);
    expect(debug.child({ a: 1 }).debugging).toBe(true);
    debug.debug("hot");
    expect(lines).toHaveLength(1);
  });
});

describe("log file", () => {
  test("all files together stay within the stated bound, in one burst and over restarts", () => {
    const file = join(directory, "node-7.log");
    const fileBytesMax = 2_000;
    const files = 3;
    for (let restart = 0; restart < 4; restart++) {
      const sink = new LogFile({ file, fileBytesMax, files });
      const log = jsonLog({ node: "n", sink });
      for (let i = 0; i < 200; i++) log.info("burst", { restart, i });
      sink.close();
      const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
      expect(sizes.length).toBeLessThanOrEqual(files);
      for (const size of sizes) expect(size).toBeLessThan(fileBytesMax + 200);
    }
    expect(readdirSync(directory).toSorted()).toEqual([
      "node-7.log",
      "node-7.log.1",
      "node-7.log.2",
    ]);
    const kept = ["node-7.log.2", "node-7.log.1", "node-7.log"].flatMap((name) =>
      linesOf(join(directory, name)).map((line) => line["i"] as number),
    );
    // What is kept is the end of the burst, whole and in order.
    expect(kept.at(-1)).toBe(199);
    for (let i = 1; i < kept.length; i++) expect(kept[i]).toBe((kept[i - 1] as number) + 1);
  });

  test("an over-long line is replaced by a note of its length", () => {
    const file = join(directory, "a.log");
    const sink = new LogFile({ file });
    sink.write(`"${"x".repeat(LOG_LINE_MAX)}"\n`);
    sink.close();
    expect(linesOf(file)).toEqual([
      { level: "warn", event: "log.lineTooLong", length: LOG_LINE_MAX + 3 },
    ]);
  });

  test("a file that cannot be opened is a typed error", () => {
    expect(() => new LogFile({ file: join("/dev/null", "x", "a.log") })).toThrow(/E_OPTIONS/);
  });

  test("lines that cannot be written are counted and nothing throws", () => {
    const sink = new LogFile({ file: "/dev/full" });
    sink.write("lost\n");
    sink.write("lost\n");
    expect(sink.linesLost).toBe(2);
    sink.close();
    sink.write("after close\n");
    expect(sink.linesLost).toBe(2);
  });

  test("the last line before a SIGKILL is in the file", async () => {
    const file = join(directory, "killed.log");
    const child = spawn(
      process.execPath,
      ["--import", "tsx", join(import.meta.dirname, "children", "log-then-die.ts"), file],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect(signal).toBe("SIGKILL");
    const lines = linesOf(file);
    expect(lines).toHaveLength(1_000);
    expect(lines.at(-1)).toMatchObject({ event: "last.words", i: 999 });
  });
});
