import { describe, expect, test } from "vitest";
import {
  Ask,
  Cluster,
  codeOf,
  organisations,
  SECOND_US,
  type TestNode,
  Told,
} from "./support/cluster.ts";
import { testSeeds } from "./support/seeds.ts";

const FILE = "test/overlay/deadlines.test.ts";

interface Outcome {
  readonly number: number;
  readonly kind: string;
  readonly code: string;
  readonly tookUs: number;
  readonly deadlineUs: number;
}

/** A converged overlay that serves `Ask` and counts, by request, how often it did. */
function served(seed: string, transport: "ideal" | "udp" | "tcp" | "tcp:os", nodes = 60) {
  const cluster = new Cluster(seed, { transport, overlay: { k: 4 } });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(nodes, 5, (bound) => random.below(bound)));
  cluster.construct();
  const counts = new Map<number, number>();
  const remaining: number[] = [];
  const [any] = cluster.nodes as [TestNode];
  any.net.serve(Ask, (member, request) => {
    const { number } = request.body;
    counts.set(number, (counts.get(number) ?? 0) + 1);
    remaining.push(request.remainingUs);
    request.reply(Told.make({ number, by: cluster.nodes[member]!.name }));
  });
  return { cluster, counts, remaining };
}

/** Routed operations of all kinds, direct requests and lookups, each with a deadline of its own. */
async function storm(
  cluster: Cluster,
  from: readonly TestNode[],
  count: number,
  deadlinesUs: readonly number[],
): Promise<readonly Outcome[]> {
  const random = cluster.simulation.random("test.storm");
  const outcomes: Outcome[] = [];
  const one = async (number: number): Promise<void> => {
    const { net, member } = from[random.below(from.length)]!;
    const to = cluster.nodes[random.below(cluster.nodes.length)]!;
    const deadlineUs = deadlinesUs[random.below(deadlinesUs.length)]!;
    const kind = ["name", "numeric", "iterative", "request", "lookup"][random.below(5)]!;
    const body = Ask.make({ number });
    const beganUs = cluster.nowUs;
    const limits = { deadlineUs };
    const run = (): Promise<unknown> => {
      if (kind === "name") return net.routeByName(member, to.name, body, limits);
      if (kind === "lookup") return net.routeToName(member, to.ref, undefined, limits);
      if (kind === "request") return net.request(member, to.ref, body, limits);
      if (kind === "iterative") {
        return net.routeByName(member, to.name, body, { ...limits, delivery: "iterative" });
      }
      return net.routeByNumericId(member, cluster.contacts.numericId(to.ref), body, limits);
    };
    const code = await codeOf(run());
    outcomes.push({ number, kind, code, tookUs: cluster.nowUs - beganUs, deadlineUs });
  };
  const all: Promise<void>[] = [];
  for (let i = 1; i <= count; i++) {
    all.push(one(i));
    await cluster.advance(random.below(20_000));
  }
  await cluster.until(Promise.all(all));
  return outcomes;
}

type Disturb = (cluster: Cluster, victims: readonly TestNode[]) => void;
const DISTURBANCES: Readonly<Record<string, Disturb>> = {
  loss: ({ simulation }) => {
    simulation.faults.lossProbability = 0.3;
  },
  drops: ({ simulation }) => {
    const random = simulation.random("test.drops");
    simulation.faults.add(() => (random.chance(0.1) ? "drop" : "pass"));
  },
  crash: ({ simulation }, victims) => {
    for (const { host } of victims) simulation.crash(host);
  },
  hang: ({ simulation }, victims) => {
    for (const { host } of victims) simulation.hang(host);
  },
  partition: ({ simulation }, victims) => {
    simulation.faults.partition(
      victims.map(({ host }) => host),
      1,
    );
    simulation.reachabilityChanged();
  },
  "one-way cut": ({ simulation }, victims) => {
    for (const { host } of victims) simulation.faults.cut(host);
    simulation.reachabilityChanged();
  },
  slowness: ({ simulation }) => {
    simulation.faults.add((from) => (from % 3 === 0 ? { delayUs: 400_000 } : "pass"));
  },
};

