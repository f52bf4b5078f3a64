import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUCKETS, bucketOf, EMPTY_DIGEST } from "../../../src/apps/naming/digest.ts";
import { Directory } from "../../../src/apps/naming/directory.ts";
import type { Entry } from "../../../src/apps/naming/entry.ts";
import { NAMING_DEFAULTS } from "../../../src/apps/naming/options.ts";
import { MemoryStore } from "../../../src/apps/naming/store.ts";

const entry: fc.Arbitrary<Entry> = fc.record({
  name: fc.constantFrom("a", "b", "c", "d/", "e"),
  stamp: fc.record({
    ms: fc.integer({ min: 0, max: 3 }),
    counter: fc.integer({ min: 0, max: 2 }),
    writer: fc.integer({ min: 0, max: 1 }),
  }),
  removed: fc.boolean(),
  value: fc.uint8Array({ maxLength: 3 }),
});
const entries = fc.array(entry, { maxLength: 25 });

function merged(...lists: readonly (readonly Entry[])[]): Directory {
  const directory = new Directory(100);
  for (const list of lists) for (const item of list) directory.merge(item);
  return directory;
}

function contents(directory: Directory): Entry[] {
  return [...directory.entries()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

describe("merging", () => {
  test("is commutative, associative and idempotent, and so are digests", () => {
    fc.assert(
      fc.property(entries, entries, entries, (a, b, c) => {
        const one = merged(a, b, c);
        const ab = contents(merged(a, b));
        const others = [
          merged(c, b, a),
          merged(b, a, c, a, b),
          merged(ab, c),
          merged(contents(merged(b, c)), a),
        ];
        for (const other of others) {
          expect(contents(other)).toEqual(contents(one));
          expect(other.digest).toEqual(one.digest);
          expect(other.bucketDigests()).toEqual(one.bucketDigests());
          expect(other.liveCount).toBe(one.liveCount);
          expect(other.bytes).toBe(one.bytes);
        }
        const version = one.version;
        for (const item of contents(one)) expect(one.merge(item)).toBe("same");
        expect(one.version).toBe(version);
      }),
      { numRuns: 500 },
    );
  });

  test("tells what became of an entry", () => {
    const directory = new Directory(1);
    const at = (ms: number, name = "a"): Entry => ({
      name,
      stamp: { ms, counter: 0, writer: 0 },
      removed: false,
      value: new Uint8Array([ms]),
    });
    expect(directory.merge(at(2))).toBe("stored");
    expect(directory.merge(at(2))).toBe("same");
    expect(directory.merge(at(1))).toBe("superseded");
    expect(directory.merge(at(3, "b"))).toBe("full");
    expect(directory.merge(at(3))).toBe("stored");
    expect(directory.get("a")).toEqual(at(3));
  });
});

describe("digests", () => {
  test("differ where directories differ, in the parts that differ", () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const one = merged(a);
        const other = merged(a, b);
        const changed = contents(other).filter((item) => one.get(item.name) !== item);
        const isSame = changed.every((item) =>
          contents(one).some((own) => JSON.stringify(own) === JSON.stringify(item)),
        );
        expect(JSON.stringify(one.digest) === JSON.stringify(other.digest)).toBe(isSame);
        const [x, y] = [one.bucketDigests(), other.bucketDigests()];
        const differing = Array.from({ length: BUCKETS }, (_, i) => i).filter(
          (i) => x[2 * i] !== y[2 * i] || x[2 * i + 1] !== y[2 * i + 1],
        );
        const buckets = changed.map(({ name }) => bucketOf(name));
        for (const bucket of differing) expect(buckets).toContain(bucket);
      }),
      { numRuns: 500 },
    );
  });

  test("of an empty directory are empty, also of one that was emptied", () => {
    fc.assert(
      fc.property(entries, (list) => {
        const tombs = list.map((item) => ({ ...item, removed: true }));
        const directory = merged(tombs);
        directory.purge(Number.POSITIVE_INFINITY);
        expect(directory.digest).toEqual(EMPTY_DIGEST);
        expect([directory.size, directory.bytes, directory.liveCount]).toEqual([0, 0, 0]);
      }),
    );
  });
});

describe("pages", () => {
  test("together are all names that are there, once and in order", () => {
    const many = fc.array(
      fc.record({ name: fc.string({ minLength: 1, maxLength: 4 }), removed: fc.boolean() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 7 }), (list, limit) => {
        const stamp = { ms: 1, counter: 0, writer: 0 };
        const directory = merged(
          list.map((item) => ({ ...item, stamp, value: new Uint8Array(0) })),
        );
        const names: string[] = [];
        for (let more = true; more; ) {
          const page = directory.page(names.at(-1) ?? "", limit);
          expect(page.names.length).toBeLessThanOrEqual(limit);
          names.push(...page.names);
          more = page.more;
        }
        const live = contents(directory).filter(({ removed }) => !removed);
        expect(names).toEqual(live.map(({ name }) => name).sort());
      }),
    );
  });
});

describe("a store", () => {
  const write = (name: string, size: number): Entry => ({
    name,
    stamp: { ms: 1, counter: 0, writer: 0 },
    removed: false,
    value: new Uint8Array(size),
  });

  test("has a limit on directories and on bytes, and knows what it holds", () => {
    const store = new MemoryStore({ ...NAMING_DEFAULTS, directoriesMax: 2, storeBytesMax: 2_000 });
    expect(store.merge("/a", write("x", 500))).toBe("stored");
    expect(store.merge("/b", write("x", 500))).toBe("stored");
    expect(store.merge("/c", write("x", 0))).toBe("full");
    expect(store.merge("/a", write("y", 900))).toBe("full");
    expect([...store.paths()]).toEqual(["/a", "/b"]);
    store.drop("/b");
    expect(store.merge("/a", write("y", 900))).toBe("stored");
    expect(store.bytes).toBe(store.get("/a")?.bytes);
    store.clear();
    expect([store.bytes, store.directoryCount]).toEqual([0, 0]);
  });
});
