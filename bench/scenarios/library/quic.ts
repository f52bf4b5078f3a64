import type { ScenarioFile } from "../schema.ts";

/** The line of the QUIC interoperability tests: 10 Mbit/s, 15 ms, a queue of 25 packets. */
const LINE = { rate: "10Mbit", queue: "25p" } as const;

/** Requests of 16 KiB, 10 a second: about an eighth of the line each way. */
const TRANSFERS = {
  source: "QUIC interop runner",
  nodes: 2,
  clients: 1,
  workload: "echo",
  valueSize: "16KiB",
  rate: 10,
  warmUp: "0s",
  duration: "30s",
  faults: "none",
} as const satisfies ScenarioFile;

/** The network simulator's scenarios. A loss on `up` is met once a direction. */
export const QUIC: Readonly<Record<string, ScenarioFile>> = {
  "q-p2p": {
    ...TRANSFERS,
    about: "one line, nothing wrong: 10 Mbit/s, 15 ms, a queue of 25 packets; 64 KiB at a time",
    look: "uplink queue full: what the sender loses by its own bursts",
    valueSize: "64KiB",
    rate: 5,
    network: { delay: "15ms", up: LINE, down: LINE },
  },
  "q-longrtt": {
    ...TRANSFERS,
    about:
      "a satellite: 750 ms each way, 10 Mbit/s, a queue of 25 packets; 64 KiB at a time, one in two seconds; nobody announces how far it is",
    look: "latency: 1.5 s is one round trip; uplink queue full",
    valueSize: "64KiB",
    rate: 0.5,
    duration: "60s",
    deadline: "30s",
    network: { delay: "750ms", up: LINE, down: LINE },
  },
  "q-loss": {
    ...TRANSFERS,
    about: "2 % lost each way, at most 3 in a row",
    look: "latency p99; sent again",
    network: { delay: "15ms", up: { ...LINE, loss: 0.02, inARow: 3 }, down: LINE },
  },
  "q-handshakeloss": {
    ...TRANSFERS,
    about:
      "30 % lost each way, at most 3 in a row, from the first packet on: 16 nodes and a client join and meet, instead of 50 connections in series of two hosts",
    look: "start: that all get in, which over TCP they mostly do not in their minute; first contact; live nodes called dead",
    nodes: 16,
    valueSize: "64B",
    rate: 20,
    duration: "20s",
    network: { delay: "15ms", up: { ...LINE, loss: 0.3, inARow: 3 }, down: LINE },
  },
  "q-corrupt": {
    ...TRANSFERS,
    about: "a bit flipped in 30 % of the packets each way, at most 3 in a row; small messages",
    look: "whether anything but silence comes of it: failed, writes doubled",
    workload: "naming",
    valueSize: "64B",
    rate: 20,
    network: { delay: "15ms", up: { ...LINE, corrupt: 0.3, inARow: 3 }, down: LINE },
  },
  "q-corrupt-low": {
    ...TRANSFERS,
    about: "a bit flipped in 2 % of the packets each way, at most 3 in a row",
    look: "sent again: a damaged packet is a lost one",
    network: { delay: "15ms", up: { ...LINE, corrupt: 0.02, inARow: 3 }, down: LINE },
  },
  "q-blackhole": {
    ...TRANSFERS,
    about: "nothing passes for 2 s, again and again, 5 s apart",
    look: "longest gap: 2 s and what the return takes; live nodes called dead",
    network: {
      delay: "15ms",
      up: LINE,
      down: LINE,
      changes: [{ at: "5s", for: "2s", every: "7s", cut: "both" }],
    },
  },
  "q-blackhole-one-way": {
    ...TRANSFERS,
    about: "the same in one direction: a node hears everything, and nobody hears it",
    look: "longest gap; disturbed nodes called dead",
    network: {
      delay: "15ms",
      up: LINE,
      down: LINE,
      changes: [{ at: "5s", for: "2s", every: "7s", hosts: [1], cut: "out" }],
    },
  },
  "q-rebind": {
    ...TRANSFERS,
    about:
      "the client's NAT forgets it: another port after 1 s and every 5 s; what goes to the old one is lost",
    look: "longest gap: the round trips of a proof; failed",
    transports: "sim:packet-udp",
    network: {
      delay: "15ms",
      up: LINE,
      down: LINE,
      changes: [{ at: "1s", every: "5s", hosts: [2], rebind: "port" }],
    },
  },
  "q-rebind-address": {
    ...TRANSFERS,
    about: "another address after 1 s and every 5 s, as when a telephone leaves the house",
    look: "longest gap: the round trips of a proof; failed",
    transports: "sim:packet-udp",
    network: {
      delay: "15ms",
      up: LINE,
      down: LINE,
      changes: [{ at: "1s", every: "5s", hosts: [2], rebind: "address" }],
    },
  },
  "q-amplif": {
    ...TRANSFERS,
    about:
      "packets 2 to 7 to the first node are lost: who asks to enter gets three times what it sent until its address is proven",
    look: "start: that the others get in; nothing waits for ever",
    network: {
      delay: "15ms",
      up: LINE,
      down: LINE,
      hosts: [{ hosts: [0], down: { packets: { from: 2, to: 7 } } }],
    },
  },
};
