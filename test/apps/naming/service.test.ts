import { expect, test } from "vitest";
import { FakeCluster } from "../support/fake-cluster.ts";
import { MEMBER } from "../support/fake-overlay.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);
const limits = { deadlineUs: 5_000_000 };

test("what one node puts, every node gets and lists", async () => {
  const cluster = new FakeCluster("basic");
  await cluster.start(6);
  const { kernel } = cluster;
  const put = await kernel.until(cluster.node(0).naming.put(MEMBER, "/a/b/c", bytes("1"), limits));
  expect(put).toMatchObject({ outcome: "done", tries: 1 });
  for (const node of cluster.nodes) {
    const got = await kernel.until(node.naming.get(MEMBER, "/a/b/c", limits));
    expect(got.outcome).toBe("done");
    if (got.outcome === "done") expect(text(got.value)).toBe("1");
    for (const [path, names] of [
      ["/", ["a/"]],
      ["/a", ["b/"]],
      ["/a/b", ["c"]],
    ] as const) {
      const page = await kernel.until(node.naming.list(MEMBER, path, limits));
      expect(page).toMatchObject({ outcome: "done", names, next: undefined });
    }
  }
  expect(cluster.copies("/a/b", "c")).toHaveLength(3);
  const none = await kernel.until(cluster.node(1).naming.get(MEMBER, "/a/b/d", limits));
  expect(none).toMatchObject({ outcome: "notDone", code: "E_NOT_FOUND" });
});
