import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src/core/random.ts";
import { mercator } from "../../../../src/transport/sim/topology/mercator.ts";
import {
  MERCATOR_MAP,
  type MercatorOptions,
  MercatorPlan,
} from "../../../../src/transport/sim/topology/mercator-plan.ts";
import { distancesFrom, type FoundLink, wayOf } from "./shortest-paths.ts";

/** Counts that a network can have. */
const counts = fc
  .record({
    systems: fc.integer({ min: 1, max: 8 }),
    routers: fc.integer({ min: 8, max: 60 }),
    spareSystemLinks: fc.double({ min: 0, max: 1, noNaN: true }),
    spareLinks: fc.integer({ min: 0, max: 6 }),
    delays: fc.constantFrom("unit" as const, "drawn" as const),
  })
  .map(({ systems, routers, spareSystemLinks, spareLinks, delays }): MercatorOptions => {
    const pairs = (systems * (systems - 1)) / 2;
    const systemLinks = systems - 1 + Math.floor(spareSystemLinks * (pairs - systems + 1));
    const links = routers - systems + systemLinks + spareLinks;
    return { systems, routers, systemLinks, links, delays, linkUs: 1_000 };
  });

/** All links of a plan by number, with routers at their ends. */
function allLinks(plan: MercatorPlan): Map<number, FoundLink> {
  const links = new Map<number, FoundLink>();
  plan.coreLinks.forEach((core, system) => {
    const first = plan.firsts[system] as number;
    for (const { a, b, us, link } of core) links.set(link, { a: first + a, b: first + b, us });
  });
  plan.parents.forEach((parent, router) => {
    if (parent < 0) return;
    const us = plan.parentUs[router] as number;
    links.set(plan.parentLink[router] as number, { a: parent, b: router, us });
  });
  for (const { a, b, atA, atB, us, link } of plan.systemLinks) {
    const [one, other] = [(plan.firsts[a] as number) + atA, (plan.firsts[b] as number) + atB];
    links.set(link, { a: one, b: other, us });
  }
  return links;
}

/** What it throws if the links asked for do not fit into the cores. */
function planOf(seed: string, options: MercatorOptions): MercatorPlan | undefined {
  try {
    return new MercatorPlan(seededRandom(seed), options);
  } catch (error) {
    expect(String(error)).toMatch(/E_OPTIONS: \d+ links are more than/);
    return undefined;
  }
}

describe("Mercator-like network", () => {
  test("has exactly the counts of the map, and large systems for large organisations", () => {
    const plan = new MercatorPlan(seededRandom("1"), MERCATOR_MAP);
    expect(plan.parents.length).toBe(102_639);
    expect(plan.links).toBe(142_303);
    expect(plan.sizes).toHaveLength(2_662);
    expect(plan.systemLinks).toHaveLength(4_851);
    expect(allLinks(plan).size).toBe(142_303);
    const pairs = new Set(
      plan.systemLinks.map(({ a, b }) => Math.min(a, b) * 4_096 + Math.max(a, b)),
    );
    expect(pairs.size).toBe(4_851);
    // The largest of 100 organisations of 2^16 nodes has 19,660.
    expect(plan.sizes[0]).toBeGreaterThan(1_966);
    expect(Math.min(...plan.sizes)).toBeGreaterThan(1);
  });

  test("routers of one system: shortest paths within it; of two: fewest systems, and shortest within each", () => {
    fc.assert(
      fc.property(counts, fc.string(), (options, seed) => {
        const plan = planOf(seed, options);
        if (plan === undefined) return;
        const topology = mercator(seededRandom(seed), options);
        const links = allLinks(plan);
        const systemOf = (router: number): number =>
          plan.firsts.findLastIndex((first) => first <= router);
        const inside = [...links.values()].filter(({ a, b }) => systemOf(a) === systemOf(b));
        const between = plan.systemLinks.map(({ a, b }) => ({ a, b, us: 1 }));
        for (let from = 0; from < options.routers; from += 5) {
          const ways = distancesFrom(from, options.routers, inside);
          const systems = distancesFrom(systemOf(from), options.systems, between);
          const everything = distancesFrom(from, options.routers, links.values());
          for (let to = 0; to < options.routers; to++) {
            const us = topology.distanceUs(from, to);
            expect(topology.distanceUs(to, from)).toBe(us);
            expect(us).toBeLessThanOrEqual(topology.longestUs);
            expect(us).toBeGreaterThanOrEqual(everything[to] as number);
            if (systemOf(from) === systemOf(to)) expect(us).toBe(ways[to]);
            expect(wayOf(topology, links, from, to)).toEqual({
              count: topology.hops(from, to),
              us,
              end: to,
            });
            expect(systemsCrossed(plan, links, topology, from, to)).toBe(systems[systemOf(to)]);
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  test("with unit delays a way takes as many milliseconds as it has links", () => {
    const topology = mercator(seededRandom("1"), {
      ...MERCATOR_MAP,
      routers: 5_000,
      links: 7_000,
      systems: 100,
      systemLinks: 200,
    });
    const random = seededRandom("pairs");
    for (let i = 0; i < 500; i++) {
      const [a, b] = [random.below(5_000), random.below(5_000)];
      expect(topology.distanceUs(a, b)).toBe(1_000 * topology.hops(a, b));
    }
  });

  test("the same seed gives the same network, another seed another", () => {
    const all = (seed: string): number[] => {
      const topology = mercator(seededRandom(seed), {
        ...MERCATOR_MAP,
        routers: 500,
        links: 700,
        systems: 20,
        systemLinks: 40,
        delays: "drawn",
      });
      return Array.from({ length: 500 }, (_, router) => topology.distanceUs(499, router));
    };
    expect(all("1")).toEqual(all("1"));
    expect(all("1")).not.toEqual(all("2"));
  });

  test("counts that no network has are refused", () => {
    const make = (change: Partial<MercatorOptions>) => () =>
      mercator(seededRandom("1"), { ...MERCATOR_MAP, ...change });
    expect(make({ systems: 4_097 })).toThrow("E_LIMIT: 4097 autonomous systems are over 4096");
    expect(make({ routers: 2_000_000 })).toThrow("E_LIMIT: 2000000 routers are over");
    expect(make({ systemLinks: 100_000 })).toThrow("E_LIMIT");
    expect(make({ routers: 2_000 })).toThrow("2662 autonomous systems need as many routers");
    expect(make({ systemLinks: 2_000 })).toThrow(
      "2000 links cannot connect 2662 autonomous systems",
    );
    expect(make({ systems: 10, systemLinks: 60 })).toThrow(
      "10 autonomous systems have no 60 pairs",
    );
    expect(make({ links: 100_000 })).toThrow("100000 links do not connect 102639 routers");
    expect(make({ links: 200_000_000 })).toThrow("200000000 links are more than");
  });
});

function systemsCrossed(
  plan: MercatorPlan,
  links: ReadonlyMap<number, FoundLink>,
  topology: ReturnType<typeof mercator>,
  from: number,
  to: number,
): number {
  const between = new Set(plan.systemLinks.map(({ link }) => link));
  let crossed = 0;
  topology.visitPath(from, to, (link) => {
    expect(links.has(link)).toBe(true);
    if (between.has(link)) crossed++;
  });
  return crossed;
}
