import { afterAll, describe, expect, test } from "vitest";
import { transportContract } from "../../src/testing.ts";
import { packetHarness } from "./packet-harness.ts";

for (const transport of [
  "packet-udp:lan",
  "packet-udp:wan",
  "packet-tcp",
  "packet-tcp:os,congestion=newreno",
]) {
  transportContract({ describe, test, expect, afterAll }, packetHarness(transport));
}