test("the no of another node is not definite when the first one cannot say what it did", async () => {
  const cluster = new Cluster("1", { transport: "udp", overlay: { k: 4 } });
  const [a, b, c] = cluster.add(["org.a", "org.b", "org.c"]) as [TestNode, TestNode, TestNode];
  cluster.construct();
  const servedBy: string[] = [];
  a.net.serve(Ask, (member, request) => {
    servedBy.push(cluster.nodes[member]!.name);
    if (member === c.member) request.reply(undefined);
    else request.decline("overloaded");
  });
  // All that `c` sends is lost: it acts upon the request, and neither its answer nor its receipt arrives.
  cluster.simulation.faults.cut(c.host);
  const routed = b.net.routeByName(b.member, "org.c", Ask.make({ number: 1 }), {
    deadlineUs: 5 * SECOND_US,
  });
  const code = await codeOf(cluster.until(routed));
  expect(servedBy).toContain("org.c");
  expect(["E_UNREACHABLE", "E_DEADLINE"]).toContain(code);
});

const DEFINITE = new Set(["E_NO_ROUTE", "E_REFUSED"]);

describe("no operation outlives its deadline, and a definite no was not acted upon", () => {
  for (const [what, disturb] of Object.entries(DISTURBANCES)) {
    for (const transport of ["udp", "tcp"] as const) {
      testSeeds(FILE, `${what} over ${transport}`, 3, async (seed) => {
        const { cluster, counts } = served(seed, transport);
        const victims = cluster.nodes.filter(({ number }) => number % 6 === 0);
        const live = cluster.nodes.filter((node) => !victims.includes(node));
        disturb(cluster, victims);
        const deadlines = [1, 1_000, 60_000, 200_000, 900_000, 5 * SECOND_US];
        const outcomes = await storm(cluster, live, 250, deadlines);
        expect(outcomes.length).toBe(250);
        await cluster.advance(30 * SECOND_US);
        for (const outcome of outcomes) {
          const said = JSON.stringify(outcome);
          expect(outcome.tookUs, said).toBeLessThanOrEqual(outcome.deadlineUs);
          expect(outcome.code, said).not.toMatch(/^defect/);
          if (DEFINITE.has(outcome.code)) expect(counts.get(outcome.number) ?? 0, said).toBe(0);
        }
        expect(outcomes.filter(({ code }) => code === "done").length).toBeGreaterThan(20);
      });
    }
  }

  testSeeds(FILE, "a kernel that never gives up over tcp:os", 2, async (seed) => {
    const { cluster } = served(seed, "tcp:os");
    const victims = cluster.nodes.filter(({ number }) => number % 4 === 0);
    const live = cluster.nodes.filter((node) => !victims.includes(node));
    for (const { host } of victims) cluster.simulation.hang(host);
    const outcomes = await storm(cluster, live, 150, [300_000, 3 * SECOND_US]);
    for (const { tookUs, deadlineUs, code } of outcomes) {
      expect(tookUs).toBeLessThanOrEqual(deadlineUs);
      expect(code).not.toMatch(/^defect/);
    }
  });

  testSeeds(
    FILE,
    "joins under drops, silence and partition end by their deadline",
    3,
    async (seed) => {
      for (const what of ["drops", "hang", "partition", "one-way cut"]) {
        const { cluster } = served(seed, "udp", 40);
        const members = [...cluster.nodes];
        const newcomers = cluster.add(["org1.new1", "org2.new2", "org3.new3", "org4.new4"]);
        DISTURBANCES[what]?.(cluster, members.slice(0, 20));
        const ended: string[] = [];
        newcomers.forEach(async (node, i) => {
          const beganUs = cluster.nowUs;
          const deadlineUs = (i + 1) * 3 * SECOND_US;
          const code = await codeOf(cluster.join(node, members[i * 10]!, deadlineUs));
          ended.push(code);
          expect(cluster.nowUs - beganUs).toBeLessThanOrEqual(deadlineUs);
        });
        await cluster.advance(12 * SECOND_US);
        expect(ended.length, what).toBe(4);
        for (const code of ended) expect(["done", "E_JOIN"]).toContain(code);
      }
    },
  );
});

