import { describe, expect, test } from "vitest";
import { Write } from "../../../src/apps/naming/messages.ts";
import type { PutResult } from "../../../src/apps/naming/results.ts";
import type { ListOptions } from "../../../src/apps/naming/service.ts";
import { hashName } from "../../../src/core/numeric-id.ts";
import { FakeCluster, GENTLE } from "../support/fake-cluster.ts";
import { MEMBER } from "../support/fake-overlay.ts";
import { EPOCH_MS } from "../support/kernel.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const limits = { deadlineUs: 5_000_000 };

/** Operations through any node of a cluster, in virtual time. */
async function started(nodes: number, parts: ConstructorParameters<typeof FakeCluster>[1] = {}) {
  const cluster = new FakeCluster(expect.getState().currentTestName ?? "", parts);
  await cluster.start(nodes);
  const { kernel } = cluster;
  const on = (i: number) => cluster.node(i).naming;
  return {
    cluster,
    kernel,
    put: (i: number, path: string, value = "1", options: object = {}) =>
      kernel.until(on(i).put(MEMBER, path, bytes(value), { ...limits, ...options })),
    get: (i: number, path: string) => kernel.until(on(i).get(MEMBER, path, limits)),
    list: (i: number, path: string, options: Partial<ListOptions> = {}) =>
      kernel.until(on(i).list(MEMBER, path, { ...limits, ...options })),
    remove: (i: number, path: string, options: object = {}) =>
      kernel.until(on(i).remove(MEMBER, path, { ...limits, ...options })),
  };
}

