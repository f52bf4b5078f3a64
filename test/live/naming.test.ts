import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, type NodeProcess, Processes } from "./processes.ts";

describe.each(["udp", "tcp"])("naming through four live nodes over %s", (scheme) => {
  const processes = new Processes();
  let directory: string;
  let nodes: NodeProcess[];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "skipnet-naming-"));
    const start = (i: number, more: readonly string[]): Promise<NodeProcess> =>
      processes.node([
        ...["--name", `com.example.host${i}`, "--listen", `${scheme}://127.0.0.1:0`],
        ...["--log", `${directory}/host${i}.log`, ...more],
      ]);
    const first = await start(1, []);
    const rest = [2, 3, 4].map((i) => start(i, ["--join", first.address]));
    nodes = [first, ...(await Promise.all(rest))];
  });
  afterAll(async () => {
    await processes.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs an operation through the node of this number. */
  const via = (i: number, args: readonly string[], input?: string): Promise<Ended> =>
    processes.run([...args, "--via", nodes[i]?.address as string, "--deadline", "30s"], input);
  const done = { status: 0, signal: null, stderr: "" };

  test("what one node took another gives back, lists and removes", async () => {
    expect(await via(0, ["put", "/com.example/apps/web/port", "8080"])).toEqual({
      ...done,
      stdout: "",
    });
    expect(await via(1, ["get", "/com.example/apps/web/port"])).toEqual({
      ...done,
      stdout: "8080",
    });
    expect(await via(2, ["ls", "/com.example/apps"])).toEqual({ ...done, stdout: "web/\n" });
    expect(await via(2, ["rm", "/com.example/apps/web/port"])).toEqual({ ...done, stdout: "" });
    const gone = await via(0, ["get", "/com.example/apps/web/port"]);
    expect(gone).toMatchObject({ status: 1, stdout: "" });
    expect(gone.stderr).toMatch(/^E_NOT_FOUND: .* → Check the path\.\n$/);
  });

  test("bytes survive the way from a file and from standard input", async () => {
    const bytes = Buffer.from(Array.from({ length: 4_000 }, (_, i) => (i * 7) & 0xff));
    writeFileSync(join(directory, "value"), bytes);
    expect(await via(0, ["put", "/bin/a", "--file", join(directory, "value")])).toMatchObject(done);
    const read = await via(1, ["get", "/bin/a", "--json"]);
    const { valueBase64 } = JSON.parse(read.stdout) as { valueBase64: string };
    expect(Buffer.from(valueBase64, "base64").equals(bytes)).toBe(true);
    expect(await via(0, ["put", "/bin/b", "--file", "-"], "from stdin\n")).toMatchObject(done);
    expect(await via(2, ["get", "/bin/b"])).toMatchObject({ ...done, stdout: "from stdin\n" });
  });

  test("--json prints one document, with the stamp of the write", async () => {
    const put = await via(0, ["put", "/json/x", "1", "--json"]);
    const get = await via(1, ["get", "/json/x", "--json"]);
    const written = JSON.parse(put.stdout) as { stamp: string };
    expect(JSON.parse(get.stdout)).toMatchObject({
      schema: 1,
      command: "get",
      path: "/json/x",
      value: "1",
      stamp: written.stamp,
    });
    const ls = await via(2, ["ls", "/json", "--json"]);
    expect(JSON.parse(ls.stdout)).toMatchObject({ names: ["x"] });
    const none = await via(2, ["get", "/json/none", "--json"]);
    expect(none.status).toBe(1);
    expect(JSON.parse(none.stdout)).toMatchObject({
      error: { code: "E_NOT_FOUND", certainty: "definite" },
    });
  });

  test("the next node is asked when the first is dead", async () => {
    expect(await via(0, ["put", "/next/x", "still here"])).toMatchObject(done);
    const dead = `${scheme}://127.0.0.1:9`;
    const read = await processes.run([
      ...["get", "/next/x", "--via", dead, "--via", nodes[1]?.address as string],
    ]);
    expect(read).toMatchObject({ ...done, stdout: "still here" });
  });

  test("an acknowledged write survives a node that leaves and one that is killed", async () => {
    const paths = Array.from({ length: 4 }, (_, i) => `/kept/d${i}/x`);
    for (const [i, path] of paths.entries()) {
      expect(await via(i % 3, ["put", path, `value ${i}`])).toMatchObject(done);
    }
    nodes[3]?.kill("SIGTERM");
    expect(await nodes[3]?.ended).toMatchObject({ status: 0 });
    for (const [i, path] of paths.entries()) {
      expect(await via(i % 2, ["get", path])).toMatchObject({ ...done, stdout: `value ${i}` });
    }
    // Two of the three holders are left: a majority of those that stored it.
    nodes[1]?.kill("SIGKILL");
    await nodes[1]?.ended;
    for (const [i, path] of paths.entries()) {
      expect(await via((i % 2) * 2, ["get", path])).toMatchObject({
        ...done,
        stdout: `value ${i}`,
      });
    }
  });
});

describe("operations that cannot be", () => {
  const processes = new Processes();
  afterAll(() => processes.close());

  test("a node that nobody answers for is a typed error by the deadline, and Ctrl-C ends the wait", async () => {
    const ended = await processes.run([
      "get",
      "/a",
      "--via",
      "udp://127.0.0.1:9",
      "--deadline",
      "2s",
    ]);
    expect(ended).toMatchObject({ status: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^E_[A-Z_]+: .*→ /);
    const silent = createSocket("udp4").bind(0, "127.0.0.1");
    await once(silent, "listening");
    const waiting = processes.start([
      ...["get", "/a", "--via", `udp://127.0.0.1:${silent.address().port}`, "--deadline", "10m"],
    ]);
    await once(silent, "message");
    process.kill(waiting.pid, "SIGINT");
    expect(await waiting.ended).toMatchObject({ status: 130, stdout: "", stderr: "" });
    silent.close();
  });
});