describe("the remaining time travels with a message", () => {
  test("a node that serves is told what is left, and never less than nothing", async () => {
    const { cluster, remaining } = served("1", "ideal");
    const [from, ...others] = cluster.nodes as [TestNode, ...TestNode[]];
    for (const { name } of others.slice(0, 20)) {
      const limits = { deadlineUs: 3 * SECOND_US };
      await cluster.until(from.net.routeByName(from.member, name, Ask.make({ number: 1 }), limits));
    }
    for (const us of remaining) {
      expect(us).toBeGreaterThan(0);
      expect(us).toBeLessThan(3 * SECOND_US);
    }
  });

  testSeeds(
    FILE,
    "too little time: a definite no from the hop that cannot make it",
    4,
    async (seed) => {
      const cluster = new Cluster(seed, {
        latency: "constant",
        overlay: { k: 4, routeWith: "rtable" },
      });
      const random = cluster.simulation.random("test.names");
      cluster.add(organisations(80, 1, (bound) => random.below(bound)));
      cluster.construct();
      let servedCount = 0;
      const [any] = cluster.nodes as [TestNode];
      any.net.serve(Ask, (_member, request) => {
        servedCount++;
        request.reply(undefined);
      });
      // 20 ms a hop, both ways: there is time for the refusal, not for the way there and back.
      let expired = 0;
      for (const from of cluster.nodes.slice(0, 30)) {
        const to = cluster.nodes[random.below(80)]!;
        const far = await cluster.until(
          from.net.routeToName(from.member, to.ref, undefined, {
            deadlineUs: 9 * SECOND_US,
            tries: 1,
          }),
        );
        if (far.hops < 2) continue;
        servedCount = 0;
        const deadlineUs = (20 * far.hops - 10) * 1000;
        const routed = from.net.routeByName(from.member, to.name, Ask.make({ number: 1 }), {
          deadlineUs,
          tries: 1,
        });
        const code = await codeOf(cluster.until(routed));
        await cluster.advance(SECOND_US);
        expect(servedCount, `${far.hops} hops`).toBe(0);
        expect(["E_NO_ROUTE", "E_DEADLINE"]).toContain(code);
        expired++;
      }
      expect(expired).toBeGreaterThan(5);
    },
  );

  test("a route of no time at all is refused where it begins", async () => {
    const { cluster, counts } = served("1", "ideal");
    const [from, to] = cluster.nodes as [TestNode, TestNode];
    const routed = from.net.routeByName(from.member, to.name, Ask.make({ number: 9 }), {
      deadlineUs: 0,
    });
    expect(await codeOf(cluster.until(routed))).toBe("E_NO_ROUTE");
    await cluster.advance(SECOND_US);
    expect(counts.has(9)).toBe(false);
  });

  test("a caller that gives up hears at once, and only once", async () => {
    const { cluster } = served("1", "udp");
    const [from, to] = cluster.nodes as [TestNode, TestNode];
    cluster.simulation.hang(to.host);
    const caller = new AbortController();
    const limits = { deadlineUs: 60 * SECOND_US, signal: caller.signal };
    const codes = Promise.all([
      codeOf(from.net.routeByName(from.member, to.name, Ask.make({ number: 1 }), limits)),
      codeOf(from.net.request(from.member, to.ref, Ask.make({ number: 2 }), limits)),
      codeOf(
        from.net.routeByName(from.member, to.name, Ask.make({ number: 3 }), {
          ...limits,
          delivery: "iterative",
        }),
      ),
    ]);
    await cluster.advance(1_000);
    caller.abort();
    expect(await cluster.until(codes, 1_000)).toEqual(["E_ABORTED", "E_ABORTED", "E_ABORTED"]);
  });
});