describe("names and values", () => {
  test("what one node puts, every node gets and lists, from three copies", async () => {
    const { cluster, put, get, list } = await started(6);
    expect(await put(0, "/a/b/c")).toMatchObject({ outcome: "done", tries: 1 });
    for (const i of cluster.nodes.keys()) {
      expect(await get(i, "/a/b/c")).toMatchObject({ outcome: "done", value: bytes("1") });
      expect(await list(i, "/")).toMatchObject({ names: ["a/"], next: undefined });
      expect(await list(i, "/a")).toMatchObject({ names: ["b/"] });
      expect(await list(i, "/a/b/")).toMatchObject({ names: ["c"] });
    }
    expect(cluster.copies("/a/b", "c")).toHaveLength(3);
    expect(await get(1, "/a/b/d")).toMatchObject({ outcome: "notDone", code: "E_NOT_FOUND" });
    expect(await get(1, "/a/b")).toMatchObject({ outcome: "notDone", code: "E_NOT_FOUND" });
    expect(await list(1, "/none")).toMatchObject({ outcome: "notDone", code: "E_NOT_FOUND" });
    expect(await list(1, "/")).toMatchObject({ outcome: "done" });
  });

  test("the later write wins, the earlier one is told so", async () => {
    const { put, get } = await started(5);
    const at = (ms: number) => ({ stamp: { ms: EPOCH_MS + ms, counter: 0, writer: 1 } });
    expect(await put(0, "/x", "new", at(5_000))).toMatchObject({ outcome: "done" });
    expect(await put(1, "/x", "old", at(4_000))).toMatchObject({
      outcome: "notDone",
      code: "E_SUPERSEDED",
      ...at(5_000),
    });
    expect(await get(2, "/x")).toMatchObject({ value: bytes("new"), ...at(5_000) });
    // The writer's clock has learned of it: its next write is later.
    expect(await put(1, "/x", "newest")).toMatchObject({ outcome: "done" });
    expect(await get(2, "/x")).toMatchObject({ value: bytes("newest") });
  });

  test("an operation repeated with its stamp is the same operation", async () => {
    const { cluster, put, get, remove } = await started(5);
    const first = await put(0, "/x", "1");
    if (first.outcome !== "done") throw new Error(first.outcome);
    const { stamp } = first;
    expect(await put(3, "/x", "1", { stamp })).toMatchObject({ outcome: "done", stamp });
    const gone = await remove(1, "/x");
    expect(gone).toMatchObject({ outcome: "done", existed: true });
    if (gone.outcome !== "done") throw new Error(gone.outcome);
    expect(await remove(2, "/x", { stamp: gone.stamp })).toMatchObject({ outcome: "done" });
    // A late repetition does not bring it back.
    expect(await put(4, "/x", "1", { stamp })).toMatchObject({ code: "E_SUPERSEDED" });
    expect(await get(0, "/x")).toMatchObject({ code: "E_NOT_FOUND" });
    expect(new Set(cluster.copies("/", "x").map(({ entry }) => entry.stamp.ms)).size).toBe(1);
  });

  test("a stamp too far ahead is refused, and one older than tombstones", async () => {
    const { put, kernel } = await started(4);
    const nowMs = () => EPOCH_MS + kernel.nowUs / 1000;
    const at = (ms: number) => ({ stamp: { ms: Math.floor(ms), counter: 0, writer: 1 } });
    expect(await put(0, "/x", "1", at(nowMs() + 61_000))).toMatchObject({
      outcome: "notDone",
      code: "E_STAMP",
    });
    expect(await put(0, "/x", "1", at(nowMs() - 86_500_000))).toMatchObject({ code: "E_STAMP" });
    expect(await put(0, "/x", "1", at(nowMs() + 59_000))).toMatchObject({ outcome: "done" });
  });

  test("a value over the route's limit goes straight to its holder", async () => {
    const { cluster, put, get } = await started(6);
    const large = "x".repeat(300_000);
    for (const i of cluster.nodes.keys()) {
      expect(await put(i, `/big${i}`, large)).toMatchObject({ outcome: "done" });
      const got = await get((i + 1) % 6, `/big${i}`);
      expect(got.outcome === "done" && Buffer.compare(got.value, bytes(large))).toBe(0);
      expect(cluster.copies("/", `big${i}`)).toHaveLength(3);
    }
  });

  test("bad input is refused with a code, and nothing is sent", async () => {
    const { put, get, list, remove } = await started(3, { options: { valueBytesMax: 10 } });
    const refused = { outcome: "notDone", code: "E_NAME", tries: 0 };
    for (const path of ["", "x", "/", "/a//b", "/a/\u0007", "/../x"]) {
      expect(await put(0, path)).toMatchObject(refused);
      expect(await get(0, path)).toMatchObject(refused);
      expect(await remove(0, path)).toMatchObject(refused);
    }
    expect(await list(0, "/a//b")).toMatchObject(refused);
    expect(await put(0, "/x", "12345678901")).toMatchObject({ code: "E_LIMIT", tries: 0 });
  });

  test("a directory that is full takes no more names", async () => {
    const { put, list } = await started(4, { options: { entriesMax: 3 } });
    for (const name of ["a", "b", "c"]) expect((await put(0, `/${name}`)).outcome).toBe("done");
    expect(await put(1, "/d")).toMatchObject({ outcome: "notDone", code: "E_LIMIT" });
    expect(await put(1, "/a", "2")).toMatchObject({ outcome: "done" });
    expect(await list(2, "/")).toMatchObject({ names: ["a", "b", "c"] });
  });

  test("a long directory is listed in pages", async () => {
    const { cluster, kernel, list } = await started(5);
    const names = Array.from({ length: 40 }, (_, i) => `n${String(i).padStart(2, "0")}`);
    const puts = names.map((name, i) =>
      cluster.node(i % 5).naming.put(MEMBER, `/d/${name}`, bytes(name), limits),
    );
    const results: PutResult[] = await kernel.until(Promise.all(puts));
    expect(results.every(({ outcome }) => outcome === "done")).toBe(true);
    const listed: string[] = [];
    let after: string | undefined = "";
    while (after !== undefined) {
      const page = await list(3, "/d", { after, limit: 7 });
      if (page.outcome !== "done") throw new Error(page.detail);
      expect(page.names.length).toBeLessThanOrEqual(7);
      listed.push(...page.names);
      after = page.next;
    }
    expect(listed).toEqual(names);
  });
});

