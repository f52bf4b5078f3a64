import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareName } from "../../src/core/names.ts";
import { Gaps } from "../../src/overlay/ranges/gaps.ts";
import type { RangeAnswer } from "../../src/overlay/ranges/ranges.ts";
import {
  Ask,
  Cluster,
  type ClusterParts,
  codeOf,
  SECOND_US,
  type TestNode,
  Told,
} from "./support/cluster.ts";

const DEADLINE = { deadlineUs: 30 * SECOND_US };
const nameOf = (i: number): string => `org.host${String(i).padStart(5, "0")}`;

function clusterOf(count: number, overlay: ClusterParts["overlay"], seed = "ranges"): Cluster {
  const cluster = new Cluster(seed, {
    latency: "constant",
    transport: "udp",
    overlay: { membersExpected: count, ...overlay },
  });
  cluster.add(Array.from({ length: count }, (_, i) => nameOf(i)));
  cluster.contacts.rankNames();
  cluster.construct();
  return cluster;
}

const names = (answers: readonly RangeAnswer[]): string[] => answers.map(({ name }) => name);

describe("what is missing of a range", () => {
  test("is what a walk over all its names leaves", () => {
    const piece = fc.tuple(fc.nat(30), fc.nat(30));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const gaps = new Gaps({ low: nameOf(0), high: nameOf(30) });
        const left = new Set(Array.from({ length: 30 }, (_, i) => i));
        for (const [low, high] of pieces) {
          gaps.fill({ low: nameOf(low), high: nameOf(high) });
          for (let i = low; i < high; i++) left.delete(i);
        }
        const found = Array.from({ length: 30 }, (_, i) => i).filter((i) =>
          gaps.all.some(({ low, high }) => low <= nameOf(i) && nameOf(i) < high),
        );
        expect(found).toEqual([...left]);
        gaps.all.forEach(({ low, high }, i) => {
          expect(compareName(low, high)).toBeLessThan(0);
          if (i > 0) expect(compareName(gaps.all[i - 1]!.high, low)).toBeLessThan(0);
        });
      }),
    );
  });
});

describe("range queries", () => {
  test("reach every node of the range once, from anywhere, and know that they did", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 8 }),
        fc.boolean(),
        fc.nat(99),
        fc.tuple(fc.nat(110), fc.nat(110)).filter(([a, b]) => a !== b),
        fc.boolean(),
        async (k, dense, from, ends, withOwner) => {
          const [low, high] = [Math.min(...ends), Math.max(...ends)];
          const cluster = clusterOf(100, { k, dense });
          const { net, member } = cluster.nodes[from] as TestNode;
          let served = 0;
          net.serve(Ask, (at, request) => {
            served++;
            const by = cluster.contacts.name(net.self(at));
            request.reply(Told.make({ number: request.body.number, by }));
          });
          // Between the names of two nodes: nobody's own.
          const range = { low: `${nameOf(low)}/b`, high: `${nameOf(high)}/b` };
          const asked = net.ranges.query(member, range, Ask.make({ number: 1 }), {
            ...DEADLINE,
            withOwner,
          });
          const { answers, missing, count } = await cluster.until(asked);
          const inside = cluster.nodes
            .map(({ name }) => name)
            .filter(
              (name) => compareName(range.low, name) <= 0 && compareName(name, range.high) < 0,
            );
          const owner = nameOf(Math.min(low, 99));
          expect(names(answers)).toEqual(withOwner ? [owner, ...inside] : inside);
          expect(
            answers.every(({ body, name }) => (body as unknown as { by: string }).by === name),
          ).toBe(true);
          expect(missing).toEqual([]);
          expect(served).toBe(count);
        },
      ),
      { numRuns: 25 },
    );
  });

  test.each([
    { k: 2, dense: false },
    { k: 8, dense: true },
  ])("go side by side: the depth grows with the logarithm of the range, k = $k", async (shape) => {
    const cluster = clusterOf(2_048, shape);
    const { net, member } = cluster.nodes[0] as TestNode;
    for (const size of [32, 256, 2_048]) {
      const range = { low: nameOf(0), high: nameOf(size) };
      const { answers, missing } = await cluster.until(
        net.ranges.query(member, range, undefined, DEADLINE),
      );
      expect(missing).toEqual([]);
      expect(answers.length).toBe(size);
      const deepest = Math.max(...answers.map(({ depth }) => depth));
      expect(deepest).toBeLessThanOrEqual(2 * Math.log2(size));
    }
  });

  test("hand answers over one by one, and stop at the limit", async () => {
    const cluster = clusterOf(300, {});
    const { net, member } = cluster.nodes[150] as TestNode;
    const range = { low: nameOf(0), high: nameOf(300) };
    const streamed: RangeAnswer[] = [];
    const all = net.ranges.query(member, range, undefined, {
      ...DEADLINE,
      onAnswer: (answer) => streamed.push(answer),
    });
    expect(await cluster.until(all)).toMatchObject({ count: 300, answers: [], missing: [] });
    expect(new Set(names(streamed)).size).toBe(300);
    const some = await cluster.until(
      net.ranges.query(member, range, undefined, { ...DEADLINE, limit: 10 }),
    );
    expect(some).toMatchObject({ count: 10, isOverLimit: true });
    expect(some.missing.length).toBeGreaterThan(0);
  });

  test("say what is missing when the time is over, and get it once the dead are known", async () => {
    const cluster = clusterOf(200, { k: 4 });
    const dead = cluster.nodes.filter((_, i) => i >= 50 && i % 4 === 0);
    for (const { host } of dead) cluster.simulation.crash(host);
    const { net, member } = cluster.nodes[3] as TestNode;
    const range = { low: nameOf(40), high: nameOf(160) };
    const early = await cluster.until(
      net.ranges.query(member, range, undefined, { deadlineUs: SECOND_US }),
    );
    expect(early.missing.length).toBeGreaterThan(0);
    for (const { name } of early.answers) {
      expect(early.missing.some(({ low, high }) => low <= name && name < high)).toBe(false);
    }
    const late = await cluster.until(
      net.ranges.query(member, range, undefined, { deadlineUs: 120 * SECOND_US }),
    );
    const alive = cluster.nodes.filter((node) => !dead.includes(node)).map(({ name }) => name);
    expect(late.missing).toEqual([]);
    expect(names(late.answers)).toEqual(
      alive.filter((name) => range.low <= name && name < range.high),
    );
  });

  test("refuse what cannot be asked", async () => {
    const cluster = clusterOf(10, {});
    const { net, member } = cluster.nodes[0] as TestNode;
    const ask = (low: string, high: string) =>
      codeOf(net.ranges.query(member, { low, high }, undefined, DEADLINE));
    expect(await cluster.until(ask("b", "a"))).toBe("E_NAME");
    expect(await cluster.until(ask("a", `b${"x".repeat(2_000)}`))).toBe("E_NAME");
    const signal = AbortSignal.abort();
    const aborted = net.ranges.query(member, { low: "a", high: "b" }, undefined, {
      ...DEADLINE,
      signal,
    });
    expect(await cluster.until(codeOf(aborted))).toBe("E_ABORTED");
    const stranger = cluster.add(["org.stranger"])[0] as TestNode;
    const early = stranger.net.ranges.query(
      stranger.member,
      { low: "a", high: "b" },
      undefined,
      DEADLINE,
    );
    expect(await cluster.until(codeOf(early))).toBe("E_NOT_MEMBER");
  });
});
