import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { Processes } from "./processes.ts";

let processes: Processes;
beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.close());

/** Runs the command line inside this process. */
async function run(
  args: readonly string[],
): Promise<{ status: number; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  try {
    return { status: await runProgram(args), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const COMMANDS = ["bench", "sim", "node", "put", "get", "ls", "rm", "timeouts", "report"];
const ROOT = join(import.meta.dirname, "..", "..");

describe("usage", () => {
  test("--version prints the package's version", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      version: string;
    };
    expect(await processes.run(["--version"])).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  test("--help lists the commands; help of each shows an example", async () => {
    const help = await run(["--help"]);
    expect(help.status).toBe(0);
    for (const command of COMMANDS) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
      const own = await run([command, "--help"]);
      expect(own.status).toBe(0);
      expect(own.stdout).toMatch(/Examples?[:,]/);
    }
  });

  test("help COMMAND is COMMAND --help", async () => {
    const loaded = await run(["help", "report"]);
    expect(loaded).toMatchObject({ status: 0, stderr: "" });
    expect(loaded.stdout).toMatch(/^Usage: skipnet report /);
  });

  test.each([
    [[], /Usage: skipnet/],
    [["nod"], /unknown command 'nod'[\s\S]*Did you mean node\?/],
    [["timeouts", "--transprt", "udp"], /unknown option '--transprt'[\s\S]*--transport/],
    [["timeouts", "--nodes", "0"], /whole number from 1/],
    [["timeouts", "--transport", "smoke"], /E_OPTIONS: .*there are tcp, udp/],
    [["timeouts", "--transport", "udp:retries=many"], /E_OPTIONS: .*retries/],
    [["timeouts", "--transport-module", "/nowhere.js"], /E_OPTIONS: .*\/nowhere\.js/],
    [["node", "--listen", "udp://127.0.0.1:0"], /required option '--name/],
    [["node", "--name", "a b", "--listen", "udp://127.0.0.1:0"], /a space/],
    [["node", "--name", "a", "--listen", "127.0.0.1"], /not an address/],
    [
      ["node", "--name", "a", "--listen", "udp://127.0.0.1:0", "--join", "tcp://127.0.0.1:1"],
      /E_OPTIONS: tcp:\/\/127\.0\.0\.1:1/,
    ],
    [["get", "/a"], /required option '--via/],
    [["get", "a", "--via", "udp://127.0.0.1:9"], /E_NAME: .*slash/],
    [["get", "/a", "--via", "udp://127.0.0.1:9", "--deadline", "5"], /250ms/],
    [["put", "/a", "--via", "udp://127.0.0.1:9"], /E_OPTIONS: .*--file/],
  ] as const)(
    "skipnet %j is wrong usage: status 2, told why, nothing on standard output",
    async (args, why) => {
      const ended = await run(args);
      expect(ended.status).toBe(2);
      expect(ended.stdout).toBe("");
      expect(ended.stderr).toMatch(why);
    },
  );

  test("a process that was used wrongly ends with status 2", async () => {
    expect(await processes.run(["nod"])).toMatchObject({ status: 2, stdout: "" });
  });

  test("with --json a failure is one JSON document on standard output", async () => {
    const ended = await run(["timeouts", "--transport", "smoke", "--json"]);
    expect(ended.status).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      error: { code: "E_OPTIONS", certainty: "definite" },
    });
    const usage = await run(["timeouts", "--smoke", "--json"]);
    expect(usage.status).toBe(2);
    expect(JSON.parse(usage.stdout)).toMatchObject({ error: { code: "E_OPTIONS" } });
  });

  test("a reader that goes away is no error", async () => {
    const child = spawn(
      "bash",
      [
        "-c",
        `"${process.execPath}" --import tsx src/cli/main.ts timeouts | head -1; exit \${PIPESTATUS[0]}`,
      ],
      { cwd: ROOT },
    );
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += String(text);
    });
    const [status] = (await once(child, "close")) as [number];
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});

describe("timeouts", () => {
  test("--json is one document in which every deadline and bound is a number or never", async () => {
    const ended = await run(["timeouts", "--transport", "tcp:os", "--nodes", "100", "--json"]);
    expect(ended.status).toBe(0);
    const document = JSON.parse(ended.stdout) as { cascade: Part[] };
    const all = flatten(document.cascade).filter((part) => part.kind !== "floor");
    expect(all.length).toBeGreaterThan(8);
    for (const { us } of all) expect(us === "never" || (us as number) >= 0).toBe(true);
    // The paper's choice never notices a stopped process.
    expect(all.find((part) => part.what.includes("silent peer is down"))?.us).toBe("never");
  });

  test("the paper's preset stacks its worst cases to its 13 minutes", async () => {
    const ended = await run(["timeouts", "--preset", "paper-2004", "--json"]);
    const { cascade } = JSON.parse(ended.stdout) as { cascade: Part[] };
    expect(Math.floor((cascade[0]?.us as number) / 60e6)).toBe(13);
    for (const part of flatten(cascade).filter(({ parts }) => parts.length > 0)) {
      const steps = part.parts.filter(({ kind }) => kind === "step");
      expect(steps.reduce((sum, { us }) => sum + (us as number), 0)).toBe(part.us);
    }
  });
});

interface Part {
  readonly what: string;
  readonly us: number | string | null;
  readonly kind: string;
  readonly parts: Part[];
}

function flatten(parts: readonly Part[]): Part[] {
  return parts.flatMap((part) => [part, ...flatten(part.parts)]);
}
