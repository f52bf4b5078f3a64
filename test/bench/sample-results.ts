import { LatencyRecorder } from "../../bench/histogram.ts";
import type { OperationResult, Results, TransportResult } from "../../bench/results.ts";
import { seededRandom } from "../../src/core/random.ts";

interface Sketch {
  readonly medianUs: number;
  readonly tail: number;
  readonly failed?: number;
  readonly uncertain?: number;
}

const MIX = { get: 750, put: 525, list: 150, remove: 75 };

function operation(seed: string, count: number, sketch: Sketch): OperationResult {
  const random = seededRandom(seed);
  const latency = new LatencyRecorder();
  const failure = new LatencyRecorder();
  const { failed = 0, uncertain = 0 } = sketch;
  for (let i = 0; i < count - failed - uncertain; i++) {
    const slow = random.chance(sketch.tail) ? 20 + random.exponential(150) : 1;
    latency.record(sketch.medianUs * (0.6 + random.exponential(0.6)) * slow);
  }
  for (let i = 0; i < failed; i++) failure.record(40_000 + random.below(200_000));
  for (let i = 0; i < uncertain; i++) failure.record(5_000_000);
  return {
    count,
    failed,
    uncertain,
    pendingAtEnd: 0,
    latencyMs: latency.summary(),
    failureMs: failure.summary(),
    histogram: latency.toBase64(),
    failureHistogram: failure.toBase64(),
    overflow: 0,
  };
}

const LATENCY = { p50: 0.4, p90: 0.9, p99: 2, p999: 5, max: 7, mean: 0.6 };

function column(name: string, sketch: Sketch, change: Partial<TransportResult>): TransportResult {
  const random = seededRandom(`${name}/time line`);
  const seconds = Array.from({ length: 15 }, (_, i) => i);
  const stalled = (i: number): boolean => sketch.tail > 0.01 && i >= 8;
  return {
    network: "loopback",
    kind: "live",
    nodes: 16,
    clients: 2,
    invalid: [],
    interrupted: false,
    elapsedMs: 15_004.2,
    startMs: 4_120,
    operations: Object.fromEntries(
      Object.entries(MIX).map(([op, count]) => [
        op,
        operation(
          `${name}/${op}`,
          count,
          op === "put" ? sketch : { ...sketch, failed: 0, uncertain: 0 },
        ),
      ]),
    ),
    lostWrites: 0,
    doubledWrites: 0,
    readBack: { names: 480, unread: 0, elapsedMs: 1_210 },
    retries: { "0": 1480, "1": 18, "2": 2 },
    whereTimeWent: {
      queueMs: 0.06,
      loopMs: 0.2,
      wireMs: sketch.medianUs / 1_000,
      retransmitMs: sketch.tail * 40,
      handlerMs: 0.31,
    },
    tracedOperations: 1_480,
    wire: {
      messages: 14_900,
      bytes: 2_310_000,
      datagrams: 11_800,
      retransmits: 41,
      probeBytes: 91_000,
      rawBytes: 1_820_000,
      compressedBytes: 1_610_000,
      compressedMessages: 410,
      byType: {
        "overlay.route": { count: 4_100, bytes: 352_600 },
        "naming.put": { count: 525, bytes: 601_000 },
        "naming.answer": { count: 1_500, bytes: 122_000 },
        "overlay.leafSet": { count: 210, bytes: 71_400 },
        "transport.call": { count: 2_010, bytes: 160_000 },
      },
      sizes: {
        routed: {
          "naming.read": { count: 2_400, bytes: 250_000 },
          "naming.readReply": { count: 750, bytes: 61_000 },
          "naming.write": { count: 2_000, bytes: 241_000 },
          "naming.writeReply": { count: 540, bytes: 44_000 },
        },
        leafReplies: { count: 120, bytes: 29_000, contacts: 1_890 },
        all: { count: 14_900, bytes: 1_820_000, inOneDatagram: 14_899 },
      },
    },
    detection: {
      crash: {
        watchers: 9,
        detected: 9,
        p50Ms: 310,
        maxMs: 402,
        missed: 0,
        falseDown: 0,
        observedMs: 11_200,
      },
      hang: {
        watchers: 10,
        detected: 10,
        p50Ms: 322,
        maxMs: 451,
        missed: 0,
        falseDown: 0,
        observedMs: 7_600,
      },
    },
    repairMs: {
      p50: 390,
      max: 880,
      crash: { holders: 9, repaired: 9, p50: 380, max: 720, observedMs: 11_200 },
      hang: { holders: 10, repaired: 10, p50: 402, max: 880, observedMs: 7_600 },
    },
    serviceGapMs: 84,
    firstContactMs: { first: { ...LATENCY, p50: 1.3 }, later: LATENCY },
    hops: { mean: 2.1, max: 5 },
    cpuMs: 9_100,
    errors: {},
    faults: [
      { kind: "crash", node: "org3.host2", atMs: 3_750 },
      { kind: "hang", node: "org1.host4", atMs: 7_500 },
    ],
    timeline: {
      intervalMs: 1_000,
      done: seconds.map((i) => 96 - (stalled(i) ? 20 : 0) + random.below(8)),
      failed: seconds.map((i) => (stalled(i) ? random.below(12) : 0)),
      p50Ms: seconds.map(() => (sketch.medianUs / 1_000) * (0.9 + random.float() / 5)),
      maxMs: seconds.map(
        (i) => (sketch.medianUs / 1_000) * (i === 4 || i >= 8 ? 400 * sketch.tail + 10 : 6),
      ),
    },
    harness: { loopLagMaxMs: 14, loopLagP99Ms: 2.2, lateMaxMs: 14.2, lateP99Ms: 1.4, overflow: 0 },
    ...change,
  };
}

