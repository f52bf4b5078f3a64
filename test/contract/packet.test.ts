import { afterAll, describe, expect, test } from "vitest";
import { transportContract } from "../../src/testing.ts";
import { packetHarness } from "./packet-harness.ts";
import { TCP_DEVIATIONS } from "./tcp-deviations.ts";

for (const [transport, deviations] of [
  ["packet-udp:lan", undefined],
  ["packet-udp:wan", undefined],
  ["packet-tcp", TCP_DEVIATIONS],
  ["packet-tcp:os,congestion=newreno", undefined],
] as const) {
  transportContract({ describe, test, expect, afterAll }, packetHarness(transport, deviations));
}
