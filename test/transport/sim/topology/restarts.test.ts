import { expect, test } from "vitest";
import type { Address } from "../../../../src/core/address.ts";
import { seededRandom } from "../../../../src/core/random.ts";
import { Placement } from "../../../../src/transport/sim/topology/placement.ts";
import { TopologyLatency } from "../../../../src/transport/sim/topology/topology-latency.ts";
import { transitStub } from "../../../../src/transport/sim/topology/transit-stub.ts";
import { Host, net } from "../support.ts";

test("a process that begins anew at its address is where it was, whatever its host's number", () => {
  const topology = transitStub(seededRandom("1"));
  const hosts = 10;
  const placement = new Placement({
    name: "uniform",
    topology,
    organisations: new Int32Array(hosts),
    random: seededRandom("1"),
  });
  const latency = new TopologyLatency(topology, placement);
  const scene = net(hosts, { latency });
  for (const number of [3, 7]) {
    const before = latency.delayUs(number, 0);
    scene.simulation.crash(number);
    const again = new Host(scene.simulation, `sim://${number}` as Address);
    expect(again.port).toBeGreaterThanOrEqual(hosts);
    expect(placement.routerOf(again.port)).toBe(placement.routerOf(number));
    expect(latency.delayUs(again.port, 0)).toBe(before);
  }
  expect(placement.routerOf(3)).not.toBe(placement.routerOf(7));
});
