import { FineLatencies } from "../../bench/transport/fine-latencies.ts";
import { goalsOf } from "../../bench/transport/goals.ts";
import type { CellResult, TransportResults, VerdictResult } from "../../bench/transport/results.ts";

const PROPERTIES = {
  order: "unordered",
  duplicates: "none",
  retries: "by packet",
  acknowledgement: "queued for a handler",
  verdict: "down by 1 s",
  size: "1,024 KiB",
  congestion: "per peer",
  setup: "none",
  encryption: "none",
};

const exactly = (value: number) => ({ median: value, min: value * 0.9, max: value * 1.1 });

function cell(
  contender: string,
  figures: Partial<CellResult> & { readonly rate: number; readonly usual: number },
): CellResult {
  const { rate, usual, ...more } = figures;
  const latencies = new FineLatencies();
  for (let i = 1; i <= 2_000; i++) latencies.record((usual * (1_000 + i)) / 2_000);
  return {
    part: "roundTrips",
    contender,
    bytes: 64,
    window: 1,
    ratePerSecond: 0,
    runs: 5,
    perSecond: exactly(rate),
    megabytesPerSecond: exactly((rate * 64) / 1e6),
    p50Us: exactly(usual),
    p90Us: exactly(usual * 1.5),
    p99Us: exactly(usual * 3),
    p999Us: exactly(usual * 9),
    maxUs: exactly(usual * 20),
    cpuUs: exactly(10),
    clientCpuUs: exactly(6),
    serverCpuUs: exactly(4),
    retransmits: 0,
    lost: 0,
    unanswered: 0,
    suspects: 0,
    falseDowns: 0,
    histogram: latencies.toBase64(),
    ...more,
  };
}

function verdict(
  contender: string,
  more: Partial<VerdictResult>,
  ms: number | null,
): VerdictResult {
  const latency = { p50: ms, p99: ms, max: ms };
  return {
    contender,
    fault: "kill",
    traffic: "busy",
    faults: 20,
    watchers: 100,
    missed: ms === null ? 100 : 0,
    patienceMs: 15_000,
    fromFaultMs: latency,
    fromSendMs: latency,
    fromEndMs: latency,
    suspectMs: { p50: null, p99: null, max: null },
    ...more,
  };
}

/** A results file as the transport benchmark writes it: some goals met, some missed, some not measured. */
export function sampleTransportResults(): TransportResults {
  const results: TransportResults = {
    schema: 1,
    kind: "transport",
    interrupted: false,
    machine: {
      when: "2026-01-02T03:04:05.000Z",
      skipnet: "0.1.0",
      node: "v20.20.2",
      v8: "11.3",
      os: "Linux 6.18",
      arch: "x64",
      cpu: "some processor",
      cores: 2,
      memoryBytes: 8 << 29,
      loadAverage: 0.5,
    },
    options: {
      runs: 5,
      cellMs: 500,
      ratePerSecond: 2_000,
      kills: 20,
      stops: 4,
      watchers: 5,
      patienceMs: 15_000,
      idlePeers: 10_000,
      contacts: 100,
      transports: ["udp", "raw-dgram", "raw-net"],
      parts: ["roundTrips", "verdicts"],
    },
    contenders: {
      udp: { role: "ours", properties: PROPERTIES },
      "raw-dgram": { role: "floor", properties: PROPERTIES },
      "raw-net": { role: "floor", properties: PROPERTIES },
    },
    skipped: [{ contender: "udx-native", why: "udx-native is not installed" }],
    cells: [
      cell("udp", { rate: 38_000, usual: 24 }),
      cell("raw-dgram", { rate: 41_000, usual: 20 }),
      cell("raw-net", { rate: 36_000, usual: 23 }),
      cell("udp", { window: 64, rate: 80_000, usual: 700 }),
      cell("raw-net", { window: 64, rate: 90_000, usual: 650, unanswered: 1 }),
      cell("udp", { part: "openLoop", window: 0, ratePerSecond: 2_000, rate: 2_000, usual: 60 }),
      cell("udp:loopback", { part: "ablation", rate: 38_000, usual: 24 }),
      cell("udp:loopback,ackEvery=1", { part: "ablation", rate: 30_000, usual: 30 }),
    ],
    verdicts: [
      verdict("udp", {}, 4),
      verdict("udp", { traffic: "idle" }, 420),
      verdict("raw-net", { fault: "stop" }, null),
    ],
    watching: [
      {
        contender: "udp:lan",
        seconds: 10,
        bytesPerSecond: 70,
        wireBytesPerSecond: 140,
        datagramsPerSecond: 2.5,
      },
    ],
    idlePeers: [{ contender: "udp", peers: 10_000, heapBytes: 1_900, rssBytes: 2_500 }],
    firstContacts: [
      { contender: "udp", contacts: 100, failed: 0, p50Us: 120, p99Us: 300, maxUs: 500 },
    ],
    lossyPaths: [
      {
        property: "wan as it is",
        about: "",
        p50Ms: 52,
        p99Ms: 160,
        p999Ms: 260,
        datagramsPerRoundTrip: 2.4,
        bytesPerRoundTrip: 2_500,
        unanswered: 0,
        verdictMs: 700,
      },
    ],
    goals: [],
  };
  return { ...results, goals: goalsOf(results) };
}
