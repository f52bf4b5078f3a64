import type { ScenarioFile } from "../schema.ts";

/** Scenarios without link conditions: live columns show them. What one leaves out is as in `default`. */
export const EVERYDAY: Readonly<Record<string, ScenarioFile>> = {
  default: {
    about: "16 nodes, naming operations, one node killed and one stopped in mid-run",
    look: "time to detect, time to repair, longest gap",
  },
  calm: {
    about: "the default load, and nothing fails",
    faults: "none",
    look: "latency, bytes an operation",
  },
  small: {
    about: "4 nodes for 3 seconds: whether everything works here",
    nodes: 4,
    clients: 1,
    warmUp: "1s",
    duration: "3s",
    rate: 20,
  },
  routing: {
    about: "routes to random nodes instead of naming operations",
    workload: "routing",
    look: "hops",
  },
  echo: {
    about: "requests of 1 KiB straight to random nodes and back: the transports alone",
    workload: "echo",
    valueSize: "1KiB",
    rate: 200,
  },
  wide: {
    about: "the simulated columns between cloud regions, by their measured round-trip times",
    transports: "sim,sim:tcp,sim:udp",
    simNetwork: "regions",
    nodes: 64,
  },
};
