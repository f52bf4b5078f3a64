import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareName, isInDomain, parseObjectName } from "../../src/core/names.ts";
import { hashName } from "../../src/core/numeric-id.ts";
import { RouteInDomain } from "../../src/overlay/domains/messages.ts";
import type { OverlayOptions } from "../../src/overlay/options.ts";
import { Oracle } from "../../src/overlay/oracle.ts";
import type { Message } from "../../src/wire/message.ts";
import { Ask, Cluster, codeOf, SECOND_US, type TestNode, Told } from "./support/cluster.ts";

const DEADLINE = { deadlineUs: 30 * SECOND_US };

/** Members of an organisation between members of others. */
function namesOf(inside: number, outside: number): string[] {
  const own = Array.from({ length: inside }, (_, i) => `m.host${String(i).padStart(5, "0")}`);
  const others = Array.from({ length: outside }, (_, i) => {
    const first = i % 2 === 0 ? "a" : "z";
    return `${first}${i}.host`;
  });
  return [...own, ...others];
}

function clusterOf(
  seed: string,
  names: readonly string[],
  overlay: Partial<OverlayOptions>,
  onMessage?: (to: string, message: Message) => void,
): Cluster {
  const cluster = new Cluster(seed, {
    latency: "sphere",
    transport: "udp",
    overlay: { membersExpected: names.length, ...overlay },
    onMessage: onMessage === undefined ? undefined : (_from, to, message) => onMessage(to, message),
  });
  cluster.add(names);
  cluster.contacts.rankNames();
  cluster.construct();
  return cluster;
}

const insideOf = (cluster: Cluster, domain: string): TestNode[] =>
  cluster.nodes.filter(({ name }) => isInDomain(name, domain));

/** Who should hold what has this ID in the domain. */
function ownersOf(cluster: Cluster, members: readonly TestNode[], suffix: string) {
  const oracle = new Oracle(
    cluster.context,
    members.map(({ member }) => member),
  );
  const target = cluster.contacts.numericOnly(hashName(suffix));
  return oracle.ownersOfId(target, 3).map((member) => cluster.context.self(member));
}

describe("names of objects", () => {
  test("a domain is whole components, and one piece of the order of names", () => {
    const name = fc.stringMatching(/^[ab]{1,2}(\.[ab]{1,2}){0,2}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1 }), name, (all, domain) => {
        const inside = [...all].sort(compareName).map((one) => isInDomain(one, domain));
        const text = inside.map((is) => (is ? "1" : "0")).join("");
        expect(text).toMatch(/^0*1*0*$/);
      }),
    );
    expect(isInDomain("com.example2", "com.example")).toBe(false);
    expect(parseObjectName("com.example!a!b")).toEqual({ domain: "com.example", suffix: "a!b" });
    expect(parseObjectName("!a")).toEqual({ domain: "", suffix: "a" });
    expect(parseObjectName("com.example/a")).toBeUndefined();
  });
});

