import { describe, expect } from "vitest";
import { NO_REF } from "../../src/core/contacts.ts";
import { compareName } from "../../src/core/names.ts";
import { Violations } from "../../src/overlay/check.ts";
import { RouteByName } from "../../src/overlay/messages.ts";
import { Oracle } from "../../src/overlay/oracle.ts";
import type { Member } from "../../src/overlay/overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../../src/overlay/ring-order.ts";
import { RouteChecker } from "../../src/overlay/route-check.ts";
import type { RouteObserver } from "../../src/overlay/router.ts";
import { Ask, Cluster, organisations, SECOND_US, type TestNode, Told } from "./support/cluster.ts";
import { testSeeds } from "./support/seeds.ts";

const FILE = "test/overlay/locality.test.ts";
const limits = { deadlineUs: 60 * SECOND_US };

/** Follows the routes of one node: the nodes they visit, in order; late tries of others are not among them. */
class Follower implements RouteObserver {
  visited: TestNode[] = [];
  from: TestNode | undefined;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  onRoute(member: Member, message: Parameters<RouteObserver["onRoute"]>[1]): void {
    const node = this.#cluster.nodes[member];
    if (node !== undefined && message.carried.origin === this.from?.ref) this.visited.push(node);
  }
}

const organisation = (name: string): string => name.split(".")[0]!;

/** Another member of the same ring instead of the nearest: stale, as after joins not yet heard of. */
function makeStale(cluster: Cluster, share: number): number {
  const { context: net } = cluster;
  const random = cluster.simulation.random("test.stale");
  let changed = 0;
  for (const { member, ref } of cluster.nodes) {
    for (let level = 1; level <= net.table.topLevel(member); level++) {
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        const ring = cluster.nodes.filter(
          (node) => node.ref !== ref && net.digits.shareRing(ref, node.ref, level),
        );
        const other = ring[random.below(Math.max(1, ring.length))];
        if (other === undefined || !random.chance(share)) continue;
        net.table.setPointer(member, level, direction, 0, other.ref);
        changed++;
      }
    }
  }
  return changed;
}

function suspectSome(cluster: Cluster, share: number, spared: readonly TestNode[]): void {
  const { context: net } = cluster;
  const random = cluster.simulation.random("test.suspects");
  for (const { member } of cluster.nodes) {
    for (let level = 0; level <= net.table.topLevel(member); level++) {
      for (const direction of [CLOCKWISE, COUNTER_CLOCKWISE] as const) {
        const ref = net.table.neighbour(member, level, direction);
        if (ref === NO_REF || spared.some((node) => node.ref === ref)) continue;
        if (random.chance(share)) net.suspects.add(member, ref);
      }
    }
    for (const node of spared) net.suspects.forget(member, node.ref);
  }
}

function grown(seed: string, overlay: { k: number; dense?: boolean }, nodes = 60): Cluster {
  const cluster = new Cluster(seed, { latency: "constant", overlay });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(nodes, 1 + random.below(6), (bound) => random.below(bound)));
  cluster.construct();
  return cluster;
}

