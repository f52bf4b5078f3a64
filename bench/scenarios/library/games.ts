import type { ScenarioFile } from "../schema.ts";

/** The "act like game" half of their test: small messages at a steady pace. */
const GAME = {
  source: "GameNetworkingSockets test_connection.cpp",
  nodes: 2,
  clients: 1,
  workload: "echo",
  valueSize: "256B",
  rate: 30,
  warmUp: "0s",
  duration: "60s",
  faults: "none",
} as const satisfies ScenarioFile;

/** Home networks as the authors of a game transport test them; their rates in KB/s as bits. */
export const GAMES: Readonly<Record<string, ScenarioFile>> = {
  "gns-low": {
    ...GAME,
    about: "1 Mbit/s, 50 ms, 10 % lost each way, 2 % overtaken by 50 ms",
    look: "latency p99 and p99.9",
    network: {
      delay: "50ms",
      up: { rate: "1Mbit", queue: "64KiB", loss: 0.1, reorder: { share: 0.02, by: "50ms" } },
    },
  },
  "gns-med": {
    ...GAME,
    about: "8 Mbit/s, 10 ms, 5 % lost each way, 1 % overtaken by 10 ms",
    look: "latency p99",
    network: {
      delay: "10ms",
      up: { rate: "8Mbit", queue: "64KiB", loss: 0.05, reorder: { share: 0.01, by: "10ms" } },
    },
  },
  "gns-terrible": {
    ...GAME,
    about:
      "512 kbit/s, 100 ms, 20 % lost each way, 4 % overtaken by 30 ms: the middle of their 10 to 50",
    look: "that it works; live nodes called dead",
    network: {
      delay: "100ms",
      up: { rate: "512kbit", queue: "64KiB", loss: 0.2, reorder: { share: 0.04, by: "30ms" } },
    },
  },
  "gns-wifi": {
    ...GAME,
    about: "5 ms, 2 % lost each way, 2 % overtaken by 1 ms",
    look: "latency p99",
    network: { delay: "5ms", up: { loss: 0.02, reorder: { share: 0.02, by: "1ms" } } },
  },
  "gns-reorder": {
    ...GAME,
    about: "50 ms, nothing lost, and 30 % overtaken by 40 ms",
    look: "sent again: nothing is lost, so every repetition is a mistake",
    network: { delay: "50ms", up: { reorder: { share: 0.3, by: "40ms" } } },
  },
};