describe("removing", () => {
  test("takes away values and empty directories, and refuses others", async () => {
    const { put, get, list, remove } = await started(5);
    await put(0, "/a/b/c");
    expect(await remove(1, "/a/b")).toMatchObject({ outcome: "notDone", code: "E_NOT_EMPTY" });
    expect(await remove(1, "/a/b/c")).toMatchObject({ outcome: "done", existed: true });
    expect(await get(2, "/a/b/c")).toMatchObject({ code: "E_NOT_FOUND" });
    expect(await list(2, "/a/b")).toMatchObject({ outcome: "done", names: [] });
    expect(await remove(3, "/a/b")).toMatchObject({ outcome: "done", existed: true });
    expect(await list(2, "/a/b")).toMatchObject({ outcome: "notDone", code: "E_NOT_FOUND" });
    expect(await list(2, "/a")).toMatchObject({ outcome: "done", names: [] });
    expect(await remove(4, "/a/never")).toMatchObject({ outcome: "done", existed: false });
  });

  test("a value and a directory may have one name; a slash tells which", async () => {
    const { put, get, list, remove } = await started(5);
    await put(0, "/a/b", "value");
    await put(0, "/a/b/c", "below");
    expect(await list(1, "/a")).toMatchObject({ names: ["b", "b/"] });
    expect(await remove(2, "/a/b/")).toMatchObject({ code: "E_NOT_EMPTY" });
    expect(await remove(2, "/a/b")).toMatchObject({ outcome: "done" });
    expect(await list(3, "/a")).toMatchObject({ names: ["b/"] });
    expect(await get(4, "/a/b/c")).toMatchObject({ value: bytes("below") });
  });

  test("a directory removed behind the back of a cached parent comes back with its next entry", async () => {
    const { put, list, remove } = await started(5);
    await put(0, "/a/b/x");
    await remove(1, "/a/b/x");
    expect(await remove(1, "/a/b")).toMatchObject({ outcome: "done" });
    expect(await remove(1, "/a")).toMatchObject({ outcome: "done" });
    expect(await put(0, "/a/b/y")).toMatchObject({ outcome: "done" });
    expect(await list(2, "/a")).toMatchObject({ names: ["b/"] });
    expect(await list(2, "/")).toMatchObject({ names: ["a/"] });
  });

  test("put racing rm of the directory never hides the value", async () => {
    const { cluster, kernel, put, list, remove } = await started(6);
    for (let i = 0; i < 30; i++) {
      const directory = `/a${i}/b`;
      await put(0, `${directory}/old`);
      await remove(1, `${directory}/old`);
      const lagUs = (i % 10) * 1_500;
      const removing = kernel
        .sleep(i < 15 ? lagUs : 0)
        .then(() => cluster.node(2).naming.remove(MEMBER, directory, limits));
      const putting = kernel
        .sleep(i < 15 ? 0 : lagUs)
        .then(() =>
          cluster.node(3 + (i % 3)).naming.put(MEMBER, `${directory}/x`, bytes("1"), limits),
        );
      const [, result] = await kernel.until(Promise.all([removing, putting]));
      expect(result.outcome).toBe("done");
    }
    await kernel.advance(30_000_000);
    for (let i = 0; i < 30; i++) {
      expect(await list(4, `/a${i}`)).toMatchObject({ names: ["b/"] });
      expect(await list(5, `/a${i}/b`)).toMatchObject({ names: ["x"] });
    }
  });

  test("a removal that comes late hides a directory only until its holders notice", async () => {
    const { cluster, kernel, put, list, remove } = await started(5);
    await put(0, "/a/b/old");
    await remove(0, "/a/b/old");
    await put(1, "/a/b/x");
    // It was told that the directory is empty, and its writer's clock goes ahead.
    const stamp = { ms: EPOCH_MS + Math.floor(kernel.nowUs / 1000) + 5_000, counter: 0, writer: 9 };
    const body = { path: "/a", name: "b/", op: "remove", value: bytes(""), holders: [] } as const;
    const late = Write.make({ ...body, stamp });
    const { overlay } = cluster.node(2);
    const id = hashName("/a");
    const reply = await kernel.until(overlay.routeByNumericId(MEMBER, id, late, limits));
    expect(reply.body).toMatchObject({ status: "done" });
    expect(await list(3, "/a")).toMatchObject({ names: [] });
    const { repairMs } = cluster.node(0).naming.bounds({ detectUs: 0 });
    await kernel.advance(repairMs * 1000);
    expect(await list(3, "/a")).toMatchObject({ names: ["b/"] });
    expect(cluster.nodes.some(({ naming }) => naming.counters.relinked > 0)).toBe(true);
  });

  test("tombstones are forgotten after their time, and with them the directory", async () => {
    const options = { tombstoneMs: 60_000, repairPeriodMs: 5_000 };
    const { cluster, kernel, put, remove } = await started(5, { options });
    await put(0, "/a/b");
    await remove(0, "/a/b");
    await kernel.advance(40_000_000);
    expect(cluster.copies("/a", "b")).toHaveLength(3);
    await kernel.advance(60_000_000);
    expect(cluster.copies("/a", "b")).toHaveLength(0);
    const held = cluster.nodes.flatMap(({ naming }) => [...naming.held(MEMBER)]);
    expect(held.filter(({ path }) => path === "/a")).toEqual([]);
  });
});

