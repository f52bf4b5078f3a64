import { test } from "vitest";
import { expectGolden, type GoldenRun } from "./golden-counters.ts";

const UDP = "sim:packet-udp";

/** What delays, disorders or damages packets, and what links do to each other's. */
test.each<GoldenRun>([
  { scenario: "q-p2p", transport: UDP, duration: "5s" },
  { scenario: "q-p2p", transport: "sim:packet-tcp", duration: "3s" },
  { scenario: "kcp-test", transport: UDP, duration: "5s" },
  { scenario: "gns-reorder", transport: UDP, duration: "5s" },
  { scenario: "q-corrupt-low", transport: UDP, duration: "5s" },
])("$scenario over $transport has exactly these counters", (run) => expectGolden(run));
