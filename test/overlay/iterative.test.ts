import { describe, expect } from "vitest";
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

const FILE = "test/overlay/iterative.test.ts";
const recursive = { deadlineUs: 30 * SECOND_US };
const iterative = { ...recursive, delivery: "iterative" } as const;

function grown(seed: string) {
  const cluster = new Cluster(seed, { transport: "udp", overlay: { k: 3 } });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(70, 5, (bound) => random.below(bound)));
  cluster.construct();
  const served: string[] = [];
  const [any] = cluster.nodes as [TestNode];
  any.net.serve(Ask, (member, request) => {
    const { name } = cluster.nodes[member]!;
    served.push(`${request.body.number} ${name}`);
    request.reply(Told.make({ number: request.body.number, by: name }));
  });
  return { cluster, random, served };
}

describe("iterative delivery", () => {
  testSeeds(
    FILE,
    "ends where recursive delivery ends, for nodes and for objects",
    6,
    async (seed) => {
      const { cluster, random } = grown(seed);
      for (let i = 0; i < 40; i++) {
        const from = cluster.nodes[random.below(70)]!;
        const to = cluster.nodes[random.below(70)]!;
        const name = random.chance(0.5) ? to.name : `${to.name}/x${i}`;
        const body = Ask.make({ number: i });
        const one = await cluster.until(from.net.routeByName(from.member, name, body, recursive));
        const other = await cluster.until(from.net.routeByName(from.member, name, body, iterative));
        expect(cluster.contacts.name(other.by)).toBe(to.name);
        expect([other.by, other.body]).toEqual([one.by, one.body]);
      }
    },
  );

  testSeeds(
    FILE,
    "goes round silent nodes, and serves once, at the right node",
    6,
    async (seed) => {
      const { cluster, random, served } = grown(seed);
      const victims = cluster.nodes.filter(() => random.chance(0.15));
      for (const { host } of victims) cluster.simulation.hang(host);
      const live = cluster.nodes.filter((node) => !victims.includes(node));
      for (let i = 0; i < 25; i++) {
        const [from, to] = [live[random.below(live.length)]!, live[random.below(live.length)]!];
        const body = Ask.make({ number: i });
        const reply = await cluster.until(
          from.net.routeByName(from.member, to.name, body, iterative),
        );
        expect(reply.by).toBe(to.ref);
        expect(served.filter((line) => line.startsWith(`${i} `))).toEqual([`${i} ${to.name}`]);
      }
    },
  );

  testSeeds(
    FILE,
    "keeps within the organisation when the predecessor is silent",
    10,
    async (seed) => {
      const asked: string[] = [];
      const cluster = new Cluster(seed, {
        transport: "udp",
        overlay: { k: 3 },
        onMessage: (_from, to) => asked.push(to),
      });
      const random = cluster.simulation.random("test.names");
      cluster.add(organisations(60, 3, (bound) => random.below(bound)));
      cluster.construct();
      const own = cluster.nodes.filter(({ name }) => name.startsWith("org1."));
      const { table } = cluster.context;
      const from = own[random.below(own.length)]!;
      // The node to its left is silent: an object there goes to the one before, straight.
      const dead = cluster.nodes.find(({ ref }) => ref === table.neighbour(from.member, 0, 1))!;
      const before = table.neighbour(dead.member, 0, 1);
      if (!dead.name.startsWith("org1.") || !cluster.contacts.name(before).startsWith("org1."))
        return;
      cluster.simulation.hang(dead.host);
      asked.length = 0;
      const reply = await cluster.until(
        from.net.routeToName(from.member, cluster.contacts.nameOnly(`${dead.name}/x`), undefined, {
          ...iterative,
          deadlineUs: 20 * SECOND_US,
        }),
      );
      expect(reply.by).toBe(before);
    },
  );

  testSeeds(
    FILE,
    "does not call it undone when a node that was handed the request fell silent",
    5,
    async (seed) => {
      const cluster = new Cluster(seed, { transport: "udp", overlay: { k: 3 } });
      const [from, to] = cluster.add(["org.a", "org.b"]) as [TestNode, TestNode];
      cluster.construct();
      let count = 0;
      from.net.serve(Ask, (member, request) => {
        count++;
        // Acted upon, and then never answered: its process stops.
        if (member === to.member) cluster.simulation.hang(to.host);
        else request.decline("overloaded");
      });
      const routed = from.net.routeByName(from.member, "org.b", Ask.make({ number: 1 }), iterative);
      const code = await codeOf(cluster.until(routed));
      expect(count).toBeGreaterThan(0);
      expect(["E_UNREACHABLE", "E_DEADLINE"]).toContain(code);
    },
  );
});