describe("path locality", () => {
  for (const stale of ["exact", "stale", "suspects"] as const) {
    testSeeds(
      FILE,
      `a route within an organisation stays in it: ${stale} tables`,
      30,
      async (seed) => {
        const cluster = grown(seed, { k: 2 + (Number(seed) % 7) });
        const violations = new Violations();
        const checker = new RouteChecker(cluster.context, violations);
        const follower = new Follower(cluster);
        if (stale === "stale") expect(makeStale(cluster, 0.5)).toBeGreaterThan(0);
        const random = cluster.simulation.random("test.routes");
        for (let i = 0; i < 20; i++) {
          const from = cluster.nodes[random.below(cluster.nodes.length)]!;
          const own = cluster.nodes.filter(
            ({ name }) => organisation(name) === organisation(from.name),
          );
          const to = own[random.below(own.length)]!;
          if (stale === "suspects") suspectSome(cluster, 0.2, [to]);
          follower.visited = [];
          follower.from = from;
          from.net.observeRoutes({
            onRoute(member, message) {
              checker.onRoute(member, message);
              follower.onRoute(member, message);
            },
          });
          const reply = await cluster.until(
            from.net.routeToName(from.member, to.ref, undefined, limits),
          );
          expect(reply.by).toBe(to.ref);
          const outside = follower.visited.filter(
            ({ name }) => organisation(name) !== organisation(from.name),
          );
          expect(outside.map(({ name }) => name)).toEqual([]);
          // Between source and target, and nearer with every hop.
          const names = [from.name, to.name].sort(compareName);
          for (const { name } of follower.visited) {
            expect(compareName(names[0]!, name)).toBeLessThanOrEqual(0);
            expect(compareName(name, names[1]!)).toBeLessThanOrEqual(0);
          }
        }
        expect(violations.described).toEqual([]);
        expect(violations.checked).toBeGreaterThan(0);
      },
    );
  }

  testSeeds(
    FILE,
    "I6 and I7 hold on routes to anywhere, and the check sees steps back",
    10,
    async (seed) => {
      const cluster = grown(seed, { k: 3, dense: Number(seed) % 2 === 0 });
      const violations = new Violations();
      const checker = new RouteChecker(cluster.context, violations);
      const [any] = cluster.nodes as [TestNode];
      any.net.observeRoutes(checker);
      const random = cluster.simulation.random("test.routes");
      for (let i = 0; i < 40; i++) {
        const from = cluster.nodes[random.below(cluster.nodes.length)]!;
        const to = cluster.nodes[random.below(cluster.nodes.length)]!;
        const { numericId } = cluster.contacts.contact(to.ref);
        await cluster.until(from.net.routeToName(from.member, to.ref, undefined, limits));
        await cluster.until(from.net.routeByNumericId(from.member, numericId!, undefined, limits));
      }
      expect(violations.described).toEqual([]);
      const sorted = [...cluster.nodes].sort((a, b) => compareName(a.name, b.name));
      const message = RouteByName.make({
        target: sorted[30]!.ref,
        clockwise: true,
        hops: 0,
        remainingMs: 1,
        carried: { id: 1, origin: sorted[0]!.ref, attempt: 1, body: undefined },
      });
      for (const at of [0, 20, 10]) checker.onRoute(sorted[at]!.member, message);
      expect(violations.described.map(({ invariant }) => invariant)).toContain("I6");
      expect(violations.count).toBeLessThanOrEqual(2);
      const count = violations.count;
      const org = sorted.filter(({ name }) => organisation(name) === organisation(sorted[5]!.name));
      const within = RouteByName.make({
        target: org[1]!.ref,
        clockwise: true,
        hops: 0,
        remainingMs: 1,
        carried: { id: 2, origin: org[0]!.ref, attempt: 1, body: undefined },
      });
      const stranger = sorted.find(
        ({ name }) => organisation(name) !== organisation(sorted[5]!.name),
      );
      if (stranger === undefined) return;
      for (const at of [org[0]!, stranger, org[1]!]) checker.onRoute(at.member, within);
      expect(violations.count).toBeGreaterThan(count);
      expect(checker.outsidePrefix).toBe(1);
    },
  );
});