/** A made-up run with everything a report can show: good, bad, missing and not seen by the end. */
export function sampleResults(): Results {
  const transports: Record<string, TransportResult> = {
    sim: column("sim", { medianUs: 900, tail: 0.004 }, { kind: "simulated", network: "sphere" }),
    "tcp:os": column(
      "tcp:os",
      { medianUs: 1_700, tail: 0.03, failed: 21, uncertain: 9 },
      {
        detection: {
          crash: {
            watchers: 9,
            detected: 9,
            p50Ms: 3,
            maxMs: 9,
            missed: 0,
            falseDown: 0,
            observedMs: 12_300,
          },
          hang: {
            watchers: 10,
            detected: 0,
            p50Ms: null,
            maxMs: null,
            missed: 10,
            falseDown: 0,
            observedMs: 12_300,
          },
        },
        repairMs: {
          p50: 60,
          max: null,
          crash: { holders: 9, repaired: 9, p50: 25, max: 60, observedMs: 12_300 },
          hang: { holders: 10, repaired: 0, p50: null, max: null, observedMs: 12_300 },
        },
        errors: { E_DEADLINE: 9, E_NO_ROUTE: 21 },
        lostWrites: 1,
      },
    ),
    tcp: column("tcp", { medianUs: 1_500, tail: 0.008 }, {}),
    udp: column("udp", { medianUs: 1_100, tail: 0.006 }, {}),
  };
  return {
    schema: 1,
    valid: true,
    scenario: {
      name: "default",
      seed: "1",
      nodes: 16,
      clients: 2,
      warmUpMs: 5_000,
      durationMs: 15_000,
      workload: "naming",
      rate: 100,
      names: "node_modules",
      namesCount: 2_000,
      valueSizeBytes: 1_024,
      faults: ["crash", "hang"],
      compression: "auto",
      deadlineMs: 5_000,
      transports: Object.keys(transports),
    },
    machine: {
      when: "2026-11-22T15:24:00.000Z",
      skipnet: "0.1.0",
      commit: "8538ab5c0ffee",
      dirty: false,
      node: "v20.20.2",
      v8: "11.3.244.8",
      os: "Linux 6.1.0",
      arch: "x64",
      cpu: "A processor",
      cores: 2,
      memoryBytes: 25_000_000_000,
      loadAverage: 0.4,
    },
    transports,
    leftOut: {},
  };
}
