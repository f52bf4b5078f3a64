import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ABLATION_BASE,
  ABLATIONS,
  LOSSY_ABLATIONS,
  LOSSY_BASE,
} from "../../bench/transport/ablation.ts";
import { cellOf, isEcho, newBody, roundOf, slotOf, stampBody } from "../../bench/transport/body.ts";
import { LengthPrefixReader, prefixed } from "../../bench/transport/contenders/length-prefix.ts";
import { FineLatencies } from "../../bench/transport/fine-latencies.ts";
import { goalsOf } from "../../bench/transport/goals.ts";
import { measureLossyPath } from "../../bench/transport/lossy-path.ts";
import { parseTransportResults } from "../../bench/transport/results.ts";
import { quantile, spreadOf } from "../../bench/transport/spread.ts";
import { parseTransportSpec } from "../../src/transport/options.ts";
import { udpOptionsFrom } from "../../src/transport/udp/options.ts";
import { sampleTransportResults } from "./sample-transport-results.ts";

test.each([
  { base: ABLATION_BASE, variants: ABLATIONS },
  { base: LOSSY_BASE.transport, variants: LOSSY_ABLATIONS },
])("each variant of $base is a description that udp takes, with one option changed", (one) => {
  const base = udpOptionsFrom(parseTransportSpec(one.base));
  for (const { transport } of one.variants) {
    const options = udpOptionsFrom(parseTransportSpec(transport));
    const changed = Object.entries(options).filter(
      ([name, value]) => value !== base[name as keyof typeof base],
    );
    expect(changed.length, transport).toBe(1);
  }
});

test("a lossy path costs the same in every run, and its peer is found dead", async () => {
  const first = await measureLossyPath(LOSSY_BASE, ["1"]);
  expect(await measureLossyPath(LOSSY_BASE, ["1"])).toEqual(first);
  expect(first).toMatchObject({ unanswered: 0 });
  expect(first.p50Ms).toBeGreaterThanOrEqual(50);
  expect(first.datagramsPerRoundTrip).toBeGreaterThan(2);
  expect(first.verdictMs).toBeGreaterThan(0);
});

test("length prefixes give back every message, however the stream is cut", () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 6_000 }), { maxLength: 6 });
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 5_000 }), (sent, cut) => {
      const stream = Buffer.concat(sent.flatMap(prefixed));
      const received: number[][] = [];
      const reader = new LengthPrefixReader((body) => received.push([...body]));
      for (let at = 0; at < stream.length; at += cut) reader.push(stream.subarray(at, at + cut));
      expect(received).toEqual(sent.map((body) => [...body]));
    }),
    { numRuns: 60 },
  );
});

test("a body carries its cell, kind, slot and round", () => {
  const body = newBody(64, 0xfedc_ba98, "echo");
  stampBody(body, 63, 0x8000_0001);
  expect([cellOf(body), slotOf(body), roundOf(body)]).toEqual([0xfedc_ba98, 63, 0x8000_0001]);
  expect(isEcho(body)).toBe(true);
  expect(isEcho(newBody(1, 1, "count"))).toBe(false);
});

test("latencies of some microseconds keep three digits, and travel as text", () => {
  const latencies = new FineLatencies();
  for (let us = 20; us < 30; us += 0.01) latencies.record(us);
  const summary = FineLatencies.fromBase64(latencies.toBase64()).summary();
  expect(summary?.p50).toBeCloseTo(25, 1);
  expect(summary?.p90).toBeCloseTo(29, 1);
  expect(latencies.curve().at(-1)?.[1]).toBeCloseTo(0.03, 3);
});

test("spreads and quantiles: missing values count as longest", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spreadOf([])).toBeUndefined();
  expect(quantile([1, 2, 3, null], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, null], 0.99)).toBeNull();
});

test("goals are judged by what was measured, and say so where nothing was", () => {
  const results = sampleTransportResults();
  const judged = Object.fromEntries(goalsOf(results).map(({ what, met }) => [what, met]));
  expect(judged).toMatchObject({
    "round trips of 64 B, window 1: median of udp against raw dgram": true,
    "round trips of 64 B, window 64: udp against raw-net": false,
    "round trips of 64 B, window 64: udp against udx-native": null,
    "udp: process killed, messages under way, from the first sent after: verdict, p99": true,
    "udp: process killed, nothing to send: verdict, p99": false,
  });
});

test("a results file is read back as it was written, and nothing else is taken for one", () => {
  const results = sampleTransportResults();
  expect(parseTransportResults(JSON.stringify(results), "here")).toEqual(results);
  expect(() => parseTransportResults("{", "here")).toThrow("E_OPTIONS: here is not JSON");
  const wrong = { ...results, goals: [{ what: "x" }] };
  expect(() => parseTransportResults(JSON.stringify(wrong), "here")).toThrow("goals.0");
});
