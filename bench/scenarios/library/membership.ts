import type { ScenarioFile } from "../schema.ts";

/** 100 nodes where the papers have 1,000: each is the real protocol, on one core, in seconds. */
const HUNDRED = {
  source: "Rapid (ATC 2018)",
  nodes: 100,
  clients: 1,
  workload: "routing",
  rate: 20,
  warmUp: "0s",
  faults: "none",
} as const satisfies ScenarioFile;

const PAUSE = {
  source: "Lifeguard (DSN 2018)",
  nodes: 32,
  clients: 1,
  workload: "routing",
  rate: 20,
  warmUp: "0s",
  faults: "none",
} as const satisfies ScenarioFile;

/** What membership services are tried on. */
export const MEMBERSHIP: Readonly<Record<string, ScenarioFile>> = {
  "rapid-flipflop": {
    ...HUNDRED,
    about:
      "1 % of the nodes hear nothing for 20 s of every 40: one of 100, where the paper has 10 of 1,000",
    look: "disturbed nodes called dead, or calling; live ones: none",
    duration: "60s",
    network: {
      delay: "5ms",
      changes: [{ at: "5s", for: "20s", every: "40s", hosts: "1%", cut: "in" }],
    },
  },
  "rapid-80": {
    ...HUNDRED,
    about:
      "1 % of the nodes lose 80 % of what they send, for good: one of 100, from 5 s on, where the paper has 10 of 1,000 from 90 s on",
    look: "disturbed nodes called dead, or calling; live ones: none",
    duration: "40s",
    network: { delay: "5ms", changes: [{ at: "5s", hosts: "1%", up: { loss: 0.8 } }] },
  },
  "rapid-crash10": {
    ...HUNDRED,
    about: "10 nodes of 100 die at once, where the paper has 10 of 1,000: ten times the share",
    look: "detected, max; tables repaired; operations failed",
    duration: "30s",
    network: { delay: "5ms", changes: [{ at: "5s", hosts: "10%", crash: true }] },
  },
  "everybody-alone": {
    source: "skipnet",
    about: "nothing passes between any two of 16 nodes for 20 s: each calls all others dead",
    look: "longest gap: the cut and little more; names not read back and writes lost: none",
    nodes: 16,
    clients: 1,
    workload: "naming",
    rate: 20,
    warmUp: "0s",
    duration: "60s",
    faults: "none",
    transports: "sim:packet-udp",
    network: { delay: "5ms", changes: [{ at: "5s", for: "20s", cut: "both" }] },
  },
  "lifeguard-pause": {
    ...PAUSE,
    about:
      "4 of 32 nodes stand still at the same time, for 128 ms, then 512 ms, 2 s, 8 s and 32 s; the paper has 100 members and a run for each length",
    look: "live nodes called dead: none, however long others stood still; disturbed ones: from 2 s on they are",
    duration: "70s",
    network: {
      delay: "1ms",
      changes: [
        { at: "2s", for: "128ms", hosts: [4, 11, 18, 25], stop: true },
        { at: "5s", for: "512ms", hosts: [4, 11, 18, 25], stop: true },
        { at: "8s", for: "2s", hosts: [4, 11, 18, 25], stop: true },
        { at: "15s", for: "8s", hosts: [4, 11, 18, 25], stop: true },
        { at: "30s", for: "32s", hosts: [4, 11, 18, 25], stop: true },
      ],
    },
  },
  "lifeguard-pause-short": {
    ...PAUSE,
    about: "4 of 32 nodes stand still at the same time for 128 ms, again and again",
    look: "nobody is called dead, disturbed or not",
    duration: "30s",
    network: {
      delay: "1ms",
      changes: [{ at: "2s", for: "128ms", every: "1s", hosts: [4, 11, 18, 25], stop: true }],
    },
  },
};
