import type { ScenarioFile } from "../schema.ts";

/** Requests of 64 bytes at 50 a second between three hosts: KCP's test, and what games do. */
const SMALL_MESSAGES = {
  nodes: 2,
  clients: 1,
  workload: "echo",
  valueSize: "64B",
  rate: 50,
  warmUp: "0s",
  duration: "60s",
  faults: "none",
} as const satisfies ScenarioFile;

/** Plain links, good and bad. */
export const LINKS: Readonly<Record<string, ScenarioFile>> = {
  lan: {
    ...SMALL_MESSAGES,
    about: "a local network: gigabit links, up to 1 ms each way",
    source: "skipnet",
    look: "latency p50 and p99.9",
    transports: "sim:packet-udp:lan",
    nodes: 8,
    clients: 2,
    valueSize: "1KiB",
    rate: 400,
    duration: "15s",
    network: {
      delay: "50us",
      path: { jitter: "950us" },
      up: { rate: "1Gbit", queue: "1000p" },
      down: { rate: "1Gbit", queue: "1000p" },
    },
  },
  "kcp-test": {
    ...SMALL_MESSAGES,
    about:
      "KCP's own test: 30 to 62 ms each way, so that datagrams overtake, 5 % lost each way; 64 B every 20 ms. Their 1,000 messages are 3,000 here, for the tail; no more than 1,000 in the pipe never matters at this rate",
    source: "KCP test.cpp",
    look: "latency p99 and p99.9, sent again: how many tries a loss costs, and whether overtaking is taken for loss",
    network: { delay: "30ms", path: { jitter: "32ms", loss: 0.05 } },
  },
  "udx-lat": {
    ...SMALL_MESSAGES,
    about:
      "UDX's latency test: 600 ± 100 ms each way, nothing lost; 32 KiB at a time, one message every two seconds; nobody announces how far it is",
    source: "udx-native latency.js",
    look: "sent again: nothing is lost, so every repetition is a mistake; those of first contacts, before a round trip is known, are needed",
    valueSize: "32KiB",
    rate: 0.5,
    deadline: "30s",
    network: { delay: "500ms", path: { jitter: "200ms" } },
  },
  "ge-burst": {
    ...SMALL_MESSAGES,
    about:
      "bursts as on Wi-Fi: Gilbert-Elliott, 80 % lost in bad times of 80 ms, one every two seconds; the usual p = 0.01, r = 0.25 a packet, turned into times, so that who sends little suffers as long",
    source: "skipnet",
    look: "live nodes called dead: a burst is no death",
    network: {
      delay: "50ms",
      path: { burst: { bad: "80ms", good: "2s", loss: 0.8 } },
    },
  },
  "loop-stall": {
    ...SMALL_MESSAGES,
    about:
      "one node does nothing for 400 ms of every second, as a program does that parses something big",
    source: "skipnet",
    look: "disturbed nodes called dead: none; latency p99: one stall",
    nodes: 4,
    network: {
      delay: "10ms",
      path: { jitter: "40ms" },
      changes: [{ at: "1s", for: "400ms", every: "1s", hosts: [1], stop: true }],
    },
  },
};
