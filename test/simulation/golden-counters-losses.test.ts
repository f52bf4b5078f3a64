import { test } from "vitest";
import { expectGolden, type GoldenRun } from "./golden-counters.ts";

const UDP = "sim:packet-udp";

/** What takes packets away. */
test.each<GoldenRun>([
  { scenario: "wan-50ms-5", transport: UDP, duration: "5s" },
  { scenario: "wan-50ms-5", transport: "sim:packet-tcp", duration: "5s" },
  { scenario: "ge-burst", transport: UDP, duration: "10s" },
  { scenario: "q-blackhole", transport: UDP, duration: "8s" },
  { scenario: "q-blackhole-one-way", transport: UDP, duration: "8s" },
])("$scenario over $transport has exactly these counters", (run) => expectGolden(run));
