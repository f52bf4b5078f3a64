import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { RETURN_TO_SENDER } from "../../../src/transport/transport.ts";
import { chaos, textOf, token, UNDECODABLE, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

test("a first message travels with the greeting and is acknowledged at once", () => {
  const net = new VirtualNet();
  net.recording = true;
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.send(toB, "hello", token(1));
  net.advance(ms(50));
  a.send(toB, "again", token(2));
  a.send(toB, "in one datagram", token(3));
  net.advance(ms(50));
  expect(b.received).toEqual(["hello", "again", "in one datagram"]);
  expect(a.verdicts).toEqual(["1 delivered", "2 delivered", "3 delivered"]);
  expect(net.conversation.join("\n")).toMatchInlineSnapshot(`
    "    0.0 1 > 2 #0 hello(1001 to 1002) message 0:5B !
        0.5 2 > 1 #0 hello(1002 to 1001) ack(0)
       50.0 1 > 2 #1 message 1:5B message 2:15B
       55.5 2 > 1 #1 ack(1 1)"
  `);
  expect(a.protocol.nextDeadlineUs).toBe(Number.POSITIVE_INFINITY);
});

test("a lossy exchange: greeting lost, answer lost, a hole filled by what came after it", () => {
  // The greeting, the answer to its copy, and the first of three later datagrams are lost.
  const lost = new Set([0, 2, 5]);
  let sent = 0;
  const net = new VirtualNet(() => (lost.has(sent++) ? [] : [ms(2)]));
  net.recording = true;
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.send(toB, "first", token(1));
  net.advance(ms(500));
  for (let n = 2; n <= 4; n++) {
    a.send(toB, `number ${n}`, token(n));
    net.advance(ms(3));
  }
  net.advance(ms(500));
  expect(b.received.sort()).toEqual(["first", "number 2", "number 3", "number 4"]);
  expect(a.verdicts.sort()).toEqual(["1 delivered", "2 delivered", "3 delivered", "4 delivered"]);
  expect(net.conversation.join("\n")).toMatchInlineSnapshot(`
    "    0.0 1 > 2 #0 hello(1001 to 1002) message 0:5B !  LOST
      100.0 1 > 2 #1 hello(1001 to 1002) message 0:5B !
      102.0 2 > 1 #0 hello(1002 to 1001) ack(1)  LOST
      250.0 1 > 2 #2 hello(1001 to 1002) message 0:5B !
      252.0 2 > 1 #1 hello(1002 to 1001) ack(2 1)
      500.0 1 > 2 #3 message 1:8B !  LOST
      503.0 1 > 2 #4 message 2:8B
      505.0 2 > 1 #2 ack(4 110)
      506.0 1 > 2 #5 message 3:8B
      507.0 1 > 2 #6 message 1:8B
      508.0 2 > 1 #3 ack(5 1101)
      509.0 2 > 1 #4 ack(6 11011)"
  `);
});

test("a message that cannot be decoded is refused by name; what travelled with it is delivered", () => {
  // The first refusal is lost.
  let refusals = 0;
  const net = new VirtualNet((from) => (from === 2 && ++refusals === 2 ? [] : [500]));
  net.recording = true;
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.send(toB, "hello", token(1));
  net.advance(ms(20));
  a.send(toB, Uint8Array.of(UNDECODABLE, 1), token(2));
  a.send(toB, "good", token(3));
  net.advance(ms(500));
  expect(b.received).toEqual(["hello", "good"]);
  expect(a.verdicts.sort()).toEqual(["1 delivered", "2 refused invalid", "3 delivered"]);
  expect(net.conversation.join("\n")).toMatchInlineSnapshot(`
    "    0.0 1 > 2 #0 hello(1001 to 1002) message 0:5B !
        0.5 2 > 1 #0 hello(1002 to 1001) ack(0)
       20.0 1 > 2 #1 message 1:2B message 2:4B
       20.5 2 > 1 #1 refuse(#1 message 1 reason 2)  LOST
       45.0 1 > 2 #2 message 1:2B !
       45.5 2 > 1 #2 refuse(#2 message 1 reason 2)
       46.0 1 > 2 #3 message 2:4B !
       46.5 2 > 1 #3 ack(3 100)"
  `);
});

test("silence: suspect, then down; messages come back at suspicion, tokens get their verdict", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.send(toB, "hello", token(1));
  net.advance(ms(100));
  net.recording = true;
  b.paused = true;
  const start = net.nowUs;
  const happened: string[] = [];
  a.onEvent = (event) => {
    const at = `${((net.nowUs - start) / 1000).toFixed(1)} ms`;
    if (event.kind === "peer") happened.push(`${at}: ${event.state} ${event.reason}`);
    if (event.kind === "verdict") happened.push(`${at}: verdict ${JSON.stringify(event.verdict)}`);
    if (event.kind === "return") {
      happened.push(`${at}: returned ${textOf(event.bytes)} ${JSON.stringify(event.verdict)}`);
    }
  };
  a.send(toB, "lost", token(2));
  a.send(toB, "forwarded", RETURN_TO_SENDER);
  net.advance(ms(100));
  expect(a.protocol.health(toB)?.state).toBe("suspect");
  a.send(toB, "forwarded later", RETURN_TO_SENDER);
  a.send(toB, "waits", token(3));
  net.advance(ms(1_000));
  a.send(toB, "after the end", token(4));
  net.advance(0);
  expect(`${happened.join("\n")}\n--\n${net.conversation.join("\n")}`).toMatchInlineSnapshot(`
    "62.5 ms: suspect silent
    62.5 ms: returned forwarded {"outcome":"unknown","reason":"silent"}
    100.0 ms: returned forwarded later {"outcome":"refused","reason":"neverSent"}
    300.0 ms: verdict {"outcome":"unknown","reason":"silent"}
    300.0 ms: verdict {"outcome":"refused","reason":"neverSent"}
    300.0 ms: down silent
    1100.0 ms: verdict {"outcome":"refused","reason":"peerDown"}
    --
      100.0 1 > 2 #1 message 1:4B message 2:9B
      125.0 1 > 2 #2 message 1:4B !
      162.5 1 > 2 #3 ack(0) message 1:4B !
      187.5 1 > 2 #4 ack(0) message 1:4B !
      212.5 1 > 2 #5 ack(0) message 1:4B !
      237.5 1 > 2 #6 ack(0) message 1:4B !
      262.5 1 > 2 #7 ack(0) message 1:4B !
      287.5 1 > 2 #8 ack(0) message 1:4B !
      312.5 1 > 2 #9 ack(0) message 1:4B !
      337.5 1 > 2 #10 ack(0) message 1:4B !
      362.5 1 > 2 #11 ack(0) message 1:4B !
      387.5 1 > 2 #12 ack(0) message 1:4B !"
  `);
});

