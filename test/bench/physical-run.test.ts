import { describe, expect, test } from "vitest";
import {
  PLACED_SYSTEMS,
  type PlacedFigures,
  type PlacedSystem,
  runPlaced,
} from "../../bench/papers/physical-run.ts";

const SYSTEMS = Object.keys(PLACED_SYSTEMS) as PlacedSystem[];

const run = (system: PlacedSystem, locality?: number): Promise<PlacedFigures> =>
  runPlaced({
    nodes: 256,
    seed: "1",
    system,
    network: "transit-stub:transitDomains=4,transitRouters=3,stubs=3,stubRouters=5",
    organisations: 20,
    locality,
  });

describe("lookups of nodes on routers", () => {
  for (const system of SYSTEMS) {
    test(`${system}: routes are longer than the direct way, and the same for the same seed`, async () => {
      const figures = await run(system);
      expect(figures.rdp).toBeGreaterThan(1);
      expect(figures.rdpOfSums).toBeGreaterThan(1);
      expect(await run(system)).toEqual(figures);
    });
  }

  test("who prefers near nodes has shorter routes", async () => {
    const lengths = new Map<PlacedSystem, number>();
    for (const system of SYSTEMS) lengths.set(system, (await run(system)).routeMs);
    const of = (system: PlacedSystem): number => lengths.get(system) ?? Number.NaN;
    expect(of("SkipNet full")).toBeLessThan(0.8 * of("SkipNet basic"));
    expect(of("Pastry")).toBeLessThan(0.8 * of("Chord"));
  });

  test("local lookups make SkipNet's routes shorter, and those by hash not", async () => {
    for (const system of SYSTEMS) {
      const [none, all] = [await run(system, 0), await run(system, 1)];
      const isByName = PLACED_SYSTEMS[system] !== undefined;
      if (isByName) expect(all.routeMs).toBeLessThan(none.routeMs / 2);
      else expect(Math.abs(all.routeMs / none.routeMs - 1)).toBeLessThan(0.15);
    }
  });
});
