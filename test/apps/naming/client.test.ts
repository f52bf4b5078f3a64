import { describe, expect, test } from "vitest";
import { NamingClient } from "../../../src/apps/naming/client.ts";
import { VALUE_BYTES_MAX } from "../../../src/apps/naming/options.ts";
import type { Address } from "../../../src/core/address.ts";
import type { Peer, Port, PortHandler, Transport } from "../../../src/transport/transport.ts";
import { SimCluster } from "../support/sim-cluster.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const limits = { deadlineUs: 10_000_000 };

async function clientOf(cluster: SimCluster, via: readonly number[]): Promise<NamingClient> {
  const { world, transport } = cluster.simulation.instance();
  const local = `sim://client${via.join("-")}` as Address;
  const addresses = via.map((i) => `sim://${i}` as Address);
  return NamingClient.open({ world, transport, local, via: addresses });
}

describe("a client that is no member", () => {
  test("puts, gets, lists and removes through a node", async () => {
    const cluster = new SimCluster("client");
    await cluster.start(6);
    const client = await clientOf(cluster, [2]);
    const { until } = { until: <T>(promise: Promise<T>) => cluster.until(promise) };
    const put = await until(client.put("/a/b", bytes("1"), limits));
    expect(put).toMatchObject({ outcome: "done" });
    const got = await until(client.get("/a/b", limits));
    expect(got).toMatchObject({ outcome: "done", value: bytes("1") });
    if (put.outcome === "done" && got.outcome === "done") expect(got.stamp).toEqual(put.stamp);
    expect(got.tries).toBeGreaterThan(0);
    await until(client.put("/a/c", bytes("2"), limits));
    const page = await until(client.list("/a", { ...limits, limit: 1 }));
    expect(page).toMatchObject({ outcome: "done", names: ["b"], next: "b" });
    expect(await until(client.list("/a", { ...limits, after: "b" }))).toMatchObject({
      names: ["c"],
      next: undefined,
    });
    expect(await until(client.remove("/a", limits))).toMatchObject({ code: "E_NOT_EMPTY" });
    expect(await until(client.remove("/a/b", limits))).toMatchObject({ existed: true });
    expect(await until(client.get("/a/b", limits))).toMatchObject({ code: "E_NOT_FOUND" });
    client.close();
  });

  test("asks the next node where one does not answer, with the same stamp", async () => {
    const cluster = new SimCluster("client down");
    await cluster.start(6);
    const client = await clientOf(cluster, [1, 4]);
    cluster.crash(1);
    const put = await cluster.until(client.put("/x", bytes("1"), { deadlineUs: 20_000_000 }));
    expect(put).toMatchObject({ outcome: "done" });
    expect(put.tries).toBeGreaterThan(1);
    client.close();
  });

  test("gives a node back that is down, and takes it again when its turn comes", async () => {
    const cluster = new SimCluster("client again");
    await cluster.start(3);
    const { world, transport } = cluster.simulation.instance();
    const taken: Peer[] = [];
    const released: Peer[] = [];
    const told: PortHandler[] = [];
    const watched: Pick<Transport, "peer" | "release" | "open"> = {
      open: (local, handler) => {
        told.push(handler);
        return transport.open(local, handler);
      },
      peer: (endpoint) => {
        const peer = transport.peer(endpoint);
        taken.push(peer);
        return peer;
      },
      release: (peer) => void released.push(peer),
    };
    const client = await NamingClient.open({
      world,
      transport: new Proxy(transport, {
        get(inner, name) {
          if (name in watched) return watched[name as keyof typeof watched];
          const value: unknown = Reflect.get(inner, name, inner);
          return typeof value === "function" ? value.bind(inner) : value;
        },
      }),
      local: "sim://client" as Address,
      via: ["sim://1" as Address],
    });
    const put = () => cluster.until(client.put("/x", bytes("1"), limits));
    expect(await put()).toMatchObject({ outcome: "done" });
    expect(await put()).toMatchObject({ outcome: "done" });
    expect(taken).toHaveLength(1);
    told[0]?.onPeer(0 as Port, taken[0] as Peer, "suspect", "silent");
    expect(released).toEqual([]);
    told[0]?.onPeer(0 as Port, taken[0] as Peer, "down", "silent");
    expect(released).toEqual(taken);
    expect(await put()).toMatchObject({ outcome: "done" });
    expect(taken).toHaveLength(2);
    client.close();
    expect(released).toEqual(taken);
  });

  test("ends in time where nobody answers", async () => {
    const cluster = new SimCluster("client alone");
    await cluster.start(3);
    const client = await clientOf(cluster, [0, 1]);
    cluster.crash(0);
    cluster.crash(1);
    for (const deadlineUs of [1, 200_000, 5_000_000]) {
      const startUs = cluster.nowUs;
      const put = await cluster.until(client.put("/x", bytes("1"), { deadlineUs }));
      expect(put).toMatchObject({
        outcome: "uncertain",
        detail: expect.stringMatching(/no answer from sim:\/\/0, sim:\/\/1, asked .*; last: /),
      });
      expect(cluster.nowUs - startUs).toBeLessThanOrEqual(deadlineUs);
    }
    client.close();
  });

  test("refuses bad input without asking anybody", async () => {
    const cluster = new SimCluster("client input");
    await cluster.start(1);
    const client = await clientOf(cluster, [0]);
    const refused = { outcome: "notDone", code: "E_NAME", tries: 0 };
    expect(await client.put("a//b", bytes("1"), limits)).toMatchObject(refused);
    expect(await client.get("/a//b", limits)).toMatchObject(refused);
    expect(await client.put("/a", new Uint8Array(VALUE_BYTES_MAX + 1), limits)).toMatchObject({
      outcome: "notDone",
      code: "E_LIMIT",
    });
    client.close();
    const { world, transport } = cluster.simulation.instance();
    const local = "sim://nobody" as Address;
    await expect(NamingClient.open({ world, transport, local, via: [] })).rejects.toMatchObject({
      code: "E_OPTIONS",
    });
  });
});
