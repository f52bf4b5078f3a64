import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NodeState } from "../../src/node/state.ts";
import { type NodeProcess, Processes, until } from "./processes.ts";

let processes: Processes;
let directory: string;
beforeEach(() => {
  processes = new Processes();
  directory = mkdtempSync(join(tmpdir(), "skipnet-live-"));
});
afterEach(async () => {
  await processes.close();
  rmSync(directory, { recursive: true, force: true });
});

const stateOf = async (node: NodeProcess): Promise<NodeState> =>
  (await (await fetch(`${node.admin}/state`)).json()) as NodeState;

const startNode = (scheme: string, i: number, join: readonly string[] = []): Promise<NodeProcess> =>
  processes.node([
    ...["--name", `com.example.host${i}`, "--listen", `${scheme}://127.0.0.1:0`],
    ...["--admin", "127.0.0.1:0", "--log", `${directory}/host${i}.log`],
    ...join.flatMap((address) => ["--join", address]),
  ]);

describe.each(["udp", "tcp"])("three nodes over %s", (scheme) => {
  test("know each other, leave politely on SIGTERM, and nobody waits for the dead", async () => {
    const first = await startNode(scheme, 1);
    const rest = await Promise.all([2, 3].map((i) => startNode(scheme, i, [first.address])));
    const all = [first, ...rest];
    for (const node of all) {
      const state = await until(
        () => stateOf(node),
        ({ leafSet }) => leafSet.left.length === 2 && leafSet.right.length === 2,
      );
      expect(state.joined).toBe(true);
      expect(state.peers.map((peer) => peer.name)).toHaveLength(2);
    }
    rest[1]?.kill("SIGTERM");
    expect(await rest[1]?.ended).toMatchObject({ status: 0, signal: null });
    for (const node of [first, rest[0] as NodeProcess]) {
      const state = await until(
        () => stateOf(node),
        ({ leafSet }) => leafSet.left.length === 1,
      );
      // It said goodbye: nobody had to find out.
      expect(state.transport.stats.revived).toBe(0);
      expect(state.peers.map((peer) => peer.health?.state)).not.toContain("down");
    }
    const events = readFileSync(`${directory}/host3.log`, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { event: string; node: string });
    expect(events.map((line) => line.event)).toEqual(
      expect.arrayContaining(["node.start", "node.joined", "overlay.tables", "node.left"]),
    );
    expect(new Set(events.map((line) => line.node))).toEqual(new Set(["com.example.host3"]));
  });

  test("a second node with a living node's name is refused with a typed error", async () => {
    const first = await startNode(scheme, 1);
    const second = await processes.run([
      ...["node", "--name", "com.example.host1", "--listen", `${scheme}://127.0.0.1:0`],
      ...["--join", first.address],
    ]);
    expect(second.status).toBe(1);
    expect(second.stdout).toBe("");
    expect(second.stderr).toMatch(/E_NAME_TAKEN: .*com\.example\.host1.* → /);
    expect((await stateOf(first)).joined).toBe(true);
  });

  test("a node restarted on its address supersedes its former life", async () => {
    const first = await startNode(scheme, 1);
    const second = await startNode(scheme, 2, [first.address]);
    second.kill("SIGKILL");
    await second.ended;
    const again = await processes.node([
      ...["--name", "com.example.host2", "--listen", second.address, "--join", first.address],
      ...["--admin", "127.0.0.1:0", "--log", `${directory}/again.log`],
    ]);
    const { incarnation } = await stateOf(again);
    await until(
      () => stateOf(first),
      ({ peers }) => peers.some((peer) => peer.incarnation === incarnation),
    );
  });

  test("a port in use is a typed error", async () => {
    const first = await startNode(scheme, 1);
    const second = await processes.run([
      ...["node", "--name", "com.example.host2", "--listen", first.address],
    ]);
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/E_ADDRESS_IN_USE: .*→ Choose another port/);
  });

  test("a join address that nobody answers is a typed error by the deadline", async () => {
    const ended = await processes.run([
      ...["node", "--name", "com.example.host2", "--listen", `${scheme}://127.0.0.1:0`],
      ...["--join", `${scheme}://127.0.0.1:9`, "--join-deadline", "2s"],
    ]);
    expect(ended.status).toBe(1);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toMatch(/E_JOIN: .*127\.0\.0\.1:9/);
  });
});

describe("admin pages", () => {
  test("healthz, metrics and state answer; the rest is 404, and other methods 405", async () => {
    const node = await startNode("udp", 1);
    const get = (path: string, method = "GET"): Promise<Response> =>
      fetch(`${node.admin}${path}`, { method });
    expect((await get("/healthz")).status).toBe(200);
    const metrics = await get("/metrics");
    expect(metrics.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await metrics.text();
    expect(text).toMatch(/^skipnet_joined\{node="com\.example\.host1"\} 1$/m);
    expect(text).toMatch(/^skipnet_transport_messages_sent_total\{.*\} \d+$/m);
    const state = await stateOf(node);
    expect(state).toMatchObject({
      name: "com.example.host1",
      address: node.address,
      joined: true,
      leafSet: { left: [], right: [] },
      rTable: [],
    });
    expect(state.transport.bounds.downUs).toBeGreaterThan(0);
    expect((await get("/other")).status).toBe(404);
    expect((await get("/healthz", "POST")).status).toBe(405);
    expect(new URL(node.admin as string).hostname).toBe("127.0.0.1");
  });

  test("is 503 while the node is joining, and the port is free again afterwards", async () => {
    const joining = processes.start([
      ...["node", "--name", "com.example.host2", "--listen", "udp://127.0.0.1:0"],
      ...["--join", "udp://127.0.0.1:9", "--admin", "127.0.0.1:0"],
    ]);
    // Its log goes to standard error.
    const line = await joining.nextErrorLine((text) => text.includes('"node.admin"'));
    const { host, port } = JSON.parse(line) as { host: string; port: number };
    expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(503);
    process.kill(joining.pid, "SIGINT");
    expect((await joining.ended).status).toBe(130);
    await expect(fetch(`http://${host}:${port}/healthz`)).rejects.toThrow();
  });
});

describe("Ctrl-C", () => {
  test("ends a node cleanly with 130 and leaves no process", async () => {
    const node = await startNode("udp", 1);
    node.kill("SIGINT");
    expect(await node.ended).toMatchObject({ status: 130, signal: null });
    expect(() => process.kill(node.pid, 0)).toThrow(/ESRCH/);
  });
});
