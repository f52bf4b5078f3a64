import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src/core/random.ts";
import { type AreaLink, AreaPaths } from "../../../../src/transport/sim/topology/area-paths.ts";
import {
  connectedGraph,
  preferentialGraph,
} from "../../../../src/transport/sim/topology/random-graph.ts";
import { distancesFrom } from "./shortest-paths.ts";

const areas = fc.array(
  fc.record({
    nodes: fc.integer({ min: 1, max: 14 }),
    chance: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 5 },
);

describe("paths inside areas", () => {
  test("are shortest, over links that exist, with the fewest of them, in every area", () => {
    fc.assert(
      fc.property(areas, fc.string(), fc.constantFrom(1, 3, 50_000), (shapes, seed, longest) => {
        const random = seededRandom(seed);
        let number = 0;
        const links = shapes.map(({ nodes, chance }) =>
          connectedGraph(nodes, chance, random).map(
            ([a, b]): AreaLink => ({ a, b, us: 1 + random.below(longest), link: number++ }),
          ),
        );
        const paths = new AreaPaths(
          Int32Array.from(shapes, ({ nodes }) => nodes),
          links,
        );
        for (const [area, { nodes }] of shapes.entries()) {
          checkArea(paths, area, nodes, links[area] ?? []);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("an area that is not connected is refused", () => {
    expect(() => new AreaPaths(Int32Array.of(2), [[]])).toThrow(
      "area 0 of the network is not connected",
    );
  });

  test("a way of over 255 links is refused", () => {
    const chain = Array.from({ length: 300 }, (_, i) => ({ a: i, b: i + 1, us: 1, link: i }));
    expect(() => new AreaPaths(Int32Array.of(301), [chain])).toThrow("E_LIMIT");
  });
});

function checkArea(
  paths: AreaPaths,
  area: number,
  nodes: number,
  links: readonly AreaLink[],
): void {
  let longest = 0;
  for (let a = 0; a < nodes; a++) {
    const us = distancesFrom(a, nodes, links);
    // The fewest links among ways of the shortest length: a link costs a little more than its time.
    const withLinks = distancesFrom(
      a,
      nodes,
      links.map((link) => ({ ...link, us: link.us + 1e-4 })),
    );
    for (let b = 0; b < nodes; b++) {
      longest = Math.max(longest, us[b] as number);
      expect(paths.us(area, a, b)).toBe(us[b]);
      const hops = Math.round(((withLinks[b] as number) - (us[b] as number)) * 1e4);
      expect(paths.hops(area, a, b)).toBe(hops);
      let here = a;
      let crossed = 0;
      paths.visit(area, a, b, (number) => {
        const link = links.find((each) => each.link === number);
        expect([link?.a, link?.b]).toContain(here);
        here = link?.a === here ? link.b : (link?.a ?? Number.NaN);
        crossed++;
      });
      expect([here, crossed]).toEqual([b, hops]);
    }
  }
  expect(paths.longestUs(area)).toBe(longest);
}

describe("random graphs", () => {
  const isConnected = (nodes: number, edges: readonly (readonly [number, number])[]): boolean => {
    const links = edges.map(([a, b]) => ({ a, b, us: 1 }));
    return nodes === 0 || distancesFrom(0, nodes, links).every(Number.isFinite);
  };

  test("connectedGraph: connected, no pair twice, as many links as the probability says", () => {
    let links = 0;
    for (let seed = 0; seed < 200; seed++) {
      const edges = connectedGraph(10, 0.42, seededRandom(`${seed}`));
      expect(isConnected(10, edges)).toBe(true);
      expect(new Set(edges.map(([a, b]) => a * 10 + b)).size).toBe(edges.length);
      links += edges.length;
    }
    expect(links / 200 / 45).toBeGreaterThan(0.4);
    expect(links / 200 / 45).toBeLessThan(0.44);
  });

  test("preferentialGraph: connected, no pair twice, exactly as many links as asked for", () => {
    const nodesAndLinks = fc.integer({ min: 1, max: 12 }).chain((nodes) =>
      fc.record({
        nodes: fc.constant(nodes),
        links: fc.integer({ min: nodes - 1, max: (nodes * (nodes - 1)) / 2 }),
      }),
    );
    fc.assert(
      fc.property(nodesAndLinks, fc.string(), ({ nodes, links }, seed) => {
        const edges = preferentialGraph(nodes, links, seededRandom(seed));
        expect(edges).toHaveLength(links);
        expect(isConnected(nodes, edges)).toBe(true);
        const pairs = edges.map(([a, b]) => Math.min(a, b) * nodes + Math.max(a, b));
        expect(new Set(pairs).size).toBe(links);
      }),
      { numRuns: 300 },
    );
  });
});
