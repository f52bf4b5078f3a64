import { afterEach, describe, expect, test } from "vitest";
import { type Address, socketAddress } from "../../src/core/address.ts";
import { openClient } from "../../src/node/client.ts";
import { type Node, type NodeOptions, startNode } from "../../src/node/node.ts";
import { neighboursOf } from "../../src/node/state.ts";
import { parseAdvertised } from "../../src/transport/advertised.ts";
import { ForwardingTransport } from "../../src/transport/forwarding-transport.ts";
import type { TransportModule } from "../../src/transport/module.ts";
import type { Port, PortHandler } from "../../src/transport/transport.ts";
import { openUdpTransport } from "../../src/transport/udp/udp.ts";

const opened: { close(): Promise<void> }[] = [];
const start = async (options: NodeOptions): Promise<Node> => {
  const node = await startNode(options);
  opened.push(node);
  return node;
};
afterEach(async () => {
  for (const it of opened.splice(0).reverse()) await it.close();
});

const addressesKnownTo = ({ overlay, member }: Node): Address[] =>
  neighboursOf(overlay, member).map((ref) => overlay.contacts.address(ref));

describe.each(["udp", "tcp"])("a node on all addresses of its machine, over %s", (scheme) => {
  test("is known to others by the address that it advertises, and serves them there", async () => {
    const everywhere = `${scheme}://0.0.0.0:0` as Address;
    const first = await start({
      name: "com.example.a",
      listen: everywhere,
      advertise: { host: "127.0.0.1" },
    });
    const { host, port } = socketAddress(first.endpoint.address);
    expect([host, port > 0]).toEqual(["127.0.0.1", true]);
    const join = [first.endpoint.address];
    const second = await start({
      name: "com.example.b",
      listen: `${scheme}://127.0.0.2:0` as Address,
      join,
    });
    const third = await start({
      name: "com.example.c",
      listen: everywhere,
      advertise: { host: "127.0.0.1" },
      join,
    });
    expect(addressesKnownTo(second)).toContain(first.endpoint.address);
    expect(addressesKnownTo(third)).toContain(first.endpoint.address);
    const client = await openClient({ via: [third.endpoint.address] });
    opened.push(client);
    const value = new TextEncoder().encode("8080");
    const put = await client.naming.put("/a/b", value, { deadlineUs: 20e6 });
    expect(put).toMatchObject({ outcome: "done" });
    const read = await second.naming.get(second.member, "/a/b", { deadlineUs: 20e6 });
    expect(read).toMatchObject({ outcome: "done" });
  });

  test("without one is refused, and so is one that leads nowhere", async () => {
    const listen = `${scheme}://0.0.0.0:0` as Address;
    const name = "com.example.a";
    await expect(startNode({ name, listen })).rejects.toMatchObject({ code: "E_OPTIONS" });
    for (const advertise of [{ host: "0.0.0.0" }, { host: "::" }, { host: "127.0.0.1", port: 0 }]) {
      const starting = startNode({ name, listen, advertise });
      await expect(starting).rejects.toMatchObject({ code: "E_ADDRESS" });
    }
  });
});

test("a port of its own may be advertised: a NAT in front of the node leads there", async () => {
  const node = await start({
    name: "com.example.a",
    listen: "udp://127.0.0.1:0" as Address,
    advertise: { host: "host1.example.com", port: 7001 },
  });
  expect(node.endpoint.address).toBe("udp://host1.example.com:7001");
});

/** A transport of somebody's that has never heard of advertising. */
class Unaware extends ForwardingTransport {
  override open(local: Address, handler: PortHandler): Promise<Port> {
    return this.inner.open(local.replace("own:", "udp:") as Address, handler);
  }
}

test("a transport of one's own that cannot be known by another address says so", async () => {
  const own: TransportModule = {
    kind: "own",
    openTransport: ({ world, codec }) => new Unaware(openUdpTransport({ world, codec })),
  };
  const starting = startNode({
    name: "com.example.a",
    listen: "own://127.0.0.1:0" as Address,
    transport: "own",
    transportModules: [own],
    advertise: { host: "192.0.2.7" },
  });
  await expect(starting).rejects.toMatchObject({ code: "E_OPTIONS" });
});

test.each([
  ["192.0.2.7", { host: "192.0.2.7" }],
  ["host1.example.com:7001", { host: "host1.example.com", port: 7001 }],
  ["2001:db8::1", { host: "2001:db8::1" }],
  ["[2001:db8::1]", { host: "2001:db8::1" }],
  ["[2001:db8::1]:7001", { host: "2001:db8::1", port: 7001 }],
])("--advertise %s is read", (text, read) => {
  expect(parseAdvertised(text)).toEqual(read);
});

test.each(["", "a b", "0.0.0.0", "host:0", "host:70000", "udp://host:1", "[::]", ":7001"])(
  "--advertise %j is refused",
  (text) => {
    expect(() => parseAdvertised(text)).toThrow("E_ADDRESS");
  },
);
