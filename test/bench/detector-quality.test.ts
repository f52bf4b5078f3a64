import { expect, test } from "vitest";
import { falseDowns, type Watcher } from "../../bench/outcome/detection.ts";
import { detectorQuality } from "../../bench/outcome/detector-quality.ts";
import { watchersOf } from "../../bench/outcome/watchers.ts";
import type { PeerEvent } from "../../bench/trace/events.ts";

const s = (seconds: number) => seconds * 1e6;
const window = { fromUs: 0, untilUs: s(100) };

const sees = (end: string, ...events: [number, string, PeerEvent["what"]][]): Watcher => ({
  end,
  peers: events.map(([at, peer, what]) => ({ atUs: s(at), peer, what })),
});

test("mistakes, how often they come back, how long they last and the share of time without one", () => {
  const a = sees(
    "a",
    [0, "b", "watch"],
    [20, "b", "suspect"],
    [22, "b", "up"],
    [60, "b", "suspect"],
    [61, "b", "down"],
    [61, "b", "unwatch"],
    [65, "b", "up"],
    [65, "b", "watch"],
  );
  const suspect = detectorQuality("suspect", [a], [], window);
  expect(suspect).toMatchObject({ mistakes: 2, detected: 0, missed: 0, detectionMs: null });
  expect(suspect.watchedMs).toBe(100_000);
  expect(suspect.recurrenceMs).toBe(50_000);
  expect(suspect.durationMs).toBe(3_500);
  expect(suspect.accuracy).toBeCloseTo(0.93, 10);
  const down = detectorQuality("down", [a], [], window);
  expect(down).toMatchObject({ mistakes: 1, durationMs: 4_000, recurrenceMs: 100_000 });
});

test("detection counts from the fault, for whoever watched then; nothing after it is a mistake", () => {
  const fault = { kind: "crash" as const, victim: "v", atUs: s(50) };
  const watchers = [
    sees("a", [0, "v", "watch"], [50.2, "v", "suspect"], [50.4, "v", "down"]),
    sees("b", [0, "v", "watch"], [50.1, "v", "suspect"], [50.3, "v", "unwatch"]),
    sees("c", [0, "v", "watch"]),
    sees("d", [0, "v", "watch"], [10, "v", "unwatch"]),
    sees("v", [0, "a", "watch"], [60, "a", "suspect"]),
  ];
  const suspect = detectorQuality("suspect", watchers, [fault], window);
  expect(suspect).toMatchObject({ detected: 2, missed: 1, mistakes: 0, accuracy: 1 });
  expect(suspect.detectionMs).toBeCloseTo(150, 6);
  const down = detectorQuality("down", watchers, [fault], window);
  expect(down.detectionMs).toBeCloseTo(350, 6);
  // The pairs of a, b and c for 50 s, d for 10 s, and what the victim watched until it failed.
  expect(down.watchedMs).toBe(50_000 * 4 + 10_000);
});

test("a mistake that is never noticed lasts to the end; who watched nothing has no accuracy", () => {
  const wrong = sees("a", [0, "b", "watch"], [90, "b", "down"], [90, "b", "unwatch"]);
  expect(detectorQuality("down", [wrong], [], window)).toMatchObject({
    mistakes: 1,
    durationMs: 10_000,
    watchedMs: 100_000,
    accuracy: 0.9,
  });
  expect(detectorQuality("down", [sees("a")], [], window).accuracy).toBeNull();
});

test("a live peer given up before it said which life it is, and forgotten, is a mistake all the same", () => {
  const joiner = sees("udp://b:1#7", [1, "udp://a:1#0", "down"], [3, "udp://a:1#5", "up"]);
  const watchers = watchersOf(
    [joiner, sees("udp://a:1#5")].map(({ end, peers }) => ({ end, trace: { peers } })),
  );
  expect(falseDowns(watchers, [], new Set(), window)).toEqual([
    { by: "udp://b:1#7", peer: "udp://a:1#5" },
  ]);
  expect(detectorQuality("down", watchers, [], window)).toMatchObject({
    mistakes: 1,
    durationMs: 2_000,
  });
  // Of an address with two lives nobody can say which was meant.
  const unknown = watchersOf(
    ["udp://a:1#5", "udp://a:1#6"].map((end) => ({ end, trace: { peers: joiner.peers } })),
  );
  expect(unknown[0]?.peers[0]?.peer).toBe("udp://a:1#0");
});
