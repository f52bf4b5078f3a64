import { expect, test } from "vitest";
import { between, neighbours } from "./neighbours.ts";
import { token, type VirtualNet, type VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1_000;

/** Sends one message from `a` into what is silent, and says what became of it and of the peer, when. */
function story(net: VirtualNet, a: VirtualNode, toB: number, forUs: number): string[] {
  const start = net.nowUs;
  const happened: string[] = [];
  a.onEvent = (event) => {
    const at = `${((net.nowUs - start) / 1000).toFixed(1)} ms`;
    if (event.kind === "peer" && event.peer === toB) {
      happened.push(`${at}: ${event.state} ${event.reason}`);
    }
    if (event.kind === "verdict") happened.push(`${at}: verdict ${JSON.stringify(event.verdict)}`);
  };
  a.send(a.peer(net.nodes.get(2) as VirtualNode), "unheard", token(7));
  net.advance(forUs);
  return happened;
}

test("a broken path: helpers are asked, ping the peer, and vouch for it", () => {
  const { net, a, toB } = neighbours(4);
  const cut = between(1, 2);
  net.fate = (from, to) => (cut(from, to) ? [] : [ms(5)]);
  net.recording = true;
  const startMs = (net.nowUs - 1_000_000) / 1_000;
  a.send(toB, "unheard");
  net.advance(ms(230));
  expect(a.protocol.health(toB)?.state).toBe("suspect");
  const said = net.conversation.flatMap((line) => {
    const [at, from, , to] = line.trim().split(/ +/);
    if (cut(Number(from), Number(to))) return [];
    return [
      `${(Number(at) - startMs).toFixed(1).padStart(6)} ${line.slice(line.indexOf(" > ") - 1)}`,
    ];
  });
  expect(said.join("\n")).toMatchInlineSnapshot(`
    "  62.5 1 > 3 #2 ask(0 about 1002 at 10.0.0.1:2)
      62.5 1 > 4 #2 ask(0 about 1002 at 10.0.0.1:2)
      67.5 3 > 2 #2 ping !
      67.5 4 > 2 #2 ping !
      72.5 2 > 3 #2 ack(2 11)
      72.5 2 > 4 #2 ack(2 11)
      77.5 3 > 1 #2 vouch(0)
      77.5 4 > 1 #2 vouch(0)
     212.5 1 > 3 #3 ask(1 about 1002 at 10.0.0.1:2)
     212.5 1 > 4 #3 ask(1 about 1002 at 10.0.0.1:2)
     217.5 3 > 2 #3 ping !
     217.5 4 > 2 #3 ping !
     222.5 2 > 3 #3 ack(3 111)
     222.5 2 > 4 #3 ack(3 111)
     227.5 3 > 1 #3 vouch(1)
     227.5 4 > 1 #3 vouch(1)"
  `);
});

test("while others hear it, a peer stays suspect for so long at most; then it is down, and all have their verdict", () => {
  const { net, a, b, toB } = neighbours(5);
  const cut = between(1, 2);
  net.fate = (from, to) => (cut(from, to) ? [] : [ms(5)]);
  expect(story(net, a, toB, ms(9_000)).join("\n")).toMatchInlineSnapshot(`
    "62.5 ms: suspect silent
    2300.0 ms: verdict {"outcome":"unknown","reason":"silent"}
    2300.0 ms: down silent"
  `);
  // It was here all the time, and says so once the path is whole.
  expect(b.received.length).toBe(4);
  expect(a.protocol.counters.vouched).toBeGreaterThan(10);
});

test("one way is enough to be cut: the peer hears, and is not heard", () => {
  const { net, a, toB } = neighbours(5);
  net.fate = (from, to) => (from === 2 && to === 1 ? [] : [ms(5)]);
  const lines = story(net, a, toB, ms(9_000));
  expect(lines).toEqual([
    "62.5 ms: suspect silent",
    '2300.0 ms: verdict {"outcome":"unknown","reason":"silent"}',
    "2300.0 ms: down silent",
  ]);
});

test("a path that heals in time: the peer is up again, and the message arrives", () => {
  const { net, a, b, toB } = neighbours(5);
  const healsUs = net.nowUs + ms(1_500);
  const cut = between(1, 2);
  net.fate = (from, to) => (cut(from, to) && net.nowUs < healsUs ? [] : [ms(5)]);
  const lines = story(net, a, toB, ms(4_000));
  expect(lines[0]).toBe("62.5 ms: suspect silent");
  expect(lines.slice(1).map((line) => line.replace(/.*ms: /, ""))).toEqual([
    'verdict {"outcome":"delivered"}',
    "up heard",
  ]);
  expect(b.received.at(-1)).toBe("unheard");
  expect(a.protocol.counters.revived).toBe(0);
});

test("a dead peer is found as soon with helpers as without", () => {
  const { net, a, b, toB } = neighbours(5);
  b.paused = true;
  net.fate = () => [ms(5)];
  const lines = story(net, a, toB, ms(4_000));
  expect(lines.at(-1)).toBe("300.0 ms: down silent");
  expect(a.protocol.counters.vouched).toBe(0);
  expect(a.protocol.counters.indirectProbes).toBe(6);
});

test("a peer that dies while others vouch for it is found soon after", () => {
  const { net, a, b, toB } = neighbours(5);
  const cut = between(1, 2);
  net.fate = (from, to) => (cut(from, to) ? [] : [ms(5)]);
  const diesUs = net.nowUs + ms(700);
  a.onEvent = undefined;
  const start = net.nowUs;
  a.send(toB, "unheard");
  net.advance(diesUs - net.nowUs);
  b.paused = true;
  while (a.protocol.health(toB)?.state !== "down") net.advance(ms(1));
  expect(net.nowUs - diesUs).toBeLessThanOrEqual(ms(2 * 300));
  expect(net.nowUs - start).toBeLessThan(ms(1_400));
});

test("dead helpers do not matter while one lives; with all dead it is as without them", () => {
  const one = neighbours(6);
  const cut = between(1, 2);
  for (const helper of one.helpers.slice(0, 3)) helper.paused = true;
  one.net.fate = (from, to) => (cut(from, to) ? [] : [ms(5)]);
  // Those that are suspect are not asked; those not known to be dead are, and others in their turn.
  const lines = story(one.net, one.a, one.toB, ms(9_000));
  expect(lines.at(-1)).toMatch(/^2\d{3}\.\d ms: down silent$/);

  const none = neighbours(6);
  for (const helper of none.helpers) helper.paused = true;
  none.net.fate = (from, to) => (cut(from, to) ? [] : [ms(5)]);
  expect(story(none.net, none.a, none.toB, ms(9_000)).at(-1)).toBe("300.0 ms: down silent");
});

test("helpers whose path is no better have nothing to say", () => {
  const { net, a, toB } = neighbours(5);
  net.fate = (from, to) => (from === 2 || to === 2 ? [] : [ms(5)]);
  expect(story(net, a, toB, ms(9_000)).at(-1)).toBe("300.0 ms: down silent");
});

test("a question that waited for seconds is not answered any more", () => {
  const { net, a, b, toB, helpers } = neighbours(4);
  const vouches = () => helpers.reduce((n, { protocol }) => n + protocol.counters.vouchesSent, 0);
  b.paused = true;
  a.send(toB, "unheard");
  net.advance(ms(250));
  expect(a.protocol.counters.indirectProbes).toBe(4);
  // It runs again before the helpers give it up, too; what they sent is lost.
  for (const helper of helpers) helper.paused = true;
  net.advance(ms(2_500));
  b.paused = false;
  for (const helper of helpers) net.resume(helper, ms(2_500));
  for (const helper of helpers) helper.send(helper.peer(b), "still there?");
  net.advance(ms(100));
  expect(helpers.map((helper) => helper.protocol.health(helper.peer(b))?.state)).toEqual([
    "up",
    "up",
  ]);
  expect(vouches()).toBe(0);
});

test("0 indirect probes: nobody is asked", () => {
  const { net, a, toB } = neighbours(5, { indirectProbes: 0 });
  const cut = between(1, 2);
  net.fate = (from, to) => (cut(from, to) ? [] : [ms(5)]);
  expect(story(net, a, toB, ms(9_000)).at(-1)).toBe("300.0 ms: down silent");
  expect(a.protocol.counters.indirectProbes).toBe(0);
});

test("a peer that was never heard is not asked about", () => {
  const { net, a, helpers } = neighbours(5);
  const stranger = net.node(9);
  a.protocol.assistedBy(() => helpers.map((helper) => a.peer(helper)));
  net.fate = (_from, to) => (to === 9 ? [] : [ms(5)]);
  a.send(a.peer(stranger), "hello");
  net.advance(ms(5_000));
  expect(a.protocol.health(a.peer(stranger))?.state).toBe("down");
  expect(a.protocol.counters.indirectProbes).toBe(0);
});