describe("constrained load balancing", () => {
  test("every source reaches the same node, the first of the domain, and no route leaves it from inside", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(1_000),
        fc.boolean(),
        async (k, inside, seed, cTable) => {
          const left: string[] = [];
          const cluster = clusterOf(
            `clb-${seed}`,
            namesOf(inside, 40),
            { k, cTable },
            (to, message) => {
              if (!RouteInDomain.is(message) || isInDomain(to, "m")) return;
              const origin = cluster.contacts.name(message.carried.origin);
              if (isInDomain(origin, "m")) left.push(`${origin} by ${to}`);
            },
          );
          const suffix = `object-${seed}`;
          const [owner] = ownersOf(cluster, insideOf(cluster, "m"), suffix);
          const replies = await cluster.until(
            Promise.all(
              cluster.nodes.map(({ net, member }) =>
                net.domains.routeToObject(member, `m!${suffix}`, undefined, DEADLINE),
              ),
            ),
          );
          for (const { by, holders } of replies) {
            expect(by).toBe(owner);
            expect(holders).toEqual([owner]);
          }
          expect(left).toEqual([]);
        },
      ),
      { numRuns: 12 },
    );
  });

  test("with a third of the domain dead but known to all, what is left of it agrees", async () => {
    const cluster = clusterOf("stale", namesOf(60, 60), { k: 4, cTable: true, pTable: true });
    const dead = cluster.nodes.filter((_, i) => i % 3 === 0);
    const alive = cluster.nodes.filter((_, i) => i % 3 !== 0);
    for (const { host } of dead) cluster.simulation.crash(host);
    await cluster.advance(60 * SECOND_US);
    const [owner] = ownersOf(
      cluster,
      alive.filter(({ name }) => isInDomain(name, "m")),
      "x",
    );
    const replies = await cluster.until(
      Promise.all(
        alive.map(({ net, member }) =>
          net.domains.routeToObject(member, "m!x", undefined, DEADLINE),
        ),
      ),
    );
    expect(new Set(replies.map(({ by }) => by))).toEqual(new Set([owner]));
  });

  test("names as many members as wanted, best first, and serves at the first", async () => {
    const cluster = clusterOf("three", namesOf(50, 30), {});
    const { net, member } = cluster.node("a0.host");
    net.serve(Ask, (at, request) => {
      const by = cluster.contacts.name(net.self(at));
      request.reply(Told.make({ number: request.body.number, by }));
    });
    const owners = ownersOf(cluster, insideOf(cluster, "m"), "y");
    const asked = net.domains.routeToObject(member, "m!y", Ask.make({ number: 7 }), {
      ...DEADLINE,
      holders: 3,
    });
    const { holders, by, body } = await cluster.until(asked);
    expect(holders).toEqual(owners);
    expect(body).toMatchObject({ number: 7, by: cluster.contacts.name(by) });
  });

  test("the whole system, one node, and a domain without members", async () => {
    const cluster = clusterOf("cases", namesOf(20, 20), {});
    const { net, member } = cluster.node("z1.host");
    const route = (name: string) => net.domains.routeToObject(member, name, undefined, DEADLINE);
    const everywhere = await cluster.until(route("!x"));
    expect(everywhere.by).toBe(ownersOf(cluster, cluster.nodes, "x")[0]);
    const explicit = await cluster.until(route("m.host00003/doc"));
    expect(cluster.contacts.name(explicit.by)).toBe("m.host00003");
    const one = await cluster.until(route("m.host00003!x"));
    expect(cluster.contacts.name(one.by)).toBe("m.host00003");
    expect(await cluster.until(codeOf(route("nobody!x")))).toBe("E_NO_ROUTE");
    expect(await cluster.until(codeOf(route("no body!x")))).toBe("E_NAME");
  });

  test.each([
    { k: 2, inside: 256, expected: 7.8 },
    { k: 8, inside: 256, expected: 16.7 },
    { k: 2, inside: 655, expected: 8.9 },
    { k: 8, inside: 655, expected: 19.8 },
    { k: 8, inside: 2_048, expected: 23 },
  ])("takes the hops of a search among the members alone: $inside members, k = $k", async (row) => {
    const cluster = clusterOf("hops", namesOf(row.inside, 2_048), {
      k: row.k,
      routeWith: "rtable",
    });
    const inside = insideOf(cluster, "m");
    let hops = 0;
    const count = 2_000;
    const all = Array.from({ length: count }, async (_, i) => {
      const { net, member } = inside[i % inside.length] as TestNode;
      const reply = await net.domains.routeToObject(member, `m!object-${i}`, undefined, DEADLINE);
      hops += reply.hops;
    });
    await cluster.until(Promise.all(all));
    expect(Math.abs(hops / count / row.expected - 1), `${hops / count} hops`).toBeLessThan(0.1);
  });
});