test("farewell: the other side knows at once, and everything has its verdict", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.send(toB, "hello", token(1));
  b.send(b.peer(a), "hello", token(1));
  net.advance(ms(50));
  a.send(toB, "on the way", token(2));
  net.flush(a);
  a.send(toB, "in the queue", token(3));
  net.close(a);
  a.send(toB, "too late", token(4));
  a.drain();
  net.advance(ms(50));
  expect(a.verdicts).toEqual([
    "1 delivered",
    "2 unknown closed",
    "3 refused closed",
    "4 refused closed",
  ]);
  expect(b.peerStates).toEqual(["up heard", "down closed"]);
});

test("a watched peer is probed when nothing else is sent, and found silent within the bound", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.protocol.watch(toB, net.nowUs);
  b.protocol.watch(b.peer(a), net.nowUs);
  net.advance(ms(60_000));
  const sent = a.protocol.counters.bytesSent + a.protocol.counters.datagramsSent * 28;
  // Probes, and answers to the other's, with IP and UDP headers.
  expect(sent / 60).toBeLessThan(100);
  expect(a.peerStates).toEqual(["up heard"]);
  const start = net.nowUs;
  b.paused = true;
  let downUs = 0;
  a.onEvent = (event) => {
    if (event.kind === "peer" && event.state === "down") downUs = net.nowUs - start;
  };
  net.advance(ms(5_000));
  expect(downUs).toBeGreaterThan(0);
  expect(downUs).toBeLessThanOrEqual(ms(750) + ms(400));
  a.protocol.unwatch(toB);
  expect(a.protocol.nextDeadlineUs).toBe(Number.POSITIVE_INFINITY);
});

