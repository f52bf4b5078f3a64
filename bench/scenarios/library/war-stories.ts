import type { ScenarioFile } from "../schema.ts";

/** What the paper's authors met: "In the real world, stuff happens" (§3.7), and an overloaded link (§3.5). */
const PAPER = {
  source: "Jones & Dunagan 2004",
  nodes: 8,
  clients: 2,
  warmUp: "0s",
  faults: "none",
} as const satisfies ScenarioFile;

export const WAR_STORIES: Readonly<Record<string, ScenarioFile>> = {
  "nine-seconds": {
    ...PAPER,
    about:
      "datagrams that the network keeps for nine seconds: 20 of a node that lives, and the last ones of one that dies meanwhile",
    look: "writes doubled: none, what comes late is not done again; the dead node stays dead",
    rate: 50,
    duration: "20s",
    network: {
      delay: "10ms",
      changes: [
        { at: "2s", for: "9s", hosts: [2], up: { packets: { from: 1, to: 20, held: "9s" } } },
        { at: "4s", for: "4s", hosts: [5], up: { packets: { from: 1, to: 40, held: "9s" } } },
        { at: "4500ms", hosts: [5], crash: true },
      ],
    },
  },
  "one-address": {
    ...PAPER,
    about:
      "two hosts with one address, for 5 s: answers go to whoever sent last, so that each gets a part of the other's",
    look: "live nodes called dead: none but the two, who are told of their conflict; writes doubled: none; afterwards everything goes on",
    rate: 50,
    duration: "20s",
    network: {
      delay: "1ms",
      changes: [{ at: "5s", for: "5s", hosts: [3], sameAddressAs: 2 }],
    },
  },
  overload: {
    ...PAPER,
    about:
      "one narrow link, and more load than it carries: a node's 1 Mbit/s with a queue of 25 packets, as the 100 Mbit/s of their router were",
    look: "dropped, uplink and downlink queue full: where it is; live nodes called dead; latency p50 against the node's share",
    workload: "echo",
    valueSize: "4KiB",
    rate: 300,
    duration: "15s",
    network: {
      delay: "5ms",
      hosts: [
        {
          hosts: [1],
          up: { rate: "1Mbit", queue: "25p" },
          down: { rate: "1Mbit", queue: "25p" },
        },
      ],
    },
  },
};
