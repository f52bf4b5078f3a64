import { describe, expect, test } from "vitest";
import { linkConditions } from "../../../../src/transport/sim/packet/conditions.ts";
import type { PacketSimulation } from "../../../../src/transport/sim/packet/packet-simulation.ts";
import { advance, packetScene, type SceneOptions, Station } from "./scene.ts";

/** Two stations that have talked; so many messages a way, one every 5 ms. */
async function talk(
  options: SceneOptions,
  messages: number,
): Promise<{ simulation: PacketSimulation; a: Station; b: Station }> {
  const simulation = packetScene(options);
  const a = new Station(simulation, 0);
  const b = new Station(simulation, 1);
  for (let id = 1; id <= messages; id++) {
    a.send(b, id);
    b.send(a, id);
    await advance(simulation, 5);
  }
  await advance(simulation, 3_000);
  return { simulation, a, b };
}

const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const sorted = (ids: readonly number[]): number[] => [...ids].sort((x, y) => x - y);

describe("the real UDP engine on simulated packets", () => {
  test("delivers after the propagation delay, and acknowledges", async () => {
    const { simulation, a, b } = await talk({}, 20);
    expect(b.ids).toEqual(all(20));
    expect(b.got[0]?.atUs).toBe(10_000);
    expect(a.outcomes).toEqual(["delivered"]);
    const { counters } = simulation.network;
    expect(counters.droppedTotal).toBe(0);
    expect(counters.sent).toBe(counters.delivered);
  });

  const roughly: readonly (readonly [string, SceneOptions])[] = [
    ["loss", { path: { loss: 0.1 } }],
    ["burst", { path: { burst: { badUs: 80_000, goodUs: 500_000, lossBad: 0.9, lossGood: 0 } } }],
    ["loss on both links", { up: { loss: 0.05 }, down: { loss: 0.05 } }],
    ["duplicates", { path: { duplicate: 0.3 } }],
    ["reordering", { path: { reorder: 0.2, reorderUs: 40_000 } }],
    ["jitter", { path: { jitterUs: 30_000 } }],
    ["damage", { path: { corrupt: 0.1 } }],
    ["damage on the downlink", { down: { corrupt: 0.1, duplicate: 0.1 } }],
    ["a narrow link", { up: { rateBitsPerSecond: 200e3, queuePackets: 10 } }],
    ["a narrow downlink", { down: { rateBitsPerSecond: 200e3, queuePackets: 10 } }],
  ];
  for (const [what, options] of roughly) {
    test(`every message arrives exactly once over ${what}`, async () => {
      const { simulation, a, b } = await talk(options, 200);
      expect(sorted(b.ids), "what b got").toEqual(all(200));
      expect(sorted(a.ids), "what a got").toEqual(all(200));
      expect(a.outcomes).toEqual(["delivered"]);
      const { counters } = simulation.network;
      expect(counters.delivered + counters.droppedTotal).toBe(counters.sent + counters.duplicated);
    });
  }

  test("flipped bits reach the real parser, and its checksum refuses them", async () => {
    const { simulation, a, b } = await talk({ path: { corrupt: 0.2 } }, 100);
    const { corrupted } = simulation.network.counters;
    expect(corrupted).toBeGreaterThan(20);
    expect(a.transport.stats().malformed + b.transport.stats().malformed).toBe(corrupted);
  });

  test("a datagram above the MTU is dropped and counted, and messages that fit still arrive", async () => {
    const simulation = packetScene({ path: { mtuBytes: 1_000 }, transport: "packet-udp:wan" });
    const a = new Station(simulation, 0);
    const b = new Station(simulation, 1);
    a.send(b, 1, 64);
    await advance(simulation, 100);
    a.send(b, 2, 1_100);
    await advance(simulation, 40_000);
    expect(b.ids).toEqual([1]);
    expect(a.verdicts.get(2)?.outcome).toBe("unknown");
    expect(simulation.network.counters.dropped.tooBig).toBeGreaterThan(1);
  });

  test("an outage of one direction is a one-way cut; after it everything goes on", async () => {
    const simulation = packetScene({ transport: "packet-udp:lan" });
    const a = new Station(simulation, 0);
    const b = new Station(simulation, 1);
    a.send(b, 1);
    await advance(simulation, 100);
    simulation.network.setLink(simulation.machine(b.port), {
      up: linkConditions({ outage: true }),
    });
    a.send(b, 2);
    await advance(simulation, 150);
    expect(b.ids, "it arrives: only the way back is cut").toEqual([1, 2]);
    expect(a.verdicts.has(2)).toBe(false);
    simulation.network.setLink(simulation.machine(b.port), { up: linkConditions({}) });
    await advance(simulation, 1_000);
    expect(a.verdicts.get(2)?.outcome).toBe("delivered");
    expect(b.ids).toEqual([1, 2]);
  });

  test("a stopped process finds its datagrams when it goes on, and accuses nobody of its own silence", async () => {
    const simulation = packetScene({ transport: "packet-udp:lan,minSilence=100ms" });
    const a = new Station(simulation, 0);
    const b = new Station(simulation, 1);
    b.transport.watch(b.port, b.peer(a));
    a.send(b, 1);
    await advance(simulation, 500);
    simulation.hang(b.port);
    a.send(b, 2);
    await advance(simulation, 60);
    expect(b.ids).toEqual([1]);
    simulation.resume(b.port);
    await advance(simulation, 2_000);
    expect(b.ids).toEqual([1, 2]);
    expect(b.states.filter((state) => !state.startsWith("up"))).toEqual([]);
    expect(a.outcomes).toEqual(["delivered"]);
  });

  test("a busy host takes its datagrams one after the other", async () => {
    const simulation = packetScene();
    const a = new Station(simulation, 0);
    const b = new Station(simulation, 1);
    a.send(b, 1);
    await advance(simulation, 200);
    simulation.machine(b.port).cpuUs = 5_000;
    for (let id = 2; id <= 5; id++) a.send(b, id, 1_000);
    await advance(simulation, 300);
    const times = b.got.slice(1).map(({ atUs }) => atUs);
    const gaps = times.slice(1).map((atUs, i) => atUs - (times[i] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
    expect(sorted(b.ids)).toEqual(all(5));
  });

  test("a killed process is refused by its living host long before silence would tell", async () => {
    const simulation = packetScene({ transport: "packet-udp:lan" });
    const a = new Station(simulation, 0);
    const b = new Station(simulation, 1);
    a.transport.watch(a.port, a.peer(b));
    a.send(b, 1);
    await advance(simulation, 500);
    simulation.crash(b.port);
    a.send(b, 2);
    await advance(simulation, 290);
    expect(a.states).toContain("down refused");
    expect(simulation.network.counters.dropped.noPort).toBeGreaterThan(0);
  });

  test("a clock that jumps forwards or back costs at most what was due just then, and no peer", async () => {
    for (const byUs of [3_600e6, -3_600e6, 250_000]) {
      const simulation = packetScene({ transport: "packet-udp:lan" });
      const a = new Station(simulation, 0);
      const b = new Station(simulation, 1);
      a.transport.watch(a.port, a.peer(b));
      b.transport.watch(b.port, b.peer(a));
      for (let id = 1; id <= 100; id++) {
        a.send(b, id);
        if (id === 50) simulation.jumpClock(a.port, byUs);
        await advance(simulation, 20);
      }
      await advance(simulation, 1_000);
      // What waited when the hour jumped is overdue, and its sender is told the truth.
      const told = [...a.verdicts].filter(([, { outcome }]) => outcome === "delivered");
      expect(told.filter(([id]) => !b.ids.includes(id))).toEqual([]);
      expect(told.length).toBeGreaterThanOrEqual(98);
      expect(
        all(100).filter((id) => id !== 50 && !b.ids.includes(id)),
        `jump by ${byUs}`,
      ).toEqual([]);
      expect(
        a.states.filter((state) => state.startsWith("down")),
        `jump by ${byUs}`,
      ).toEqual([]);
    }
  });
});

describe("the same seed", () => {
  const rough: SceneOptions = {
    path: { loss: 0.05, jitterUs: 20_000, duplicate: 0.02, corrupt: 0.02 },
    up: { rateBitsPerSecond: 1e6, queuePackets: 20 },
  };

  test("gives the same datagrams, however the run is sliced", async () => {
    const run = async (slicesMs: readonly number[], seed: string): Promise<string> => {
      const simulation = packetScene({ ...rough, seed });
      const a = new Station(simulation, 0);
      const b = new Station(simulation, 1);
      for (let id = 1; id <= 100; id++) a.send(b, id, 500);
      b.onParcel = (id, from) => b.send(from, 1_000 + id, 300);
      for (const ms of slicesMs) await advance(simulation, ms);
      return `${simulation.eventHash} ${simulation.eventCount} ${simulation.network.counters.sent}`;
    };
    const whole = await run([4_000], "one");
    expect(await run([4_000], "one")).toBe(whole);
    expect(
      await run(
        Array.from({ length: 400 }, () => 10),
        "one",
      ),
    ).toBe(whole);
    expect(await run([4_000], "two")).not.toBe(whole);
  });
});
