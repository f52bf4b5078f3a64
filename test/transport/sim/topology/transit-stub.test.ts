import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src/core/random.ts";
import type { Topology } from "../../../../src/transport/sim/topology/topology.ts";
import {
  SCRIBE_NETWORK,
  transitStub,
} from "../../../../src/transport/sim/topology/transit-stub.ts";
import { distancesFrom, type FoundLink, linksOf, wayOf } from "./shortest-paths.ts";

const shape = fc.record({
  transitDomains: fc.integer({ min: 1, max: 4 }),
  transitRouters: fc.integer({ min: 1, max: 3 }),
  stubs: fc.integer({ min: 0, max: 3 }),
  stubRouters: fc.integer({ min: 1, max: 4 }),
  meanUs: fc.integer({ min: 1, max: 100_000 }),
});

const small = (seed: string): Topology =>
  transitStub(seededRandom(seed), {
    transitDomains: 3,
    transitRouters: 3,
    stubs: 2,
    stubRouters: 4,
    meanUs: 40_700,
  });

describe("transit-stub network", () => {
  test("Scribe's network has 5,050 routers, 500 stub domains, and 9,700 to 10,400 links", () => {
    const topology = transitStub(seededRandom("1"));
    expect(topology.routers).toBe(5_050);
    expect(topology.domains.filter(({ size }) => size === 10)).toHaveLength(500);
    expect(topology.domains.filter(({ size }) => size === 101)).toHaveLength(50);
    expect(topology.domains.filter(({ size }) => size === 505)).toHaveLength(10);
    // A tree of every stub domain, and 0.42 of its 45 pairs; 500 gates; some hundred links of the core.
    expect(topology.links).toBeGreaterThan(9_700);
    expect(topology.links).toBeLessThan(10_400);
  });

  test("links of the core take 40.7 ms on average, those of stub domains an eighth of that", () => {
    const topology = transitStub(seededRandom("1"), { ...SCRIBE_NETWORK, stubs: 2 });
    const found = linksOf(topology);
    // A long link is never used where a way around it is shorter.
    expect(found.size).toBeGreaterThan(0.75 * topology.links);
    const meanOf = (links: readonly FoundLink[]): number =>
      links.reduce((sum, { us }) => sum + us, 0) / links.length;
    const isTransit = (router: number): boolean => router % 21 === 0;
    const all = [...found.values()];
    const core = meanOf(all.filter(({ a, b }) => isTransit(a) && isTransit(b)));
    const stub = meanOf(all.filter(({ a, b }) => !isTransit(a) && !isTransit(b)));
    expect(core).toBeGreaterThan(0.8 * 40_700);
    expect(core).toBeLessThan(1.02 * 40_700);
    expect(stub).toBeGreaterThan(3_500);
    expect(stub).toBeLessThan(7_000);
  });

  test("every distance is that of a shortest path over the links", () => {
    fc.assert(
      fc.property(shape, fc.string(), (options, seed) => {
        const topology = transitStub(seededRandom(seed), options);
        const links = linksOf(topology);
        const all = Array.from({ length: topology.routers }, (_, router) => router);
        for (const a of all) {
          const shortest = distancesFrom(a, topology.routers, links.values());
          const there = all.map((b) => topology.distanceUs(a, b));
          expect(there).toEqual([...shortest]);
          expect(all.map((b) => topology.distanceUs(b, a))).toEqual(there);
          expect(Math.max(...there)).toBeLessThanOrEqual(topology.longestUs);
        }
      }),
      { numRuns: 12 },
    );
  });

  test("a visited path leads from end to end and adds up to distance and hops", () => {
    fc.assert(
      fc.property(shape, fc.string(), (options, seed) => {
        const topology = transitStub(seededRandom(seed), options);
        const links = linksOf(topology);
        for (let a = 0; a < topology.routers; a++) {
          for (let b = 0; b < topology.routers; b++) {
            expect(wayOf(topology, links, a, b)).toEqual({
              count: topology.hops(a, b),
              us: topology.distanceUs(a, b),
              end: b,
            });
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  test("the triangle inequality holds", () => {
    const topology = transitStub(seededRandom("triangle"));
    const random = seededRandom("triples");
    for (let i = 0; i < 3_000; i++) {
      const [a, b, c] = [0, 0, 0].map(() => random.below(topology.routers)) as [
        number,
        number,
        number,
      ];
      const around = topology.distanceUs(a, b) + topology.distanceUs(b, c);
      expect(topology.distanceUs(a, c)).toBeLessThanOrEqual(around);
    }
  });

  test("the same seed gives the same network, another seed another", () => {
    const all = (topology: Topology): number[] =>
      Array.from({ length: topology.routers }, (_, router) => topology.distanceUs(0, router));
    expect(all(small("1"))).toEqual(all(small("1")));
    expect(all(small("1"))).not.toEqual(all(small("2")));
  });

  test("too large a network is refused before it is made", () => {
    expect(() => transitStub(seededRandom("1"), { ...SCRIBE_NETWORK, stubs: 100_000 })).toThrow(
      "E_LIMIT: a transit-stub network of 50000050 routers; 1048576 are the most",
    );
    expect(() =>
      transitStub(seededRandom("1"), { ...SCRIBE_NETWORK, transitRouters: 1_000, stubs: 1 }),
    ).toThrow("E_LIMIT: a transit-stub network of 10000 transit routers; 4096 are the most");
    expect(() => transitStub(seededRandom("1"), { ...SCRIBE_NETWORK, stubRouters: 1_000 })).toThrow(
      "E_LIMIT: the domains of this network have over 16777216 pairs",
    );
  });
});
