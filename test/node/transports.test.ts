import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ContactTable } from "../../src/core/contacts.ts";
import { type LiveWorld, liveWorld } from "../../src/core/live/world.ts";
import { nodeRegistry } from "../../src/node/registry.ts";
import { findTransport, loadTransportModule, openTransport } from "../../src/node/transports.ts";
import { createCodec } from "../../src/wire/codec.ts";

const module = (name: string): string => join(import.meta.dirname, "modules", name);

let world: LiveWorld | undefined;
afterEach(() => world?.close());

describe("a transport description", () => {
  test.each(["udp", "udp:retries=2,ackDelay=5ms", "tcp", "tcp:os"])(
    "%s opens a transport that is called so",
    async (text) => {
      world = liveWorld();
      const codec = createCodec({ registry: nodeRegistry(), contacts: new ContactTable() });
      const transport = await openTransport(text, { world, codec });
      expect(transport.name).toBe(text);
      expect(transport.bounds().verdictUs).toBeGreaterThan(0);
      await transport.close();
      expect(world.pendingTimers).toBe(0);
    },
  );

  test.each([
    ["smoke", /no live transport; there are tcp, udp/],
    ["udp:speed=9", /udp has no option "speed"; it has .*retries/],
    ["udp:retries=-1", /udp option retries/],
    ["tcp:windows", /windows/],
    ["udp:ackDelay=5", /ackDelay.*250ms/],
    ["", /names no transport/],
  ])("%j is refused: %s", async (text, why) => {
    world = liveWorld();
    const codec = createCodec({ registry: nodeRegistry(), contacts: new ContactTable() });
    const opening = openTransport(text, { world, codec });
    await expect(opening).rejects.toThrow(why);
    await expect(opening).rejects.toMatchObject({ code: "E_OPTIONS" });
  });
});

describe("a transport module", () => {
  test("adds its kind to the built-in ones", async () => {
    const stranger = await loadTransportModule(module("loopback.ts"));
    expect(findTransport("stranger", [stranger]).module).toBe(stranger);
    expect(() => findTransport("smoke", [stranger])).toThrow(/tcp, udp, stranger/);
  });

  test.each([
    ["nowhere.ts", /cannot load/],
    ["broken.ts", /broken on purpose/],
    ["empty.ts", /must export "kind"/],
    ["clash.ts", /"tcp" cannot be/],
  ])("%s is refused with E_OPTIONS", async (file, why) => {
    const loading = loadTransportModule(module(file));
    await expect(loading).rejects.toThrow(why);
    await expect(loading).rejects.toMatchObject({ code: "E_OPTIONS" });
  });
});
