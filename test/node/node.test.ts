import { afterEach, describe, expect, test } from "vitest";
import { type Address, parseAddress } from "../../src/core/address.ts";
import { type LiveClient, openClient } from "../../src/node/client.ts";
import { type Node, type NodeOptions, startNode } from "../../src/node/node.ts";
import { ALL_MESSAGES, nodeRegistry } from "../../src/node/registry.ts";
import { neighboursOf } from "../../src/node/state.ts";

const opened: (Node | LiveClient)[] = [];
const start = async (scheme: string, options: Partial<NodeOptions> = {}): Promise<Node> => {
  const listen = `${scheme}://127.0.0.1:0` as Address;
  const node = await startNode({ name: "com.example.a", listen, ...options });
  opened.push(node);
  return node;
};
afterEach(async () => {
  for (const it of opened.splice(0).reverse()) await it.close();
});

/** Sockets and servers of this process: handles go a turn or two after they were closed. */
const socketsIn = async (most: number): Promise<number> => {
  let open = most + 1;
  for (let turns = 0; open > most && turns < 300; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    open = process.getActiveResourcesInfo().filter((kind) => /^(TCP|UDP)/.test(kind)).length;
  }
  return open;
};

test("every message type of every floor is registered under one tag", () => {
  const registry = nodeRegistry();
  expect(registry.types).toHaveLength(ALL_MESSAGES.length);
  for (const type of ALL_MESSAGES) expect(registry.byTag(type.tag)).toBe(type);
});

describe.each(["udp", "tcp"])("nodes over %s", (scheme) => {
  test("know each other, serve a client, and close without leaving anything open", async () => {
    const first = await start(scheme);
    const join = [first.endpoint.address];
    const second = await start(scheme, { name: "com.example.b", join, admin: { port: 0 } });
    expect(neighboursOf(second.overlay, second.member)).toHaveLength(1);
    const client = await openClient({ via: join });
    opened.push(client);
    const limits = { deadlineUs: 20e6 };
    const value = new TextEncoder().encode("8080");
    expect(await client.naming.put("/a/b", value, limits)).toMatchObject({ outcome: "done" });
    const read = await second.naming.get(second.member, "/a/b", limits);
    expect(read).toMatchObject({ outcome: "done" });
    expect(second.state().naming.directories.map(({ path }) => path)).toContain("/a");
    for (const it of opened.splice(0).reverse()) await it.close();
    expect(await socketsIn(0)).toBe(0);
  });

  test("closing twice, or while it is closing, is one close", async () => {
    const node = await start(scheme);
    const closing = node.close();
    await Promise.all([closing, node.close()]);
    await node.close();
    expect(node.overlay.isMember(node.member)).toBe(false);
  });

  test("a start that fails leaves nothing open", async () => {
    const first = await start(scheme);
    expect(await socketsIn(1)).toBe(1);
    const address = first.endpoint.address;
    const failing: readonly (readonly [Partial<NodeOptions>, string])[] = [
      [{ name: "com.example.a", join: [address] }, "E_NAME_TAKEN"],
      [{ name: "com.example.b", listen: address }, "E_ADDRESS_IN_USE"],
      [
        { join: [parseAddress(`${scheme}://127.0.0.1:9`)], joinDeadlineUs: 300_000, name: "b" },
        "E_JOIN",
      ],
    ];
    for (const [options, code] of failing) {
      await expect(start(scheme, options)).rejects.toMatchObject({ code });
    }
    expect(await socketsIn(1)).toBe(1);
  });

  test("giving up a join ends it", async () => {
    const controller = new AbortController();
    const join = [parseAddress(`${scheme}://127.0.0.1:9`)];
    const starting = start(scheme, { join, signal: controller.signal });
    controller.abort();
    await expect(starting).rejects.toMatchObject({ code: "E_ABORTED" });
  });
});

describe("options that contradict each other", () => {
  const listen = "udp://127.0.0.1:0" as Address;
  test.each([
    [{ name: "a b", listen }, "E_NAME"],
    [{ name: "a", listen: "udp://127.0.0.1" as Address }, "E_ADDRESS"],
    [{ name: "a", listen: "smoke://127.0.0.1:1" as Address }, "E_OPTIONS"],
    [{ name: "a", listen: "udp://0.0.0.0:0" as Address }, "E_OPTIONS"],
    [{ name: "a", listen, transport: "tcp" }, "E_OPTIONS"],
    [{ name: "a", listen, join: ["tcp://127.0.0.1:1" as Address] }, "E_OPTIONS"],
    [{ name: "a", listen, overlay: { k: 1 } }, "E_OPTIONS"],
    [{ name: "a", listen, naming: { repairPeriodMs: 0 } }, "E_OPTIONS"],
  ] as const)("%j is %s", async (options, code) => {
    await expect(startNode(options)).rejects.toMatchObject({ code });
  });

  test("a client without a node to ask", async () => {
    await expect(openClient({ via: [] })).rejects.toMatchObject({ code: "E_OPTIONS" });
  });
});
