import { expect, test } from "vitest";
import { ANY_INCARNATION } from "../../../src/core/address.ts";
import type { Token } from "../../../src/transport/transport.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { VirtualNet, type VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1_000;
const token = (n: number) => n as Token;
const { retryDownUs } = udpOptions();

/** Two that have met; `b` then stands still until `a` has called it down. */
function falseAlarm(): { net: VirtualNet; a: VirtualNode; b: VirtualNode } {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  a.send(a.peer(b), "hello");
  net.advance(ms(50));
  const pausedUs = net.nowUs;
  b.paused = true;
  a.send(a.peer(b), "are you there", token(1));
  net.advance(ms(700));
  expect(a.peerStates).toEqual(["up heard", "suspect silent", "down silent"]);
  net.resume(b, net.nowUs - pausedUs);
  net.advance(ms(50));
  return { net, a, b };
}

test("who was called down wrongly and speaks is up again, and was a false alarm", () => {
  const { net, a, b } = falseAlarm();
  // What it took up late changes nothing by itself: a datagram proves no life.
  expect(a.peerStates.at(-1)).toBe("down silent");
  expect(a.protocol.counters.revived).toBe(0);
  b.send(b.peer(a), "I am", token(2));
  net.advance(ms(50));
  expect(a.received).toEqual(["I am"]);
  expect(b.verdicts).toEqual(["2 delivered"]);
  expect(a.peerStates.at(-1)).toBe("up heard");
  expect(b.peerStates).toEqual(["up heard"]);
  expect(a.protocol.counters.revived).toBe(1);
  a.send(a.peer(b), "so you are", token(3));
  net.advance(ms(50));
  expect(a.verdicts).toEqual(["1 unknown silent", "3 delivered"]);
});

test("who watches is told by its own probe, without a message being sent", () => {
  const { net, a, b } = falseAlarm();
  b.protocol.watch(b.peer(a), net.nowUs);
  net.advance(ms(1_500));
  expect(a.peerStates.at(-1)).toBe("up heard");
});

test("to one that is down a send is refused at once, and after a while it is a new attempt", () => {
  const { net, a, b } = falseAlarm();
  a.send(a.peer(b), "too early", token(2));
  net.advance(ms(1));
  expect(a.verdicts.at(-1)).toBe("2 refused peerDown");
  net.advance(retryDownUs);
  a.send(a.peer(b), "late enough", token(3));
  net.advance(ms(50));
  expect(a.verdicts.at(-1)).toBe("3 delivered");
  expect(a.peerStates.at(-1)).toBe("up heard");
  expect(a.protocol.counters.revived).toBe(1);
  expect(b.received).toEqual(["hello", "are you there", "late enough"]);
});

test("a new attempt to one that is dead ends as the first did, and waits again", () => {
  const { net, a, b } = falseAlarm();
  b.paused = true;
  net.advance(retryDownUs);
  a.send(a.peer(b), "anybody there", token(2));
  net.advance(ms(5_000));
  a.send(a.peer(b), "still nobody", token(3));
  net.advance(ms(5_000));
  expect(a.verdicts.slice(1)).toEqual(["2 unknown silent", "3 unknown silent"]);
  expect(a.peerStates.filter((state) => state === "down silent").length).toBe(3);
  expect(a.protocol.counters.revived).toBe(0);
});

test("one never heard is tried anew as well, under whichever incarnation it then has", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  b.paused = true;
  const anyone = a.peer(b, ANY_INCARNATION);
  a.send(anyone, "not up yet", token(1));
  net.advance(ms(20_000));
  expect(a.verdicts).toEqual(["1 unknown silent"]);
  net.resume(b, ms(20_000));
  a.send(anyone, "and now", token(2));
  net.advance(ms(50));
  expect(a.verdicts.at(-1)).toBe("2 delivered");
  expect(a.directory.endpointOf(anyone).incarnation).toBe(b.incarnation);
  expect(a.protocol.counters.revived).toBe(0);
});

test("two that were cut apart and called each other down are up again after one send", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  a.protocol.watch(a.peer(b), net.nowUs);
  b.protocol.watch(b.peer(a), net.nowUs);
  net.advance(ms(100));
  net.fate = () => [];
  net.advance(ms(10_000));
  net.fate = () => [500];
  expect([a.peerStates.at(-1), b.peerStates.at(-1)]).toEqual(["down silent", "down silent"]);
  a.send(a.peer(b), "back", token(1));
  net.advance(ms(100));
  expect(a.verdicts).toEqual(["1 delivered"]);
  expect([a.peerStates.at(-1), b.peerStates.at(-1)]).toEqual(["up heard", "up heard"]);
  expect([a.protocol.counters.revived, b.protocol.counters.revived]).toEqual([1, 1]);
});

test("no copy of an old datagram, however late, revives the dead or is acted upon twice", () => {
  const net = new VirtualNet();
  const copies: { from: number; to: number; bytes: Uint8Array }[] = [];
  net.fate = (from, to, bytes) => {
    copies.push({ from, to, bytes: bytes.slice() });
    return [500];
  };
  const a = net.node(1);
  const b = net.node(2);
  b.send(b.peer(a), "pay 1");
  a.send(a.peer(b), "hello");
  net.advance(ms(100));
  b.paused = true;
  a.send(a.peer(b), "are you there");
  net.advance(ms(9_000));
  expect(a.peerStates.at(-1)).toBe("down silent");
  const replay = (): void => {
    for (const { from, to, bytes } of copies.filter(({ to }) => to === 1))
      net.inject(from, to, bytes);
    net.advance(ms(2_000));
  };
  // Down and remembered; in the middle of a new attempt; forgotten.
  replay();
  a.send(a.peer(b), "once more");
  replay();
  a.protocol.released(a.peer(b));
  replay();
  expect(a.peerStates.at(-1)).toBe("down silent");
  expect(a.received).toEqual(["pay 1"]);
  expect(a.protocol.counters.revived).toBe(0);
});
