import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src/core/random.ts";
import { countedLatency, LinkStress } from "../../../../src/transport/sim/topology/link-stress.ts";
import { Placement } from "../../../../src/transport/sim/topology/placement.ts";
import { TopologyLatency } from "../../../../src/transport/sim/topology/topology-latency.ts";
import {
  SCRIBE_NETWORK,
  transitStub,
} from "../../../../src/transport/sim/topology/transit-stub.ts";

const HOSTS = 200;
const topology = transitStub(seededRandom("1"), { ...SCRIBE_NETWORK, stubs: 2 });
const organisations = new Int32Array(HOSTS);
const random = seededRandom("1");
const placement = new Placement({ name: "uniform", topology, organisations, random });
const model = new TopologyLatency(topology, placement);

describe("link stress", () => {
  test("what crosses the links sums up to the lengths of all ways", () => {
    const stress = new LinkStress(model, HOSTS);
    const counts = new Map<number, number>();
    let lengths = 0;
    for (let i = 0; i < 1_000; i++) {
      const [from, to] = [random.below(HOSTS), random.below(HOSTS)];
      if (from === to) continue;
      stress.message(from, to);
      lengths += model.hops(from, to);
      model.visitPath(from, to, (link) => counts.set(link, (counts.get(link) ?? 0) + 1));
    }
    const figures = stress.take();
    expect(figures.crossings).toBe(lengths);
    expect(figures.linksUsed).toBe(counts.size);
    expect(figures.max).toBe(Math.max(...counts.values()));
    expect(figures.mean).toBeCloseTo(lengths / counts.size);
    expect(figures.p50).toBeLessThanOrEqual(figures.p99);
    expect(stress.take()).toMatchObject({
      crossings: 0,
      messages: 0,
      linksUsed: 0,
      mean: 0,
      max: 0,
    });
  });

  test("hosts that came later have links too, and a message to itself crosses none", () => {
    const stress = new LinkStress(model, 1);
    stress.message(0, 150);
    stress.message(5, 5);
    expect(stress.take()).toMatchObject({ messages: 1, crossings: model.hops(0, 150) });
  });

  test("packets are counted as their delay is asked for, not when it is only expected", () => {
    const stress = new LinkStress(model, HOSTS);
    const counted = countedLatency(model, stress);
    expect(counted.expectedUs(1, 2)).toBe(model.delayUs(1, 2));
    expect(counted.delayUs(1, 2)).toBe(model.delayUs(1, 2));
    expect(stress.take().messages).toBe(1);
  });
});
