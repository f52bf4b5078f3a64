import { expect, test } from "vitest";
import { CubicFlow } from "../../../bench/flow/cubic-flow.ts";
import {
  bulkFigures,
  type Figure,
  isMet,
  requestFigures,
  sharingFigures,
  streamFigures,
} from "../../../bench/flow/figures.ts";
import { keepSending, pairOf, percentile, sprinkle } from "../../../bench/flow/workloads.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { VirtualNet } from "./virtual-net.ts";

// The same seed gives the same figures: `npm run bench:udp-flow -- --seed test --messages 6000 --seconds 15`.
const SEED = "test";
const missed = (figures: readonly Figure[]) => figures.filter((figure) => !isMet(figure));

test("small messages on a lossy path: latency, duplicates and bytes within the goals", () => {
  expect(missed(streamFigures(SEED, 6_000))).toEqual([]);
});

test("requests at any loss: the median is one round trip, and all are answered", () => {
  expect(missed(requestFigures(SEED, 6_000))).toEqual([]);
});

test("bulk fills its path, chance losses or not, and small messages do not wait for it", () => {
  expect(missed(bulkFigures(SEED, 15))).toEqual([]);
});

test("beside a CUBIC flow it takes about half, whoever comes first; in the background, little", () => {
  expect(missed(sharingFigures(SEED, 20))).toEqual([]);
});

test("the queue is empty again after the other flow has left", () => {
  const link = { delayUs: 15_000, bitsPerSecond: 10e6, queuePackets: 50 };
  const pair = pairOf(SEED, udpOptions({ preset: "wan" }), link, { delayUs: 15_000 });
  const small = sprinkle(pair, 64, 20_000);
  const cubic = new CubicFlow(pair.time, pair.there, pair.back);
  keepSending(pair, 64 << 10, 16);
  pair.time.runUntil(pair.time.nowUs + 5e6);
  cubic.start();
  pair.time.runUntil(pair.time.nowUs + 15e6);
  const crowded = small.splice(0).slice(-250);
  cubic.stop();
  pair.time.runUntil(pair.time.nowUs + 15e6);
  const alone = small.slice(-250);
  const median = (ms: readonly number[]) =>
    percentile(
      [...ms].sort((a, b) => a - b),
      0.5,
    );
  expect(median(crowded)).toBeGreaterThan(30);
  expect(median(alone)).toBeLessThan(20);
});

test("a thousand peers at once are sent to in small bursts, and none is forgotten", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const sentAtUs: number[] = [];
  net.fate = (from) => {
    if (from === 1) sentAtUs.push(net.nowUs);
    return [2_000];
  };
  const peers = Array.from({ length: 1_000 }, (_, i) => net.node(10 + i));
  peers.forEach((node, i) => {
    a.send(a.peer(node), "to all", (i + 1) as never);
  });
  net.advance(1_000_000);
  expect(a.verdicts.length).toBe(1_000);
  expect(a.verdicts.every((verdict) => verdict.endsWith("delivered"))).toBe(true);
  expect(a.protocol.counters.retransmits).toBe(0);
  const { paceDatagrams } = udpOptions();
  const inAMillisecond = sentAtUs.map(
    (fromUs) => sentAtUs.filter((atUs) => atUs >= fromUs && atUs < fromUs + 1_000).length,
  );
  // A full bucket, and what runs into it meanwhile.
  expect(Math.max(...inAMillisecond)).toBeLessThanOrEqual(2 * paceDatagrams);
});

test("a silent peer does not hold up the others' share of the window", () => {
  const net = new VirtualNet();
  const options = { sharedWindowBytes: 40_000, windowMaxBytes: 40_000, windowInitialBytes: 20_000 };
  const a = net.node(1, { options });
  const silent = net.node(2);
  const b = net.node(3);
  a.send(a.peer(silent), "hello");
  a.send(a.peer(b), "hello");
  net.advance(50_000);
  silent.paused = true;
  for (let n = 0; n < 100; n++) a.send(a.peer(silent), new Uint8Array(1_000));
  net.advance(1_000);
  for (let n = 0; n < 100; n++) a.send(a.peer(b), new Uint8Array(1_000), (n + 1) as never);
  net.advance(1_000_000);
  expect(a.protocol.health(a.peer(silent))?.state).toBe("down");
  expect(a.verdicts.filter((verdict) => verdict.endsWith("delivered")).length).toBe(100);
});

test("small messages overtake large ones, which are not starved", () => {
  const net = new VirtualNet(() => [10_000]);
  const a = net.node(1);
  const b = net.node(2);
  a.send(a.peer(b), "hello");
  net.advance(100_000);
  b.events.length = 0;
  a.send(a.peer(b), new Uint8Array(40_000));
  for (let n = 0; n < 3_000; n++) a.send(a.peer(b), new Uint8Array(100).fill(65));
  net.advance(0);
  a.send(a.peer(b), "late but small");
  net.advance(2_000_000);
  const lengths = b.received.map((text) => text.length);
  expect(lengths.length).toBe(3_002);
  const large = lengths.indexOf(40_000);
  expect(large).toBeGreaterThan(500);
  expect(large).toBeLessThan(3_001);
});
