import { describe, expect, test } from "vitest";
import { detectionOf, repairOf, type Watcher } from "../../bench/outcome/detection.ts";
import type { PeerEvent } from "../../bench/trace/events.ts";

const FAULT = { kind: "hang", victim: "v#1", atUs: 1_000_000 } as const;
const UNTIL_US = 13_500_000;
const NOBODY: ReadonlySet<string> = new Set();
const WINDOW = { fromUs: 0, untilUs: UNTIL_US };

const at = (ms: number, what: PeerEvent["what"], peer = "v#1"): PeerEvent => ({
  atUs: ms * 1_000,
  peer,
  what,
});
const watcher = (end: string, ...peers: PeerEvent[]): Watcher => ({ end, peers });

const quick = watcher(
  "a#1",
  at(10, "watch"),
  at(1_200, "suspect"),
  at(1_300, "down"),
  at(1_301, "unwatch"),
);
const slow = watcher("b#1", at(10, "watch"), at(1_900, "down"), at(1_950, "unwatch"));
const blind = watcher("c#1", at(10, "watch"));
const stranger = watcher("d#1", at(10, "watch", "a#1"));

const detect = (watchers: readonly Watcher[], dead = NOBODY) =>
  detectionOf([FAULT], watchers, dead, WINDOW, UNTIL_US);

describe("time to detect a failed node", () => {
  test("is that of everybody who watched it, and of nobody else", () => {
    expect(detect([quick, slow, stranger])).toMatchObject({
      watchers: 2,
      detected: 2,
      missed: 0,
      p50Ms: 300,
      maxMs: 900,
      falseDown: 0,
    });
  });

  test("what was not seen counts as longer than everything", () => {
    const one = detect([quick, slow, blind]);
    expect(one).toMatchObject({ watchers: 3, detected: 2, missed: 1, p50Ms: 900, maxMs: null });
    expect(one.observedMs).toBe(12_500);
    expect(detect([quick, blind, watcher("e#1", at(10, "watch"))]).p50Ms).toBeNull();
  });

  test("who gives up a suspect has detected it; who lets go of a live neighbour has not", () => {
    const givesUp = watcher("a#1", at(10, "watch"), at(1_100, "suspect"), at(1_250, "unwatch"));
    expect(detect([givesUp]).maxMs).toBe(250);
    const letsGo = watcher("a#1", at(10, "watch"), at(1_250, "unwatch"));
    expect(detect([letsGo]).missed).toBe(1);
  });

  test("who no longer watched when it failed is no watcher", () => {
    const former = watcher("a#1", at(10, "watch"), at(20, "unwatch"));
    expect(detect([former]).watchers).toBe(0);
  });

  test("those who failed themselves are not asked", () => {
    expect(detect([quick, blind], new Set(["c#1"]))).toMatchObject({ watchers: 1, missed: 0 });
  });

  test("live nodes that were called dead are counted once a pair, failed ones not", () => {
    const liar = watcher(
      "a#1",
      at(500, "down", "b#1"),
      at(900, "down", "b#1"),
      at(2_000, "down", "x#1"),
    );
    expect(detect([liar, slow], new Set(["x#1"])).falseDown).toBe(1);
    const tooSoon = watcher("a#1", at(10, "watch"), at(500, "down"));
    expect(detect([tooSoon])).toMatchObject({ falseDown: 1, watchers: 0 });
  });
});

describe("time to repair the tables", () => {
  test("is until no slot holds the failed node, and counts those that still do", () => {
    const twoSlots = watcher(
      "e#1",
      at(1, "watch"),
      at(2, "watch"),
      at(1_400, "unwatch"),
      at(2_000, "unwatch"),
    );
    expect(repairOf([FAULT], [slow, twoSlots], NOBODY, UNTIL_US)).toMatchObject({
      holders: 2,
      repaired: 2,
      p50: 950,
      max: 1_000,
    });
    expect(repairOf([FAULT], [slow, blind], NOBODY, UNTIL_US)).toMatchObject({
      repaired: 1,
      max: null,
    });
  });

  test("a node that comes back as hearsay is not repaired until it is gone for good", () => {
    const relapse = watcher(
      "a#1",
      at(1, "watch"),
      at(1_200, "unwatch"),
      at(1_500, "watch"),
      at(3_000, "unwatch"),
    );
    expect(repairOf([FAULT], [relapse], NOBODY, UNTIL_US).max).toBe(2_000);
  });
});
