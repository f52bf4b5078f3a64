import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src/core/random.ts";
import {
  PLACEMENTS,
  Placement,
  type PlacementName,
} from "../../../../src/transport/sim/topology/placement.ts";
import { TopologyLatency } from "../../../../src/transport/sim/topology/topology-latency.ts";
import { transitStub } from "../../../../src/transport/sim/topology/transit-stub.ts";

const topology = transitStub(seededRandom("placement"));

/** So many hosts of each organisation, in turns. */
function organisations(...sizes: number[]): Int32Array {
  return Int32Array.from(sizes.flatMap((size, organisation) => Array(size).fill(organisation)));
}

const place = (name: PlacementName, hosts: Int32Array, seed = "1"): Placement =>
  new Placement({ name, topology, organisations: hosts, random: seededRandom(seed) });

describe("placement", () => {
  test("uniform: hosts are spread over all routers, whatever their organisation", () => {
    const placement = place("uniform", organisations(20_000));
    const used = new Set(Array.from({ length: 20_000 }, (_, host) => placement.routerOf(host)));
    // 5,050 (1 - exp(-20,000 / 5,050)) = 4,954 expected.
    expect(used.size).toBeGreaterThan(4_900);
    expect(placement.homeOf(0)).toBeUndefined();
  });

  for (const name of ["clustered", "zipf-clustered"] as const) {
    test(`${name}: each organisation within one domain of at least a tenth as many routers`, () => {
      const sizes = [4_000, 900, 100, 40, 1];
      const hosts = organisations(...sizes);
      for (const seed of ["1", "2", "3", "4", "5"]) {
        const placement = place(name, hosts, seed);
        expect(placement.crowded).toBe(0);
        const strays = hosts.filter((organisation, host) => {
          const home = placement.homeOf(organisation);
          const at = placement.routerOf(host) - (home?.first ?? Number.NaN);
          return !(at >= 0 && at < (home?.size ?? 0));
        });
        expect(strays.length).toBe(0);
        sizes.forEach((size, organisation) => {
          expect(placement.homeOf(organisation)?.size).toBeGreaterThanOrEqual(size / 10);
        });
      }
    });
  }

  test("an organisation too large for any domain gets the largest, and is counted", () => {
    const placement = place("clustered", organisations(6_000, 10));
    expect(placement.homeOf(0)?.size).toBe(505);
    expect(placement.crowded).toBe(1);
  });

  test("clustered: any router of the home is as likely as another", () => {
    const placement = place("clustered", organisations(5_000));
    const home = placement.homeOf(0);
    const counts = new Map<number, number>();
    for (let host = 0; host < 5_000; host++) {
      const router = placement.routerOf(host);
      counts.set(router, (counts.get(router) ?? 0) + 1);
    }
    expect(counts.size).toBe(home?.size);
    expect(Math.max(...counts.values())).toBeLessThan(4 * (5_000 / (home?.size ?? 0)));
  });

  test("zipf-clustered: the share at each distance from the root falls by the power 1.25", () => {
    const hosts = 5_000;
    const placement = place("zipf-clustered", organisations(hosts));
    const counts = new Map<number, number>();
    for (let host = 0; host < hosts; host++) {
      const router = placement.routerOf(host);
      counts.set(router, (counts.get(router) ?? 0) + 1);
    }
    // Nobody shares distance 0 with the root: it holds the most.
    const [root = 0] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
    const byHops: number[] = [];
    for (const [router, count] of counts) {
      const hops = topology.hops(root, router);
      byHops[hops] = (byHops[hops] ?? 0) + count;
    }
    const total = byHops.reduce((sum, _, hops) => sum + (hops + 1) ** -1.25, 0);
    byHops.forEach((count, hops) => {
      const expected = ((hops + 1) ** -1.25 / total) * hosts;
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
  });

  test("hosts that nobody planned for: the same place, whoever asks first", () => {
    const [one, other] = [0, 1].map(() => place("clustered", organisations(10, 10)));
    one?.routerOf(500);
    for (const host of [20, 300, 500]) {
      expect(other?.routerOf(host)).toBe(one?.routerOf(host));
    }
  });

  test("a host that comes back under another number is where it was", () => {
    const placement = place("clustered", organisations(10));
    const before = placement.routerOf(3);
    placement.continues(40, 3);
    expect(placement.routerOf(40)).toBe(before);
    expect(placement.routerOf(3)).toBe(before);
  });

  test("the same seed gives the same places", () => {
    for (const name of PLACEMENTS) {
      const hosts = organisations(50, 20, 5);
      const all = (seed: string): number[] => {
        const placement = place(name, hosts, seed);
        return Array.from(hosts, (_, host) => placement.routerOf(host));
      };
      expect(all("1")).toEqual(all("1"));
      expect(all("1")).not.toEqual(all("2"));
    }
  });

  test("a network without domains has nowhere to cluster in", () => {
    const flat = { ...topology, name: "flat", domains: [{ first: 0, size: 10 }] };
    const parts = { topology: flat, organisations: organisations(5), random: seededRandom("1") };
    expect(() => new Placement({ ...parts, name: "clustered" })).toThrow(
      "E_OPTIONS: placement clustered needs a network with domains; flat has none",
    );
  });
});

describe("delays over a network", () => {
  const placement = place("clustered", organisations(50, 50));

  test("access links and the way between the routers", () => {
    const model = new TopologyLatency(topology, placement, 1_500);
    for (let a = 0; a < 100; a += 7) {
      for (let b = 0; b < 100; b += 3) {
        const [at, to] = [placement.routerOf(a), placement.routerOf(b)];
        expect(model.delayUs(a, b)).toBe(topology.distanceUs(at, to) + 3_000);
        expect(model.expectedUs(a, b)).toBe(model.delayUs(a, b));
        expect(model.hops(a, b)).toBe(topology.hops(at, to) + 2);
        expect(2 * model.delayUs(a, b)).toBeLessThanOrEqual(model.rttMaxUs);
        let links = 0;
        model.visitPath(a, b, () => links++);
        expect(links).toBe(model.hops(a, b));
      }
    }
  });

  test("without access delay two hosts of one router are a microsecond apart", () => {
    const model = new TopologyLatency(topology, place("clustered", organisations(200)), 0);
    const near = model.placement.routerOf(0);
    const mate = Array.from({ length: 200 }, (_, host) => host).find(
      (host) => host > 0 && model.placement.routerOf(host) === near,
    );
    expect(mate).toBeDefined();
    expect(model.delayUs(0, mate ?? 0)).toBe(1);
    expect(model.hops(0, mate ?? 0)).toBe(0);
  });
});
