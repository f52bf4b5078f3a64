import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NamedFile } from "../../bench/load/names.ts";
import type { NamingClient, NamingRead } from "../../bench/load/naming-client.ts";
import { NAMING_MIX, NamingWorkload } from "../../bench/load/naming-workload.ts";
import type { OperationEnd } from "../../bench/load/operation.ts";
import { readBack } from "../../bench/load/read-back.ts";
import { readWriteId, VALUE_BYTES_MIN, writeValue } from "../../bench/load/value.ts";
import { judge, WriteLog } from "../../bench/load/write-log.ts";
import { seededRandom } from "../../src/core/random.ts";
import { virtualWorld } from "./virtual-world.ts";

const DONE = { outcome: "done" } as const;
const UNCERTAIN = { outcome: "uncertain", code: "E_DEADLINE" } as const;

const FILES: readonly NamedFile[] = Array.from({ length: 120 }, (_, i) => ({
  path: `/d${i % 7}/f${i}`,
  sizeBytes: i,
  sha256: new Uint8Array(32).fill(i),
}));

/** A naming service that keeps its promises, over a map. */
class Truthful implements NamingClient {
  readonly values = new Map<string, Uint8Array>();
  async put(path: string, value: Uint8Array): Promise<OperationEnd> {
    this.values.set(path, value);
    return DONE;
  }
  async get(path: string): Promise<NamingRead<Uint8Array>> {
    return { end: DONE, value: this.values.get(path) };
  }
  async list(path: string) {
    const names = [...this.values.keys()].filter((key) => key.startsWith(`${path}/`));
    return { end: DONE, value: names.map((key) => key.slice(path.length + 1)) };
  }
  async remove(path: string) {
    this.values.delete(path);
    return DONE;
  }
}

async function runOperations(naming: NamingClient, count: number): Promise<NamingWorkload> {
  const workload = new NamingWorkload({
    naming,
    files: FILES,
    random: seededRandom("oracle"),
    valueSizeBytes: 64,
    client: 0,
    clients: 1,
  });
  await workload.preload(1e6);
  for (let i = 0; i < count; i++) await workload.next().run(1e6);
  return workload;
}

async function check(naming: NamingClient, workload: NamingWorkload) {
  const { world, run } = virtualWorld();
  const expectations = workload.expectations();
  return run(readBack({ world, naming, expectations, deadlineMs: 1_000, budgetMs: 10_000 }));
}

describe("reading back what was acknowledged", () => {
  test("finds nothing wrong with a service that keeps its promises", async () => {
    const naming = new Truthful();
    const report = await check(naming, await runOperations(naming, 500));
    expect(report).toMatchObject({ lost: 0, doubled: 0, unread: 0 });
    expect(report.names).toBeGreaterThan(50);
  });

  test("finds a value that is gone, an older value, and an entry that is not listed", async () => {
    const naming = new Truthful();
    const workload = await runOperations(naming, 500);
    const [gone, stale, hidden] = [...naming.values.keys()] as [string, string, string];
    naming.values.delete(gone);
    const file = FILES.find(({ path }) => path === stale) as NamedFile;
    naming.values.set(stale, writeValue(file, { writer: 0, sequence: -0 }, 64));
    const list = naming.list.bind(naming);
    naming.list = async (path) => {
      const page = await list(path);
      return { ...page, value: page.value.filter((name) => `${path}/${name}` !== hidden) };
    };
    expect(await check(naming, workload)).toMatchObject({ lost: 3, doubled: 0 });
  });

  test("finds a removed value that has come back, and an entry that is listed twice", async () => {
    const naming = new Truthful();
    const workload = await runOperations(naming, 800);
    const removed = workload.expectations().find((e) => e.acknowledged?.kind === "remove");
    const file = FILES.find(({ path }) => path === removed?.path) as NamedFile;
    naming.values.set(file.path, writeValue(file, { writer: 0, sequence: 0 }, 64));
    const list = naming.list.bind(naming);
    let twice = false;
    naming.list = async (path) => {
      const page = await list(path);
      if (twice) return page;
      twice = true;
      return { ...page, value: [...page.value, page.value[0] as string] };
    };
    expect(await check(naming, workload)).toMatchObject({ doubled: 2 });
  });

  test("does not blame a write that was never acknowledged", async () => {
    const naming = new Truthful();
    let n = 0;
    const put = naming.put.bind(naming);
    naming.put = async (path, value) => {
      if (n++ % 2 === 0) await put(path, value);
      return UNCERTAIN;
    };
    expect(await check(naming, await runOperations(naming, 300))).toMatchObject({
      lost: 0,
      doubled: 0,
    });
  });

  test("counts what nobody answers as unread", async () => {
    const naming = new Truthful();
    const workload = await runOperations(naming, 100);
    naming.get = async () => ({ end: UNCERTAIN, value: undefined });
    const report = await check(naming, workload);
    expect(report.unread).toBe(report.names);
  });

  test("accepts exactly the writes that may have the highest stamp", () => {
    const outcomes = fc.constantFrom("done", "failed", "uncertain" as const);
    const kinds = fc.constantFrom("put", "remove" as const);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kinds, outcomes), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (writes, reversed) => {
          const log = new WriteLog(0);
          const ids = writes.map(([kind]) => log.begin("/x", kind).sequence);
          // Operations overlap: they may end in another order than they began.
          for (const i of reversed ? [...ids].reverse() : ids) {
            log.end("/x", i, (writes[i] as (typeof writes)[number])[1]);
          }
          const [expected] = log.expectations();
          const lastDone = writes.findLastIndex(([, outcome]) => outcome === "done");
          writes.forEach(([kind, outcome], i) => {
            const reading =
              kind === "put"
                ? ({ found: "value", id: { writer: 0, sequence: i } } as const)
                : ({ found: "nothing" } as const);
            const mayWin = i >= lastDone && outcome !== "failed";
            if (mayWin) expect(judge(expected as never, reading)).toBe("fine");
            else if (kind === "put") expect(judge(expected as never, reading)).not.toBe("fine");
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the naming workload", () => {
  test("keeps to its mix", async () => {
    const naming = new Truthful();
    const workload = await runOperations(naming, 0);
    const counts = { get: 0, put: 0, list: 0, remove: 0 };
    for (let i = 0; i < 10_000; i++) counts[workload.next().kind as keyof typeof counts]++;
    for (const [kind, share] of Object.entries(NAMING_MIX)) {
      const expected = share * 100;
      expect(Math.abs(counts[kind as keyof typeof counts] - expected)).toBeLessThan(
        5 * Math.sqrt(expected),
      );
    }
  });

  test("gives each client names of its own to write", async () => {
    const naming = new Truthful();
    const paths = await Promise.all(
      [0, 1, 2].map(async (client) => {
        const workload = new NamingWorkload({
          naming,
          files: FILES,
          random: seededRandom(`client${client}`),
          valueSizeBytes: 64,
          client,
          clients: 3,
        });
        for (let i = 0; i < 300; i++) await workload.next().run(1e6);
        return workload.expectations().map(({ path }) => path);
      }),
    );
    const all = paths.flat();
    expect(new Set(all).size).toBe(all.length);
  });

  test("writes values that name their write", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(), fc.nat(2_000), (writer, sequence, size) => {
        const value = writeValue(FILES[3] as NamedFile, { writer, sequence }, size);
        expect(value.length).toBe(Math.max(size, VALUE_BYTES_MIN));
        expect(readWriteId(value)).toEqual({ writer, sequence });
      }),
    );
    expect(readWriteId(new Uint8Array(3))).toBeUndefined();
  });
});
