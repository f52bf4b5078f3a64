import { expect, test } from "vitest";
import { NO_REF } from "../../src/core/contacts.ts";
import { RouteAnswer } from "../../src/overlay/messages.ts";
import { nextHopByName } from "../../src/overlay/next-hop.ts";
import { Requests } from "../../src/overlay/requests.ts";
import { CLOCKWISE } from "../../src/overlay/ring-order.ts";
import {
  Ask,
  Cluster,
  codeOf,
  organisations,
  SECOND_US,
  type TestNode,
} from "./support/cluster.ts";

// A request that came back from its first hop, which may have taken it, and was sent elsewhere.

function grown(seed: string): Cluster {
  const cluster = new Cluster(seed, { transport: "udp", overlay: { k: 2 } });
  const random = cluster.simulation.random("test.names");
  cluster.add(organisations(30, 1, (bound) => random.below(bound)));
  cluster.construct();
  return cluster;
}

test.each([true, false])(
  "one copy's no is definite only if there is no other copy: %s",
  async (isCopied) => {
    const cluster = grown("1");
    const [node] = cluster.nodes as [TestNode];
    const requests = new Requests(cluster.context);
    const ids: number[] = [];
    const limits = { deadlineUs: SECOND_US, tries: 1 };
    const asked = requests.start(node.member, node.ref, limits, (id) => ids.push(id));
    const id = ids[0] as number;
    if (isCopied) requests.copied(id);
    const no = {
      status: "overloaded",
      hops: 1,
      by: node.ref,
      holders: [],
      body: undefined,
    } as const;
    requests.onAnswer(RouteAnswer.make({ id, ...no }));
    expect(await cluster.until(codeOf(asked))).toBe(isCopied ? "E_UNREACHABLE" : "E_NO_ROUTE");
  },
);

test("what comes back after its request has ended is not sent on", async () => {
  const cluster = grown("2");
  const [from] = cluster.nodes as [TestNode];
  const net = cluster.context;
  const firstHop = (to: TestNode) => nextHopByName(net, from.member, to.ref, CLOCKWISE);
  const target = cluster.nodes.find(
    (to) => ![NO_REF, to.ref].includes(firstHop(to)) && to.name > from.name,
  ) as TestNode;
  const first = cluster.nodes.find(({ ref }) => ref === firstHop(target)) as TestNode;
  let served = 0;
  from.net.serve(Ask, (_member, request) => {
    served++;
    request.reply(undefined);
  });
  const ask = (signal?: AbortSignal) =>
    codeOf(
      from.net.routeToName(from.member, target.ref, Ask.make({ number: 1 }), {
        deadlineUs: 60 * SECOND_US,
        tries: 1,
        signal,
      }),
    );
  cluster.simulation.hang(first.host);
  const caller = new AbortController();
  const given = ask(caller.signal);
  await cluster.advance(1_000);
  caller.abort();
  expect(await cluster.until(given)).toBe("E_ABORTED");
  await cluster.advance(30 * SECOND_US);
  expect(served).toBe(0);
  expect(await cluster.until(ask())).toBe("done");
  expect(served).toBe(1);
});