describe("deadlines", () => {
  test("no operation outlives its deadline, whoever is down", async () => {
    const { cluster, kernel } = await started(5, { faults: { ...GENTLE, lagMaxUs: 60_000_000 } });
    await kernel.until(cluster.node(0).naming.put(MEMBER, "/a/b/c", bytes("1"), limits));
    for (const i of [1, 2, 3, 4]) cluster.crash(i);
    const { naming } = cluster.node(0);
    for (const deadlineUs of [1, 1_000, 100_000, 3_000_000]) {
      const startUs = kernel.nowUs;
      const results = await kernel.until(
        Promise.all([
          naming.put(MEMBER, "/a/b/d", bytes("1"), { deadlineUs }),
          naming.put(MEMBER, "/new/b/d", bytes("x".repeat(10_000)), { deadlineUs }),
          naming.get(MEMBER, "/a/b/c", { deadlineUs }),
          naming.list(MEMBER, "/a", { deadlineUs }),
          naming.remove(MEMBER, "/a/b", { deadlineUs }),
        ]),
      );
      expect(kernel.nowUs - startUs).toBeLessThanOrEqual(deadlineUs);
      for (const { outcome } of results) expect(outcome).not.toBe("done");
    }
  });

  test("a caller who gives up is told at once that it is uncertain", async () => {
    const { cluster, kernel } = await started(4, { faults: { ...GENTLE, loss: 1 } });
    const controller = new AbortController();
    const { naming } = cluster.node(0);
    const { signal } = controller;
    const putting = naming.put(MEMBER, "/x", bytes("1"), { ...limits, signal });
    kernel.at(10_000, () => controller.abort());
    const startUs = kernel.nowUs;
    expect(await kernel.until(putting)).toMatchObject({ outcome: "uncertain", code: "E_ABORTED" });
    expect(kernel.nowUs - startUs).toBeLessThan(20_000);
    const late = naming.put(MEMBER, "/x", bytes("1"), { ...limits, signal });
    expect(await kernel.until(late)).toMatchObject({ outcome: "uncertain", code: "E_ABORTED" });
  });
});
