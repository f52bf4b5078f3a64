import { expect, test } from "vitest";
import {
  blackHole,
  livePairs,
  members,
  quantile,
  stallingPeer,
  watchingBytes,
} from "../../bench/verdicts/trials.ts";
import { udpOptions } from "../../src/transport/udp/options.ts";

const lan = udpOptions({ preset: "lan" });
const wan = udpOptions({ preset: "wan" });
const nothing = () => undefined;

test("a peer that falls silent with data in flight is down soon, by path", () => {
  const p50 = (options: typeof lan, rttUs: number, loss: number) =>
    quantile(blackHole("test", options, { rttUs, loss }, 20, true).verdictsUs, 0.5);
  expect(p50(lan, 20_000, 0.01)).toBeLessThanOrEqual(400_000);
  expect(p50(wan, 50_000, 0.01)).toBeLessThanOrEqual(800_000);
  expect(p50(wan, 100_000, 0.05)).toBeLessThanOrEqual(1_600_000);
});

test("the verdict takes no more than twenty times the median success", () => {
  const { verdictsUs, successUs } = blackHole("test", wan, { rttUs: 50_000, loss: 0.01 }, 20, true);
  expect(quantile(verdictsUs, 0.5)).toBeLessThanOrEqual(20 * quantile(successUs, 0.5));
});

test("a peer that falls silent with nothing to send is down within a second, and watching is cheap", () => {
  const path = { rttUs: 1_000, loss: 0 };
  const { verdictsUs } = blackHole("test", lan, path, 20, false);
  expect(quantile(verdictsUs, 0.5)).toBeLessThanOrEqual(1_000_000);
  expect(Math.max(...verdictsUs)).toBeLessThan(2_000_000);
  expect(watchingBytes("test", lan, path, true) / 2).toBeLessThanOrEqual(100);
});

test("live peers are not called down where packets are lost, one by one or in bursts", () => {
  for (const loss of [0.01, 0.05, 0.2]) {
    const run = livePairs("test", wan, { rttUs: 100_000, loss }, 10_000, nothing);
    expect({ loss, down: run.falseDown }).toEqual({ loss, down: 0 });
  }
  const bursts = { goodMs: 8_000, badMs: 80, badLoss: 0.8 };
  const stalls = stallingPeer(
    "test",
    wan,
    { rttUs: 100_000, loss: 0.05, bursts },
    20,
    0.1,
    nothing,
  );
  expect(stalls.falseDown).toBe(0);
  expect(stalls.suspicions).toBeGreaterThan(0);
});

test("everybody who survives knows soon when four of sixteen fall silent at once", () => {
  const shape = { members: 16, silent: 4, seconds: 5 };
  for (const loss of [0, 0.05]) {
    const { verdictsUs, falseDown } = members("test", lan, { rttUs: 20_000, loss }, shape);
    expect(verdictsUs.length).toBe(4 * 12);
    expect(quantile(verdictsUs, 0.5)).toBeLessThanOrEqual(1_000_000);
    expect(Math.max(...verdictsUs)).toBeLessThanOrEqual(3_000_000);
    expect(falseDown).toBe(0);
  }
});

test("the same seed gives the same verdicts", () => {
  const once = () => blackHole("again", wan, { rttUs: 50_000, loss: 0.05 }, 3, true).verdictsUs;
  expect(once()).toEqual(once());
});
