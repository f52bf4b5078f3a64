import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src/core/random.ts";
import { BurstState } from "../../../../src/transport/sim/packet/burst-loss.ts";
import {
  linkConditions,
  networkConditions,
} from "../../../../src/transport/sim/packet/conditions.ts";
import { DROPPED, Link } from "../../../../src/transport/sim/packet/link.ts";

const stream = () => seededRandom("link");

function link(changes: Parameters<typeof linkConditions>[0]): Link {
  const made = new Link();
  made.set(linkConditions(changes), stream, 0);
  return made;
}

describe("a link with a rate", () => {
  test("sends one packet after the other, at its rate", () => {
    const line = link({ rateBitsPerSecond: 10e6, queuePackets: 25 });
    // 1,250 bytes are 10,000 bits: 1 ms.
    expect(line.pass(0, 1_250)).toBe(1_000);
    expect(line.pass(0, 1_250)).toBe(2_000);
    expect(line.pass(5_000, 1_250)).toBe(6_000);
  });

  test("drops what does not fit its queue of packets, and takes more when one has left", () => {
    const line = link({ rateBitsPerSecond: 10e6, queuePackets: 3 });
    const times = Array.from({ length: 5 }, () => line.pass(0, 1_250));
    expect(times).toEqual([1_000, 2_000, 3_000, DROPPED, DROPPED]);
    expect(line.queued(999)).toBe(3);
    expect(line.pass(1_000, 1_250)).toBe(4_000);
  });

  test("drops by bytes where its queue is in bytes", () => {
    const line = link({ rateBitsPerSecond: 8e6, queueBytes: 2_000 });
    expect(line.pass(0, 1_500)).toBe(1_500);
    expect(line.pass(0, 600)).toBe(DROPPED);
    expect(line.pass(0, 500)).toBe(2_000);
  });

  test("a change of rate holds for what comes after it", () => {
    const line = link({ rateBitsPerSecond: 8e6, queuePackets: 10 });
    expect(line.pass(0, 1_000)).toBe(1_000);
    line.set(linkConditions({ rateBitsPerSecond: 4e6, queuePackets: 10 }), stream, 0);
    expect(line.pass(0, 1_000)).toBe(3_000);
  });

  test("a long queue keeps its order while it grows", () => {
    const line = link({ rateBitsPerSecond: 8e6, queuePackets: 1_000 });
    for (let i = 1; i <= 500; i++) expect(line.pass(i <= 20 ? 0 : 10, 100)).toBe(i * 100);
    expect(line.queued(100 * 100)).toBe(400);
    expect(line.queued(500 * 100)).toBe(0);
  });
});

describe("burst loss", () => {
  test("lasts in time: its share and its lengths are as told, whoever looks how often", () => {
    const burst = { badUs: 80_000, goodUs: 1_000_000, lossBad: 1, lossGood: 0 };
    const draws = seededRandom("draws");
    const bad = (stepUs: number): { share: number; meanUs: number } => {
      const state = new BurstState(burst, seededRandom("states"), 0);
      let lost = 0;
      let runs = 0;
      let before = false;
      const looks = 2_000e6 / stepUs;
      for (let i = 0; i < looks; i++) {
        const now = state.isLost(i * stepUs, draws);
        if (now) lost++;
        if (now && !before) runs++;
        before = now;
      }
      return { share: lost / looks, meanUs: (lost / runs) * stepUs };
    };
    const often = bad(1_000);
    const seldom = bad(10_000);
    expect(often.share).toBeCloseTo(80 / 1_080, 2);
    // The same bad times, seen ten times less often.
    expect(seldom.share).toBeCloseTo(often.share, 2);
    expect(often.meanUs).toBeGreaterThan(65_000);
    expect(often.meanUs).toBeLessThan(95_000);
  });
});

describe("conditions that contradict themselves are refused", () => {
  const wrong: readonly (readonly [string, Parameters<typeof networkConditions>[0]])[] = [
    ["share above 1", { path: { loss: 1.5 } }],
    ["negative delay", { path: { delayUs: -1 } }],
    ["queue without a rate", { up: { queuePackets: 25 } }],
    ["rate without a queue", { up: { rateBitsPerSecond: 1e6 } }],
    ["no rate at all", { up: { rateBitsPerSecond: 0, queuePackets: 3 } }],
    ["rate of the path", { path: { rateBitsPerSecond: 1e6, queuePackets: 3 } }],
    ["MTU below IP's", { up: { mtuBytes: 100 } }],
    ["queue below a packet", { up: { rateBitsPerSecond: 1e6, queueBytes: 100 } }],
    ["reordering by nothing", { path: { reorder: 0.1 } }],
    [
      "burst better when bad",
      { path: { burst: { badUs: 1, goodUs: 1, lossBad: 0, lossGood: 1 } } },
    ],
  ];
  for (const [what, changes] of wrong) {
    test(what, () => expect(() => networkConditions(changes)).toThrow(/E_OPTIONS/));
  }
});
