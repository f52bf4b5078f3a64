import { describe, expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import { NO_REF } from "../../src/core/contacts.ts";
import type { Context } from "../../src/overlay/context.ts";
import { LinkRequest } from "../../src/overlay/messages.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../../src/overlay/ring-order.ts";
import {
  Cluster,
  type ClusterParts,
  codeOf,
  organisations,
  SECOND_US,
  type TestNode,
} from "./support/cluster.ts";
import { seeds, testSeeds } from "./support/seeds.ts";

const FILE = "test/overlay/joins.test.ts";

interface Shape {
  readonly k: number;
  readonly dense: boolean;
  readonly nodes: number;
  readonly width: number;
}

const SHAPES: readonly Shape[] = [
  { k: 2, dense: false, nodes: 40, width: 8 },
  { k: 8, dense: false, nodes: 60, width: 20 },
  { k: 3, dense: true, nodes: 40, width: 10 },
  { k: 8, dense: true, nodes: 50, width: 12 },
  { k: 16, dense: false, nodes: 30, width: 30 },
  { k: 5, dense: false, nodes: 12, width: 12 },
  { k: 2, dense: false, nodes: 3, width: 3 },
];

function grown(seed: string, shape: Shape, parts: ClusterParts = {}): Cluster {
  const { k, dense, nodes } = shape;
  const cluster = new Cluster(seed, { ...parts, overlay: { k, dense } });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(nodes, 5, (bound) => random.below(bound)));
  return cluster;
}

/**
 * I5 at any moment: who has not been linked at level 0 stands in nobody's tables. A joiner is linked
 * when its left neighbour has inserted it; until it hears of that, it stands at level 0 alone.
 */
function tooEarly(net: Context, nodes: readonly TestNode[], linked: ReadonlySet<number>): string[] {
  const byRef = new Map(nodes.map((node) => [node.ref, node]));
  const found: string[] = [];
  for (const { member, name } of nodes) {
    for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
      const see = (ref: number, where: string, isRoot: boolean): void => {
        if (ref === NO_REF) return;
        const target = byRef.get(ref as never);
        if (target === undefined) return;
        const state = net.state(target.member);
        if (state === "in" || (state === "joining" && isRoot && linked.has(target.ref))) return;
        found.push(`${name} points to ${target.name} (${state}) at ${where}`);
      };
      for (let i = 0; i < net.leaves.side; i++) {
        see(net.leaves.at(member, direction, i), "its leaf set", true);
      }
      for (let level = 0; level < net.table.levels; level++) {
        for (let i = 0; i < net.table.width; i++) {
          see(net.table.pointer(member, level, direction, i), `level ${level}`, level === 0);
        }
      }
    }
  }
  return found;
}

describe("concurrent joins", () => {
  for (const shape of SHAPES) {
    const { k, dense, nodes, width } = shape;
    const kind = `k ${k} ${dense ? "dense" : "sparse"}, ${nodes} nodes, ${width} at once`;
    testSeeds(FILE, `converge to the tables of the oracle: ${kind}`, 4, async (seed) => {
      const cluster = grown(seed, shape);
      await cluster.joinAll(width);
      expect(await cluster.converge()).toEqual([]);
    });
  }

  testSeeds(FILE, "nobody points to a joiner before it is linked at level 0", 4, async (seed) => {
    const linked = new Set<number>();
    const cluster = grown(
      seed,
      { k: 4, dense: false, nodes: 40, width: 15 },
      {
        afterMessage(to, message) {
          if (!LinkRequest.is(message)) return;
          const right = cluster.context.table.neighbour(to.member, 0, CLOCKWISE);
          if (right === message.newcomer) linked.add(right);
        },
      },
    );
    const random = cluster.simulation.random("test.moments");
    let isDone = false;
    const done = cluster.joining(15).finally(() => {
      isDone = true;
    });
    let looked = 0;
    while (!isDone && looked < 10_000) {
      await cluster.advance(random.below(60_000));
      expect(tooEarly(cluster.context, cluster.nodes, linked)).toEqual([]);
      looked++;
    }
    await done;
    expect(looked).toBeGreaterThan(20);
  });

  testSeeds(FILE, "of two joiners between the same neighbours both get in", 20, async (seed) => {
    const cluster = new Cluster(seed, { overlay: { k: 2 } });
    const [a, z] = cluster.add(["org.a", "org.z"]) as [TestNode, TestNode];
    await cluster.joinAll(1, [a, z]);
    const middle = cluster.add(["org.n", "org.m", "org.o"]);
    await cluster.until(Promise.all(middle.map((node) => cluster.join(node, a))));
    expect(await cluster.converge()).toEqual([]);
  });

  testSeeds(FILE, "converge with 5 % of the transmissions lost", 3, async (seed) => {
    for (const transport of ["udp", "tcp"] as const) {
      const cluster = grown(
        seed,
        { k: 8, dense: false, nodes: 30, width: 8 },
        { transport, loss: 0.05 },
      );
      await cluster.joinAll(8);
      expect(await cluster.converge()).toEqual([]);
    }
  });

  testSeeds(FILE, "converge although messages vanish for good", 4, async (seed) => {
    const cluster = grown(seed, { k: 4, dense: false, nodes: 20, width: 5 });
    const random = cluster.simulation.random("test.drops");
    const rule = cluster.simulation.faults.add(() => (random.chance(0.05) ? "drop" : "pass"));
    await cluster.joinAll(5);
    rule.remove();
    expect(await cluster.converge()).toEqual([]);
  });
});

