import { describe, expect, test } from "vitest";
import { advance, packetScene } from "../transport/sim/packet/scene.ts";
import { hold, NINE_SECONDS_MS, release, Watcher } from "./watcher.ts";

/**
 * "Some packets were taking nine seconds to be delivered! They weren't being dropped and re-transmitted."
 * Source: Jones & Dunagan 2004, §3.7. What arrives so late must not revive a peer, nor act twice.
 */
const SEED = "nine seconds";

function scene(preset: string, count: number) {
  const simulation = packetScene({ seed: SEED, transport: `packet-udp:${preset}` });
  const stations = Array.from({ length: count }, (_, i) => new Watcher(simulation, i));
  return { simulation, stations: stations as [Watcher, Watcher, ...Watcher[]] };
}

/** Two that know and watch each other. */
async function friends(preset: string) {
  const { simulation, stations } = scene(preset, 2);
  const [a, b] = stations;
  a.watch(b);
  b.watch(a);
  a.send(b, 1);
  b.send(a, 2);
  await advance(simulation, 3_000);
  expect([a.ids, b.ids]).toEqual([[2], [1]]);
  return { simulation, a, b };
}

describe.each(["lan", "wan"])(
  "one datagram held for nine seconds, with the preset %s",
  (preset) => {
    test("of a peer that lives: its message is acted on once, long before", async () => {
      const { simulation, a, b } = await friends(preset);
      hold(simulation, b);
      b.send(a, 3);
      await advance(simulation, 2_000);
      expect(a.ids, "sent again").toEqual([2, 3]);
      expect(b.outcomes).toEqual(["delivered"]);
      await advance(simulation, 20_000);
      expect(a.ids, "the late copy does nothing").toEqual([2, 3]);
      expect(a.transport.stats().duplicates).toBeGreaterThan(0);
      expect([a.badNews, b.badNews]).toEqual([[], []]);
    });

    test("of a peer that died meanwhile: it is not revived, and its word is not acted on", async () => {
      const { simulation, a, b } = await friends(preset);
      hold(simulation, b, 3);
      b.send(a, 3);
      await advance(simulation, 1);
      simulation.crash(b.port);
      await advance(simulation, 8_000);
      expect(a.badNews.at(-1)).toMatch(/^10\.0\.0\.2 down (silent|refused)$/);
      const before = a.told.length;
      await advance(simulation, 20_000);
      expect(a.ids).toEqual([2]);
      expect(a.told.slice(before), "nothing new of the dead").toEqual([]);
      expect(a.transport.stats().revived).toBe(0);
    });

    test("that is a first contact: it makes one session, and no second one when it comes", async () => {
      const { simulation, stations } = scene(preset, 2);
      const [a, b] = stations;
      hold(simulation, a);
      a.send(b, 1);
      await advance(simulation, 5_000);
      expect([b.ids, a.outcomes]).toEqual([[1], ["delivered"]]);
      await advance(simulation, 20_000);
      a.send(b, 2);
      await advance(simulation, 1_000);
      expect(b.ids).toEqual([1, 2]);
      expect([a.told, b.told]).toEqual([["10.0.0.2 up heard"], ["10.0.0.1 up heard"]]);
    });

    test("that is a first contact of a former life: the life of today is not replaced by it", async () => {
      const { simulation, stations } = scene(preset, 2);
      const [a, b] = stations;
      hold(simulation, a, 100);
      a.send(b, 1);
      await advance(simulation, 500);
      simulation.crash(a.port);
      release(simulation, a);
      const again = new Watcher(simulation, 0);
      expect(again.incarnation).toBeGreaterThan(a.incarnation);
      again.send(b, 2);
      await advance(simulation, 20_000);
      again.send(b, 3);
      await advance(simulation, 1_000);
      expect(b.ids).toEqual([2, 3]);
      expect(b.told).toEqual(["10.0.0.1 up heard"]);
      expect(again.outcomes).toEqual(["delivered"]);
    });

    test("that is an acknowledgement: nothing is forged, nothing is sent again for it", async () => {
      const { simulation, a, b } = await friends(preset);
      hold(simulation, b);
      a.send(b, 3);
      await advance(simulation, 5_000);
      expect([b.ids, a.outcomes]).toEqual([[1, 3], ["delivered"]]);
      const { retransmits } = a.transport.stats();
      for (let id = 4; id < 40; id++) {
        a.send(b, id);
        await advance(simulation, 250);
      }
      expect(b.ids.length).toBe(38);
      expect(a.verdicts.size).toBe(38);
      expect(a.transport.stats()).toMatchObject({ retransmits, malformed: 0 });
      expect([a.badNews, b.badNews]).toEqual([[], []]);
    });

    test("that is a reset of a restarted process: it does not end the life that it announced", async () => {
      const { simulation, a, b } = await friends(preset);
      simulation.crash(b.port);
      const again = new Watcher(simulation, 1);
      // Its first answer to whoever still speaks to the former life.
      hold(simulation, again);
      a.send(b, 3);
      await advance(simulation, 5_000);
      expect(a.badNews.at(-1)).toBe("10.0.0.2 down restarted");
      a.send(again, 4);
      await advance(simulation, 1_000);
      const before = a.told.length;
      await advance(simulation, 20_000);
      a.send(again, 5);
      await advance(simulation, 1_000);
      expect(again.ids).toEqual([4, 5]);
      expect(a.told.slice(before)).toEqual([]);
    });

    test("that is the word of one who gave us up, and has taken it back since: nobody is down for it", async () => {
      const { simulation, a, b } = await friends(preset);
      simulation.hang(b.port);
      await advance(simulation, NINE_SECONDS_MS);
      expect(a.badNews.at(-1)).toBe("10.0.0.2 down silent");
      // What it says to who comes back first.
      hold(simulation, a);
      simulation.resume(b.port);
      b.send(a, 3);
      await advance(simulation, 5_000);
      expect(a.told.at(-1)).toBe("10.0.0.2 up heard");
      expect(a.transport.stats().revived).toBe(1);
      // It belonged to the conversation that is over: nobody can say what became of it.
      expect(b.verdicts.get(3)).toEqual({ outcome: "unknown", reason: "reset" });
      const before = [a.told.length, b.told.length];
      await advance(simulation, 20_000);
      a.send(b, 4);
      b.send(a, 5);
      await advance(simulation, 1_000);
      expect([a.ids, b.ids]).toEqual([
        [2, 5],
        [1, 4],
      ]);
      expect([a.told.length, b.told.length]).toEqual(before);
    });
  },
);