test("unwatched as often as watched, a peer is left alone", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.protocol.watch(toB, net.nowUs);
  a.protocol.watch(toB, net.nowUs);
  a.protocol.unwatch(toB);
  net.advance(ms(3_000));
  const probes = a.protocol.counters.probeBytes;
  expect(probes).toBeGreaterThan(0);
  a.protocol.unwatch(toB);
  a.protocol.unwatch(toB);
  net.advance(ms(10_000));
  expect(a.protocol.counters.probeBytes).toBe(probes);
});

test("packet and message numbers go on past 2^32", () => {
  const net = new VirtualNet(
    chaos(seededRandom("wrap"), { loss: 0.1, twice: 0.1, jitterUs: 3_000 }),
  );
  const a = net.node(1, { firstNumber: 2 ** 32 - 40 });
  const b = net.node(2, { firstNumber: 2 ** 32 - 7 });
  const toB = a.peer(b);
  for (let n = 1; n <= 200; n++) {
    a.send(toB, `message ${n}`, token(n));
    if (n % 3 === 0) b.send(b.peer(a), `answer ${n}`, token(n));
    net.advance(ms(2));
  }
  net.advance(ms(5_000));
  expect(new Set(b.received).size).toBe(200);
  expect(b.received.length).toBe(200);
  expect(a.verdicts.length).toBe(200);
  expect(a.verdicts.every((v) => v.endsWith("delivered"))).toBe(true);
  expect(new Set(a.received).size).toBe(66);
});

test("a process that stood still blames itself, not its peers", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const toB = a.peer(b);
  a.protocol.watch(toB, net.nowUs);
  net.advance(ms(100));
  // 400 ms of every second, while traffic flows; the answers wait in the kernel meanwhile.
  for (let second = 0; second < 60; second++) {
    for (let i = 0; i < 10; i++) {
      a.send(toB, `${second}.${i}`);
      net.advance(ms(60));
    }
    a.send(toB, "just before");
    net.flush(a);
    a.paused = true;
    net.advance(ms(400));
    net.resume(a, ms(400));
  }
  net.advance(ms(1_000));
  expect(a.peerStates).toEqual(["up heard"]);
  expect(b.received.length).toBe(660);
});

test("a crowded node tells everybody to wait, and everybody to go on", () => {
  const net = new VirtualNet();
  const a = net.node(1, { options: { queueBytes: 20_000, nodeQueueBytes: 20_000 } });
  const b = net.node(2);
  const c = net.node(3);
  const drains: unknown[] = [];
  a.onEvent = (event) => {
    if (event.kind === "drain") drains.push(event.peer);
  };
  const results = [9_000, 9_000, 9_000].map((n) => a.send(a.peer(b), new Uint8Array(n)));
  // Nothing is under way to c, and yet it is the bytes of all that count.
  results.push(a.send(a.peer(c), "small"));
  expect(results).toEqual(["sent", "slow", "slow", "full"]);
  net.advance(ms(500));
  expect(drains.sort()).toEqual([a.peer(b), a.peer(c)].sort());
  expect(a.send(a.peer(c), "small")).toBe("sent");
  net.advance(ms(50));
  expect(c.received).toEqual(["small"]);
});
