import { expect, test } from "vitest";
import { SimCluster } from "../support/sim-cluster.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const limits = { deadlineUs: 5_000_000 };

test("what one node puts, every node of a SkipNet gets", async () => {
  const cluster = new SimCluster("basic");
  await cluster.start(12);
  const { naming, member } = cluster.node(3);
  const put = await cluster.until(naming.put(member, "/a/b/c", bytes("1"), limits));
  console.log(
    put,
    cluster.nodes.map((n) => n.naming.counters.coordinated),
  );
  expect(put).toMatchObject({ outcome: "done" });
  for (const node of cluster.nodes) {
    const got = await cluster.until(node.naming.get(node.member, "/a/b/c", limits));
    console.log(
      node.number,
      got.outcome,
      got.tries,
      got.hops,
      "detail" in got && got.detail,
      cluster.nowUs,
    );
    expect(got).toMatchObject({ outcome: "done", value: bytes("1") });
  }
  const holders = cluster.copies("/a/b", "c").map(({ node }) => node.number);
  expect(holders.sort()).toEqual(
    cluster
      .holdersOf("/a/b")
      .map(({ number }) => number)
      .sort(),
  );
});