describe("placement", () => {
  testSeeds(
    FILE,
    "an object's route ends at its node from everywhere, both ways round",
    6,
    async (seed) => {
      const cluster = grown(seed, { k: 4 }, 40);
      const served: string[] = [];
      const ways = new Set<boolean>();
      const [any] = cluster.nodes as [TestNode];
      any.net.serve(Ask, (member, request) => {
        served.push(`${request.body.number} ${cluster.nodes[member]!.name}`);
        request.reply(Told.make({ number: request.body.number, by: cluster.nodes[member]!.name }));
      });
      any.net.observeRoutes({
        onRoute(_member, message) {
          if (RouteByName.is(message) && message.hops === 0) ways.add(message.clockwise);
        },
      });
      const random = cluster.simulation.random("test.routes");
      for (const node of cluster.nodes) {
        const from = cluster.nodes[random.below(cluster.nodes.length)]!;
        const name = `${node.name}/${["doc", "a.b", "-x", "~"][random.below(4)]}`;
        const reply = await cluster.until(
          from.net.routeByName(from.member, name, Ask.make({ number: node.number }), limits),
        );
        expect(cluster.contacts.name(reply.by)).toBe(node.name);
        expect(reply.body).toMatchObject({ by: node.name });
        // Perhaps twice, where the first answer came late; but nowhere else.
        const own = served.filter((line) => line.startsWith(`${node.number} `));
        expect([...new Set(own)]).toEqual([`${node.number} ${node.name}`]);
      }
      expect(ways.size).toBe(2);
    },
  );

  testSeeds(
    FILE,
    "names that are nobody's end at the predecessor of the whole ring",
    6,
    async (seed) => {
      const cluster = grown(seed, { k: 4 }, 30);
      const oracle = new Oracle(
        cluster.context,
        cluster.nodes.map(({ member }) => member),
      );
      for (const name of ["a", "org0", "org2.host", "zz", "org0.host1/x", "org9.host"]) {
        for (const from of cluster.nodes.slice(0, 8)) {
          const target = cluster.contacts.nameOnly(name);
          const owner = cluster.context.self(oracle.ownerOfName(target));
          const reply = await cluster.until(
            from.net.routeToName(from.member, target, undefined, limits),
          );
          expect(cluster.contacts.name(reply.by)).toBe(cluster.contacts.name(owner));
        }
      }
    },
  );

  testSeeds(
    FILE,
    "a numeric route ends at the first of the oracle and names the first three",
    6,
    async (seed) => {
      const cluster = grown(seed, { k: 2 + (Number(seed) % 5) }, 40);
      const oracle = new Oracle(
        cluster.context,
        cluster.nodes.map(({ member }) => member),
      );
      const random = cluster.simulation.random("test.ids");
      for (let i = 0; i < 25; i++) {
        const from = cluster.nodes[random.below(cluster.nodes.length)]!;
        const id = Array.from({ length: 32 }, () => random.below(16).toString(16)).join("");
        const target = cluster.contacts.numericOnly(id as never);
        const owners = oracle.ownersOfId(target, 3).map((member) => cluster.context.self(member));
        const reply = await cluster.until(
          from.net.routeByNumericId(from.member, id as never, undefined, limits),
        );
        expect([reply.by, reply.holders[0]]).toEqual([owners[0], owners[0]]);
        expect(reply.holders.length).toBe(3);
      }
    },
  );

  testSeeds(
    FILE,
    "a hand-over that comes back goes on to the left, not round the ring",
    10,
    async (seed) => {
      const cluster = grown(seed, { k: 4 }, 50);
      const sorted = [...cluster.nodes].sort((a, b) => compareName(a.name, b.name));
      const at = 10 + (Number(seed) % 20);
      const [dead, successor] = [sorted[at]!, sorted[at + 1]!];
      if (organisation(dead.name) !== organisation(successor.name)) return;
      cluster.simulation.hang(dead.host);
      const follower = new Follower(cluster);
      follower.from = successor;
      successor.net.observeRoutes(follower);
      const reply = await cluster.until(
        successor.net.routeToName(
          successor.member,
          cluster.contacts.nameOnly(`${dead.name}/x`),
          undefined,
          limits,
        ),
      );
      expect(cluster.contacts.name(reply.by)).toBe(sorted[at - 1]!.name);
      const names = follower.visited.map(({ name }) => name);
      const allowed = [successor.name, sorted[at - 1]!.name];
      expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    },
  );
});
