import { beforeEach, describe, expect, test } from "vitest";
import { NO_REF } from "../../src/core/contacts.ts";
import { RouteByName, RouteByNumericId } from "../../src/overlay/messages.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE } from "../../src/overlay/ring-order.ts";
import type { Message } from "../../src/wire/message.ts";
import { Cluster, idOfBits, SECOND_US } from "./support/cluster.ts";

/** SkipNet (USITS 2003), figure 2: eight nodes, k = 2, numeric IDs of three bits, here with a fourth. */
const IDS = {
  A: "0000",
  D: "1100",
  M: "0100",
  O: "1001",
  T: "0010",
  V: "1110",
  X: "0110",
  Z: "1000",
} as const;
type Name = keyof typeof IDS;
const NAMES = Object.keys(IDS) as Name[];
const numericIds = Object.fromEntries(NAMES.map((name) => [name, idOfBits(IDS[name])]));

let cluster: Cluster;
let conversation: string[];

function describeMessage(message: Message): string {
  const name = (ref: number): string =>
    ref === NO_REF ? "–" : cluster.contacts.name(ref as typeof NO_REF);
  if (RouteByName.is(message)) {
    const way = message.clockwise ? "clockwise" : "counter-clockwise";
    return `${way} to ${name(message.target)}`;
  }
  if (RouteByNumericId.is(message)) {
    const seen = [message.best, message.second, message.third].map(name).join(" ");
    const ring = message.final ? "deliver" : `ring level ${message.level}`;
    return `${ring}, started at ${name(message.start)}, best ${seen}`;
  }
  return message.type.name;
}

beforeEach(() => {
  conversation = [];
  cluster = new Cluster("paper", {
    latency: "constant",
    overlay: { k: 2, routeWith: "rtable", leafSetSize: 2 },
    onMessage: (from, to, message) => {
      conversation.push(`${from} -> ${to}  ${describeMessage(message)}`);
    },
  });
  cluster.add(["T", "A", "Z", "M", "D", "X", "O", "V"], numericIds);
  cluster.construct();
});

const limits = { deadlineUs: 10 * SECOND_US };

async function lookUp(from: Name, to: Name): Promise<string> {
  const { net, member } = cluster.node(from);
  const reply = await cluster.until(
    net.routeToName(member, cluster.node(to).ref, undefined, limits),
  );
  return `${cluster.contacts.name(reply.by)} after ${reply.hops} hops`;
}

describe("the paper's example of eight nodes", () => {
  test("R-Table of A", () => {
    const { table } = cluster.context;
    const { member } = cluster.node("A");
    const rows: string[] = [];
    for (let level = table.topLevel(member); level >= 0; level--) {
      const [left, right] = [COUNTER_CLOCKWISE, CLOCKWISE].map((direction) =>
        cluster.contacts.name(table.neighbour(member, level, direction as 0 | 1)),
      );
      rows.push(`level ${level}: ${left} and ${right}`);
    }
    expect(rows).toMatchInlineSnapshot(`
      [
        "level 2: T and T",
        "level 1: X and M",
        "level 0: Z and D",
      ]
    `);
  });

  test("the rings of all levels", () => {
    const { table } = cluster.context;
    const rings = new Set<string>();
    for (const { member, ref } of cluster.nodes) {
      for (let level = 0; level <= table.topLevel(member); level++) {
        const names: string[] = [];
        let at = ref;
        do {
          names.push(cluster.contacts.name(at));
          at = table.neighbour(cluster.node(cluster.contacts.name(at)).member, level, CLOCKWISE);
        } while (at !== ref && names.length < 20);
        const first = names.indexOf([...names].sort()[0]!);
        const ring = [...names.slice(first), ...names.slice(0, first)].join(" ");
        rings.add(`level ${level}: ${ring}`);
      }
    }
    expect([...rings].sort()).toMatchInlineSnapshot(`
      [
        "level 0: A D M O T V X Z",
        "level 1: A M T X",
        "level 1: D O V Z",
        "level 2: A T",
        "level 2: D V",
        "level 2: M X",
        "level 2: O Z",
        "level 3: O Z",
      ]
    `);
  });

  test("a route from A to V goes over T", async () => {
    // In the paper names are of one organisation: no coin, the direction follows by comparison.
    const { net, member } = cluster.node("A");
    const steps: string[] = [];
    net.observeRoutes({
      onRoute: (at) => steps.push(cluster.contacts.name(net.self(at))),
    });
    for (let i = 0; i < 20 && steps.join(" ") !== "A T V"; i++) {
      steps.length = 0;
      conversation.length = 0;
      await cluster.until(net.routeToName(member, cluster.node("V").ref, undefined, limits));
    }
    expect(conversation).toMatchInlineSnapshot(`
      [
        "A -> T  clockwise to V",
        "T -> V  clockwise to V",
        "V -> A  overlay.routeAnswer",
      ]
    `);
  });

  test("the numeric search for 1011 from A climbs to ring 10 and ends when it has been round: a node N joins there", async () => {
    const [joiner] = cluster.add(["N"], { N: idOfBits("1011") });
    await cluster.until(cluster.join(joiner!, cluster.node("A")));
    await cluster.advance(100_000);
    expect(conversation).toMatchInlineSnapshot(`
      [
        "N -> A  overlay.joinStart",
        "A -> D  ring level 0, started at A, best – – –",
        "D -> O  ring level 1, started at D, best – – –",
        "O -> Z  ring level 2, started at O, best – – –",
        "Z -> D  overlay.joinSearch",
        "D -> M  overlay.joinSearch",
        "M -> N  overlay.joinFound",
        "N -> M  overlay.linkRequest",
        "M -> O  overlay.linkLeft",
        "M -> N  overlay.linkReply",
        "N -> O  overlay.ringHint",
        "N -> D  overlay.ringHint",
        "N -> O  overlay.ringHint",
        "N -> Z  overlay.ringHint",
      ]
    `);
  });

  test("a request for 1011 ends there too, after one more ring for its three holders", async () => {
    const { net, member } = cluster.node("A");
    const reply = await cluster.until(
      net.routeByNumericId(member, idOfBits("1011"), undefined, limits),
    );
    expect(conversation).toMatchInlineSnapshot(`
      [
        "A -> D  ring level 0, started at A, best A – –",
        "D -> O  ring level 1, started at D, best D A –",
        "O -> Z  ring level 2, started at O, best O D A",
        "Z -> D  ring level 1, started at Z, best O Z D",
        "D -> O  ring level 1, started at Z, best O Z D",
        "O -> V  ring level 1, started at Z, best O Z D",
        "V -> O  deliver, started at Z, best O Z D",
        "O -> A  overlay.routeAnswer",
      ]
    `);
    expect(cluster.contacts.name(reply.by)).toBe("O");
    expect(reply.holders.map((ref) => cluster.contacts.name(ref))).toEqual(["O", "Z", "D"]);
  });

  test("every name is found from every node", async () => {
    for (const from of NAMES) {
      for (const to of NAMES) expect(await lookUp(from, to)).toMatch(new RegExp(`^${to} after`));
    }
  });
});
