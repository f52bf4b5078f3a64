import { describe, expect, test } from "vitest";
import { constantLatency } from "../../src/transport/sim/latency.ts";
import type { PacketSimulation } from "../../src/transport/sim/packet/packet-simulation.ts";
import { advance, packetScene } from "../transport/sim/packet/scene.ts";
import { Watcher } from "./watcher.ts";

/**
 * Address collisions, as the paper's authors believe to have had. Source: Jones & Dunagan 2004, §3.7.
 * Two hosts claim one address for some seconds; what goes there reaches whoever sent last.
 */
const FOR_MS = 5_000;
/** Between two messages of one pair. */
const PACE_MS = 100;
const PER_PAIR = 1_000;

/** Everybody sends to everybody, at a steady pace; a message's number says for whom it is. */
class Chatter {
  readonly all: Watcher[];
  readonly #simulation: PacketSimulation;
  #sent = 0;

  constructor(simulation: PacketSimulation, all: Watcher[]) {
    this.#simulation = simulation;
    this.all = all;
  }

  /** `from` and `to` as places in `all`. */
  #id(from: number, to: number): number {
    return (from * 10 + to) * PER_PAIR + this.#sent;
  }

  async run(ms: number): Promise<void> {
    for (let past = 0; past < ms; past += PACE_MS) {
      this.#sent++;
      this.all.forEach((from, i) => {
        this.all.forEach((to, k) => {
          if (i !== k) from.send(to, this.#id(i, k));
        });
      });
      await advance(this.#simulation, PACE_MS);
    }
  }
}

/** Whatever was acted on was meant for the station that did, and was acted on once. */
function expectNothingMistaken(all: readonly Watcher[]): void {
  all.forEach((station, k) => {
    expect(new Set(station.ids).size, `station ${k}: nothing twice`).toBe(station.ids.length);
    const strange = station.ids.filter((id) => Math.floor(id / PER_PAIR) % 10 !== k);
    expect(strange, `station ${k}: for others`).toEqual([]);
  });
  // Whoever was told "delivered" was told the truth.
  for (const from of all) {
    for (const [id, { outcome }] of from.verdicts) {
      if (outcome !== "delivered") continue;
      expect(all[Math.floor(id / PER_PAIR) % 10]?.ids.includes(id), `message ${id}`).toBe(true);
    }
  }
}

describe.each([
  ["the younger life takes the address of the older one", 3, 2],
  ["the older life takes the address of the younger one", 2, 3],
])("two hosts with one address: %s", (_, thief, owner) => {
  test.each(["lan", "wan"])(
    "a typed conflict, and nobody else suffers, with the preset %s",
    async (preset) => {
      const simulation = packetScene({
        seed: "one address",
        transport: `packet-udp:${preset}`,
        latency: constantLatency(1_000),
      });
      const all: Watcher[] = [];
      for (let i = 0; i < 4; i++) {
        all.push(new Watcher(simulation, i));
        await advance(simulation, 10);
      }
      for (const a of all) for (const b of all) if (a !== b) a.watch(b);
      const chatter = new Chatter(simulation, all);
      await chatter.run(2_000);
      expect(all.map(({ badNews }) => badNews)).toEqual([[], [], [], []]);

      simulation.takeAddress(all[thief]?.port ?? 0, all[owner]?.port ?? 0);
      await chatter.run(FOR_MS);
      simulation.takeAddress(all[thief]?.port ?? 0);
      await chatter.run(10_000);

      expectNothingMistaken(all);
      const news = all.flatMap(({ told }) => told);
      expect(news.filter((text) => text.endsWith(" conflict")).length).toBeGreaterThan(0);
      // The two others know each other as before.
      expect(all[0]?.told.filter((text) => text.startsWith("10.0.0.2"))).toEqual([
        "10.0.0.2 up heard",
      ]);
      expect(all[1]?.told.filter((text) => text.startsWith("10.0.0.1"))).toEqual([
        "10.0.0.1 up heard",
      ]);
      expect(all[0]?.verdicts.size).toBe(3 * 170);
    },
  );

  test("afterwards new lives of the two are known to all", async () => {
    const simulation = packetScene({
      seed: "one address",
      transport: "packet-udp:lan",
      latency: constantLatency(1_000),
    });
    const all = Array.from({ length: 4 }, (_, i) => new Watcher(simulation, i));
    await new Chatter(simulation, all).run(1_000);
    simulation.takeAddress(all[thief]?.port ?? 0, all[owner]?.port ?? 0);
    await new Chatter(simulation, all).run(FOR_MS);
    simulation.takeAddress(all[thief]?.port ?? 0);
    for (const number of [2, 3]) {
      simulation.crash(all[number]?.port ?? 0);
      all[number] = new Watcher(simulation, number);
    }
    await advance(simulation, 10_000);
    const before = all.map(({ got }) => got.length);
    const chatter = new Chatter(simulation, all);
    await chatter.run(2_000);
    await advance(simulation, 1_000);
    expect(all.map(({ got }, i) => got.length - (before[i] ?? 0))).toEqual([60, 60, 60, 60]);
  });
});
