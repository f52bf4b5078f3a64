import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chord } from "../../bench/baselines/chord/chord.ts";
import { clockwiseOf, IdRing, idWords } from "../../bench/baselines/id-ring.ts";
import { Pastry } from "../../bench/baselines/pastry/pastry.ts";
import { HERE, type RoutingTables } from "../../bench/baselines/routing-tables.ts";
import { objectKey, StaticOverlay } from "../../bench/baselines/static-overlay.ts";
import { hashName, type NumericId } from "../../src/core/numeric-id.ts";
import { seededRandom } from "../../src/core/random.ts";

const SPACE = 1n << 128n;
const toNumber = (id: NumericId): bigint => BigInt(`0x${id}`);
const toId = (value: bigint): NumericId =>
  (((value % SPACE) + SPACE) % SPACE).toString(16).padStart(32, "0") as NumericId;

const random = () => seededRandom("tables");
const SYSTEMS: readonly [string, (ring: IdRing) => RoutingTables][] = [
  ["Chord", (ring) => new Chord(ring)],
  ["Pastry", (ring) => new Pastry(ring, { random: random() })],
];

/** Who holds a key, from the definition. */
const HOLDERS = {
  Chord: (ids: readonly NumericId[], key: NumericId) =>
    leastBy(ids, (id) => (toNumber(id) - toNumber(key) + SPACE) % SPACE),
  Pastry: (ids: readonly NumericId[], key: NumericId) =>
    leastBy(ids, (id) => {
      const clockwise = (toNumber(id) - toNumber(key) + SPACE) % SPACE;
      // Of two as near the one clockwise of the key.
      return clockwise <= SPACE - clockwise ? 2n * clockwise : 2n * (SPACE - clockwise) + 1n;
    }),
} as const;

function leastBy(ids: readonly NumericId[], of: (id: NumericId) => bigint): number {
  let least = 0;
  ids.forEach((id, i) => {
    if (of(id) < of(ids[least] as NumericId)) least = i;
  });
  return least;
}

/** Nodes that a lookup passes, by the tables alone; the last holds the key. */
function path(tables: RoutingTables, from: number, key: NumericId): number[] {
  const nodes = [from];
  for (;;) {
    const next = tables.next(nodes.at(-1) as number, idWords(key));
    if (next === HERE || nodes.length > 200) return nodes;
    nodes.push(next);
  }
}

/** IDs anywhere, and crowded where words and digits end. */
const idArbitrary = fc
  .oneof(
    fc.bigInt({ min: 0n, max: SPACE - 1n }),
    fc
      .tuple(
        fc.constantFrom(0n, 1n << 32n, 1n << 64n, 1n << 127n, SPACE - 1n),
        fc.integer({ min: -40, max: 40 }),
      )
      .map(([base, offset]) => base + BigInt(offset)),
  )
  .map(toId);