describe("a join", () => {
  test("is refused where a live node has the name", async () => {
    const cluster = grown("1", { k: 8, dense: false, nodes: 12, width: 4 });
    await cluster.joinAll(4);
    const taken = cluster.nodes[5]!;
    const second = cluster.open(taken.name, "sim://another" as Address);
    for (const seed of cluster.nodes.slice(0, 6)) {
      expect(await codeOf(cluster.until(cluster.join(second, seed)))).toBe("E_NAME_TAKEN");
      expect(cluster.context.state(second.member)).toBe("absent");
    }
    expect(await cluster.converge(cluster.nodes.slice(0, 12))).toEqual([]);
  });

  testSeeds(FILE, "of a restarted node supersedes its former life", 5, async (seed) => {
    const cluster = grown(seed, { k: 4, dense: false, nodes: 25, width: 6 });
    await cluster.joinAll(6);
    const former = cluster.nodes[7]!;
    const { address, numericId } = cluster.contacts.contact(former.ref);
    cluster.simulation.crash(former.host);
    await cluster.advance(1_000);
    const again = cluster.open(former.name, address, numericId);
    const through = cluster.nodes[Number(seed) % 7]!;
    expect(await codeOf(cluster.until(cluster.join(again, through)))).toBe("done");
    const live = cluster.nodes.filter((node) => node !== former);
    expect(await cluster.converge(live)).toEqual([]);
    const reply = await cluster.until(
      through.net.routeToName(through.member, again.ref, undefined, { deadlineUs: SECOND_US }),
    );
    expect(reply.by).toBe(again.ref);
  });

  test("through seeds of which one answers succeeds; through none it ends at its deadline", async () => {
    const cluster = grown("1", { k: 8, dense: false, nodes: 4, width: 1 });
    const [first, second, third] = cluster.nodes as [TestNode, TestNode, TestNode];
    first.net.create(first.member);
    const nobody = {
      address: "sim://nobody" as Address,
      incarnation: cluster.seedOf(first).incarnation,
    };
    const both = [nobody, cluster.seedOf(first)];
    const joined = second.net.join(second.member, both, { deadlineUs: 60 * SECOND_US });
    expect(await codeOf(cluster.until(joined))).toBe("done");
    const beganUs = cluster.nowUs;
    const lost = third.net.join(third.member, [nobody], { deadlineUs: 5 * SECOND_US });
    expect(await codeOf(cluster.until(lost))).toBe("E_JOIN");
    expect(cluster.nowUs - beganUs).toBeLessThanOrEqual(5 * SECOND_US);
    expect(cluster.context.state(third.member)).toBe("absent");
    expect(await codeOf(cluster.until(cluster.join(third, second)))).toBe("done");
  });

  test("that fails says through whom, what happened last and what to do, however its time ends", async () => {
    const cluster = grown("2", { k: 8, dense: false, nodes: 2, width: 1 });
    const [joiner, silent] = cluster.nodes as [TestNode, TestNode];
    cluster.simulation.hang(silent.host);
    const seed = cluster.seedOf(silent);
    const whys = new Set<string>();
    for (let deadlineUs = SECOND_US / 4; deadlineUs < 6 * SECOND_US; deadlineUs += 100_000) {
      const joining = joiner.net.join(joiner.member, [seed], { deadlineUs });
      const why = await cluster.until(
        joining.then(
          () => "done",
          (error: Error) => error.message,
        ),
      );
      expect(why).toContain(`last: ${seed.address}: `);
      expect(why).toMatch(/see that a node runs there/);
      // No pause and no last moment is taken for the cause.
      const waitedMs = Number(/no answer within ([\d.]+) ms/.exec(why)?.[1] ?? deadlineUs / 1_000);
      if (/ 1 tries/.test(why)) expect(waitedMs).toBeGreaterThanOrEqual(deadlineUs / 1_000);
      else expect(why).not.toMatch(/no answer within/);
      whys.add(why);
    }
    expect(whys.size).toBeGreaterThan(1);
  });

  test("ends at once when its caller gives up, and when the node is closed", async () => {
    const cluster = grown("1", { k: 8, dense: false, nodes: 3, width: 1 });
    const [first, second, third] = cluster.nodes as [TestNode, TestNode, TestNode];
    cluster.simulation.hang(first.host);
    const caller = new AbortController();
    const limits = { deadlineUs: 600 * SECOND_US };
    const seed = [cluster.seedOf(first)];
    const left = codeOf(second.net.join(second.member, seed, { ...limits, signal: caller.signal }));
    const closed = codeOf(third.net.join(third.member, seed, limits));
    await cluster.advance(100_000);
    caller.abort();
    expect(await cluster.until(left, 1_000)).toBe("E_ABORTED");
    third.net.close();
    expect(await cluster.until(closed, 1_000)).toBe("E_ABORTED");
  });

  testSeeds(FILE, "that gives up after it was inserted is taken out again", 5, async (seed) => {
    const cluster = grown(seed, { k: 4, dense: false, nodes: 12, width: 3 });
    const [joiner, ...others] = cluster.nodes as [TestNode, ...TestNode[]];
    await cluster.joinAll(3, others);
    expect(await cluster.converge(others)).toEqual([]);
    // Nothing reaches the joiner once its left neighbour has inserted it.
    const { table } = cluster.context;
    const isLinked = (): boolean =>
      others.some(({ member }) => table.neighbour(member, 0, CLOCKWISE) === joiner.ref);
    const rule = cluster.simulation.faults.add((_from, to) =>
      to === joiner.host && isLinked() ? "drop" : "pass",
    );
    const lost = cluster.join(joiner, others[0]!, 20 * SECOND_US);
    expect(await codeOf(cluster.until(lost))).toBe("E_JOIN");
    rule.remove();
    // Each finds out when it is the joiner's turn to be asked for its leaf set.
    expect(await cluster.converge(others, 1_200 * SECOND_US)).toEqual([]);
  });

  testSeeds(
    FILE,
    "whose answer was lost begins again and is not refused by itself",
    5,
    async (seed) => {
      const cluster = grown(seed, { k: 4, dense: false, nodes: 12, width: 3 });
      const [joiner, ...others] = cluster.nodes as [TestNode, ...TestNode[]];
      await cluster.joinAll(3, others);
      const { table } = cluster.context;
      const isLinked = (): boolean =>
        others.some(({ member }) => table.neighbour(member, 0, CLOCKWISE) === joiner.ref);
      const rule = cluster.simulation.faults.add((_from, to) =>
        to === joiner.host && isLinked() ? "drop" : "pass",
      );
      const joined = codeOf(cluster.join(joiner, others[0]!));
      await cluster.advance(8 * SECOND_US);
      expect(isLinked()).toBe(true);
      rule.remove();
      expect(await cluster.until(joined)).toBe("done");
      expect(await cluster.converge()).toEqual([]);
    },
  );
});

test("one seed can be asked for", () => {
  expect(seeds(3)).toEqual(
    process.env["SEED"] === undefined ? ["1", "2", "3"] : [process.env["SEED"]],
  );
});
