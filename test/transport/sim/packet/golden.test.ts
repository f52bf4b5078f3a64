import { describe, expect, test } from "vitest";
import { constantLatency } from "../../../../src/transport/sim/latency.ts";
import type { PacketSimulation } from "../../../../src/transport/sim/packet/packet-simulation.ts";
import { advance, packetScene, type SceneOptions, Station } from "./scene.ts";

/**
 * Exact counters of a few seeded runs, after libtorrent's simulations: whatever changes them was
 * meant to, or is found here.
 */
function countersOf(simulation: PacketSimulation): Record<string, number> {
  const { sent, delivered, duplicated, reordered, corrupted, dropped } =
    simulation.network.counters;
  const causes = Object.entries(dropped).filter(([, count]) => count > 0);
  return { sent, delivered, duplicated, reordered, corrupted, ...Object.fromEntries(causes) };
}

/** A flow of TCP over these lines: a model that nobody tunes, so that the numbers stand. */
async function tcpFlow(options: SceneOptions): Promise<Record<string, number>> {
  const simulation = packetScene(options);
  const [a, b] = [new Station(simulation, 0), new Station(simulation, 1)];
  const flow = simulation.bulkFlow(a.port, b.port, "newreno");
  await advance(simulation, 5_000);
  const { receivedBytes, retransmits, timeouts } = flow;
  return { ...countersOf(simulation), receivedBytes, retransmits, timeouts };
}

const P2P: SceneOptions = {
  latency: constantLatency(15_000),
  up: { rateBitsPerSecond: 10e6, queuePackets: 25 },
};

describe("a seeded run has exactly these counters", () => {
  test("NewReno alone on 10 Mbit/s with a queue of 25", async () => {
    expect(await tcpFlow(P2P)).toMatchInlineSnapshot(`
      {
        "corrupted": 0,
        "delivered": 6368,
        "duplicated": 0,
        "receivedBytes": 5928112,
        "reordered": 0,
        "retransmits": 64,
        "sent": 6466,
        "timeouts": 0,
        "uplinkQueue": 64,
      }
    `);
  });

  test("NewReno with 2 % loss, reordering, duplicates and damage", async () => {
    const path = { loss: 0.02, reorder: 0.01, reorderUs: 3_000, duplicate: 0.01, corrupt: 0.01 };
    expect(await tcpFlow({ ...P2P, path })).toMatchInlineSnapshot(`
      {
        "corrupted": 18,
        "damaged": 18,
        "delivered": 1372,
        "duplicated": 13,
        "loss": 40,
        "receivedBytes": 1207632,
        "reordered": 10,
        "retransmits": 32,
        "sent": 1421,
        "timeouts": 0,
      }
    `);
  });

  test("NewReno through bursts of 80 ms", async () => {
    const burst = { badUs: 80_000, goodUs: 2e6, lossBad: 0.8, lossGood: 0 };
    expect(await tcpFlow({ ...P2P, path: { burst } })).toMatchInlineSnapshot(`
      {
        "burst": 106,
        "corrupted": 0,
        "delivered": 6071,
        "duplicated": 0,
        "receivedBytes": 5713808,
        "reordered": 0,
        "retransmits": 98,
        "sent": 6265,
        "timeouts": 0,
        "uplinkQueue": 68,
      }
    `);
  });
});

describe("the real UDP engine in bulk", () => {
  /** 64 KiB messages for so long; how much of the line they got, and what a CUBIC flow beside them. */
  async function bulk(options: SceneOptions, seconds: number, beside: boolean) {
    const simulation = packetScene({ ...P2P, ...options });
    const [a, b] = [new Station(simulation, 0), new Station(simulation, 1)];
    const tcp = beside ? simulation.bulkFlow(a.port, b.port, "cubic") : undefined;
    let id = 0;
    const fill = (): void => {
      while (a.send(b, ++id, 64 << 10, 0) === "sent") {}
    };
    a.onRoom = fill;
    fill();
    await advance(simulation, 3_000);
    const before = { got: b.got.length, tcp: tcp?.receivedBytes ?? 0 };
    await advance(simulation, seconds * 1_000);
    const share = ((b.got.length - before.got) * 65_536 * 8) / (10e6 * seconds);
    const tcpShare = (((tcp?.receivedBytes ?? 0) - before.tcp) * 8) / (10e6 * seconds);
    expect(new Set(b.ids).size, "nothing twice").toBe(b.ids.length);
    return { share, tcpShare };
  }

  test("fills 10 Mbit/s with a queue of 25 packets", async () => {
    expect((await bulk({}, 15, false)).share).toBeGreaterThan(0.88);
  });

  test("gets on with 2 % loss, and neither starves one CUBIC flow nor is starved by it", async () => {
    expect((await bulk({ path: { loss: 0.02 } }, 15, false)).share).toBeGreaterThan(0.25);
    const { share, tcpShare } = await bulk({}, 30, true);
    expect(share + tcpShare).toBeGreaterThan(0.85);
    expect(share / (share + tcpShare)).toBeGreaterThan(0.2);
    expect(share / (share + tcpShare)).toBeLessThan(0.8);
  });
});
