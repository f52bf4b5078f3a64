import { afterEach, describe, expect, test } from "vitest";
import { type AdminPages, type AdminServer, openAdmin } from "../../src/node/admin.ts";

let server: AdminServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const pages: AdminPages = {
  joined: () => false,
  state: () => ({ bound: Number.POSITIVE_INFINITY, name: "a" }),
  metrics: async () => "up 1\n",
  metricsType: "text/plain; version=0.0.4",
};

const open = async (changes: Partial<AdminPages> = {}): Promise<(path: string) => string> => {
  const opened = await openAdmin({ port: 0 }, { ...pages, ...changes });
  server = opened;
  return (path) => `http://${opened.host}:${opened.port}${path}`;
};

describe("the admin server", () => {
  test("listens on loopback unless told otherwise", async () => {
    await open();
    expect(server?.host).toBe("127.0.0.1");
  });

  test("says whether the node has joined by status", async () => {
    let joined = false;
    const url = await open({ joined: () => joined });
    expect((await fetch(url("/healthz"))).status).toBe(503);
    joined = true;
    expect((await fetch(url("/healthz?verbose=1"))).status).toBe(200);
  });

  test("writes a bound that does not exist as text: JSON has no infinity", async () => {
    const url = await open();
    expect(await (await fetch(url("/state"))).json()).toEqual({ bound: "never", name: "a" });
  });

  test("answers HEAD without a body", async () => {
    const url = await open();
    const response = await fetch(url("/metrics"), { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });

  test("a page that fails is 500 and the server goes on", async () => {
    const url = await open({
      metrics: async () => {
        throw new Error("no metrics today");
      },
    });
    const response = await fetch(url("/metrics"));
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("no metrics today");
    expect((await fetch(url("/state"))).status).toBe(200);
  });

  test("a port in use and an address of another machine are typed errors", async () => {
    await open();
    await expect(openAdmin({ port: server?.port as number }, pages)).rejects.toMatchObject({
      code: "E_ADDRESS_IN_USE",
    });
    await expect(openAdmin({ host: "192.0.2.77", port: 0 }, pages)).rejects.toMatchObject({
      code: "E_ADDRESS",
    });
  });
});