describe.each(SYSTEMS)("%s", (name, make) => {
  test("a lookup from anywhere ends at the node that holds the key", () => {
    const ids = fc.uniqueArray(idArbitrary, { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(ids, idArbitrary, fc.nat(), fc.boolean(), (nodes, other, start, isOwn) => {
        const from = start % nodes.length;
        const key = isOwn ? (nodes[(start >>> 4) % nodes.length] as NumericId) : other;
        const tables = make(new IdRing(nodes));
        const holder = HOLDERS[name as keyof typeof HOLDERS](nodes, key);
        expect(tables.owner(idWords(key))).toBe(holder);
        const passed = path(tables, from, key);
        expect(passed.at(-1)).toBe(holder);
        expect(new Set(passed).size).toBe(passed.length);
      }),
      { numRuns: 300 },
    );
  });

  test("as messages over the simulator: all found at the right node, in the time that the hops take", async () => {
    const names = Array.from({ length: 300 }, (_, i) => `org${i % 7}.host${i}`);
    const overlay = await StaticOverlay.open({
      names,
      seed: "1",
      latency: "constant",
      tables: make,
    });
    const lookups = names.map((owner, from) => ({ from, key: objectKey(`${owner}/object`) }));
    const ends = await overlay.run(lookups);
    ends.forEach((end, i) => {
      const { from, key } = lookups[i] as (typeof lookups)[number];
      expect(end).toMatchObject({ outcome: "found", at: overlay.tables.owner(idWords(key)) });
      expect(end.hops).toBe(path(overlay.tables, from, key).length - 1);
      expect(end.pathUs).toBe(end.hops * 20_000);
    });
    const first = overlay.simulation.eventHash;
    const again = await StaticOverlay.open({ names, seed: "1", latency: "constant", tables: make });
    await again.run(lookups);
    expect(again.simulation.eventHash).toBe(first);
  });

  test("a lookup fails where a node of its path is dead, and only there", async () => {
    const names = Array.from({ length: 200 }, (_, i) => `host${i}`);
    const overlay = await StaticOverlay.open({ names, seed: "1", tables: make });
    const dead = new Set([3, 50, 51, 52, 120, 180]);
    for (const node of dead) overlay.simulation.crash(node);
    const alive = names.map((_, node) => node).filter((node) => !dead.has(node));
    const lookups = alive.map((from) => ({ from, key: hashName(`object ${from}`) }));
    const ends = await overlay.run(lookups);
    const outcomes = new Set<string>();
    ends.forEach(({ outcome, at, hops }, i) => {
      const { from, key } = lookups[i] as (typeof lookups)[number];
      const passed = path(overlay.tables, from, key);
      const broken = passed.findIndex((node) => dead.has(node));
      outcomes.add(outcome);
      expect(outcome).toBe(broken < 0 ? "found" : "unreachable");
      expect([at, hops]).toEqual(
        broken < 0 ? [passed.at(-1), passed.length - 1] : [passed[broken - 1], broken - 1],
      );
    });
    expect(outcomes.size).toBe(2);
  });
});

test("the distance clockwise carries from word to word", () => {
  for (const exponent of [0, 31, 32, 63, 64, 127]) {
    for (const id of [0n, (1n << 64n) - 1n, SPACE - 1n].map(toId)) {
      const expected = toId(toNumber(id) + (1n << BigInt(exponent)));
      expect(clockwiseOf(idWords(id), exponent)).toEqual(idWords(expected));
    }
  }
});

test("a ring has two nodes at least, with different IDs", () => {
  expect(() => new IdRing([toId(1n)])).toThrow(RangeError);
  expect(() => new IdRing([toId(1n), toId(1n)])).toThrow(RangeError);
});

test("table entries of Pastry are near where there is a distance", () => {
  const ids = Array.from({ length: 400 }, (_, i) => hashName(`node ${i}`));
  const ring = new IdRing(ids);
  const distanceUs = (a: number, b: number): number => Math.abs(a - b) + 1;
  const near = new Pastry(ring, { random: random(), distanceUs });
  const any = new Pastry(ring, { random: random() });
  const length = (tables: RoutingTables): number => {
    let sum = 0;
    for (let i = 0; i < 400; i++) {
      const passed = path(tables, i, hashName(`key ${i}`));
      for (let j = 1; j < passed.length; j++) {
        sum += distanceUs(passed[j - 1] as number, passed[j] as number);
      }
    }
    return sum;
  };
  expect(length(near)).toBeLessThan(0.8 * length(any));
});

describe("at 2^16 nodes, as the papers have it", () => {
  const ids = Array.from({ length: 1 << 16 }, (_, i) => hashName(`1/org${i % 1000}.host${i}`));
  const ring = new IdRing(ids);
  const SAMPLES = 4_000;
  const meanOf = (of: (i: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < SAMPLES; i++) sum += of(i);
    return sum / SAMPLES;
  };
  const hops = (tables: RoutingTables) =>
    meanOf((i) => path(tables, i * 16, hashName(`object ${i}`)).length - 1);

  test("Chord: 16.3 distinct fingers a node, ½ log2 N hops", () => {
    const chord = new Chord(ring);
    expect(Math.abs(meanOf((i) => chord.uniqueEntries(i * 16)) - 16.3)).toBeLessThan(0.1);
    expect(Math.abs(hops(chord) / 8 - 1)).toBeLessThan(0.05);
  });

  test("Pastry: 63.2 distinct entries a node, log16 N hops", () => {
    const pastry = new Pastry(ring, { random: random() });
    expect(Math.abs(meanOf((i) => pastry.uniqueEntries(i * 16)) - 63.2)).toBeLessThan(0.3);
    expect(Math.abs(hops(pastry) / 4 - 1)).toBeLessThan(0.1);
  });
});
