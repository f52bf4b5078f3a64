import { expect, test } from "vitest";
import { KIND_COOKIE } from "../../../src/transport/udp/packet/packet.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { token, VirtualNet, type VirtualNode } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

/** A hello with one ping, as a stranger sends it. */
function hello(session: number, cookie?: Uint8Array, incarnation = 5): Uint8Array {
  const writer = new PacketWriter();
  writer.begin(1_200, 0, 0);
  writer.hello({ session, serial: 1, incarnation, peerIncarnation: 0, ackDelayUs: 0, cookie });
  writer.ping();
  return writer.finish();
}

/** Everything that `node` sends, by port. */
function listen(net: VirtualNet): Map<number, Uint8Array[]> {
  const heard = new Map<number, Uint8Array[]>();
  net.fate = (_from, to, bytes) => {
    heard.set(to, [...(heard.get(to) ?? []), bytes.slice()]);
    return [500];
  };
  return heard;
}

/** The cookie that a stranger at this port was given last. */
function cookieAt(heard: Map<number, Uint8Array[]>, port: number): Uint8Array | undefined {
  const reader = new PacketReader();
  const last = heard.get(port)?.at(-1);
  if (last === undefined || reader.parse(last) !== undefined) return undefined;
  return reader.kind === KIND_COOKIE ? reader.path.cookie.slice() : undefined;
}

test("when many strangers come at once they prove their address first, and all get in within two round trips", () => {
  const net = new VirtualNet();
  const b = net.node(2, { options: { hellosPerSecond: 20, hellosPerPrefix: 20 } });
  const crowd: VirtualNode[] = [];
  for (let port = 100; port < 400; port++) {
    const stranger = net.node(port);
    stranger.send(stranger.peer(b), `from ${port}`, token(1));
    crowd.push(stranger);
  }
  net.advance(500 * 4 + ms(1));
  expect(b.received.length).toBe(300);
  expect(b.protocol.counters.cookiesSent).toBe(290);
  expect(crowd.every((node) => node.verdicts.join() === "1 delivered")).toBe(true);
  // Nobody had to repeat anything for want of an answer, and nobody is unproven.
  expect(crowd.every((node) => node.protocol.counters.retransmits <= 1)).toBe(true);
});

test("a flood of hellos costs no session and fewer bytes than it brings, and known peers do not notice", () => {
  const net = new VirtualNet();
  const options = { hellosPerSecond: 50, hellosPerPrefix: 50 };
  const b = net.node(2, { options });
  const a = net.node(1);
  a.send(a.peer(b), "before", token(1));
  net.advance(ms(50));
  const sessions = b.protocol.sessionCount;
  let out = 0;
  let bytesIn = 0;
  net.fate = (from, to, bytes) => {
    if (from === 2 && to > 1_000) out += bytes.length;
    return to > 1_000 ? [] : [500];
  };
  for (let n = 0; n < 20_000; n++) {
    const bytes = hello(n + 1);
    bytesIn += bytes.length;
    net.inject(2_000 + n, 2, bytes);
    if (n % 100 === 99) net.advance(ms(1));
  }
  a.send(a.peer(b), "during", token(2));
  net.advance(ms(50));
  expect(a.verdicts).toEqual(["1 delivered", "2 delivered"]);
  expect(b.protocol.sessionCount - sessions).toBeLessThanOrEqual(50);
  expect(out).toBeLessThan(bytesIn);
  // No more cookies than the stated number a second.
  expect(b.protocol.counters.cookiesSent).toBeLessThanOrEqual(1_000 + 0.3 * 10_000);
  expect(b.protocol.counters.turnedAway).toBeGreaterThan(10_000);
});

test("a cookie opens the door to one address and one session, for five seconds, whichever secret made it", () => {
  const net = new VirtualNet();
  const b = net.node(2, { options: { hellosPerSecond: 0, hellosPerPrefix: 0 } });
  const heard = listen(net);
  const knock = (port: number, bytes: Uint8Array): number => {
    net.inject(port, 2, bytes);
    net.advance(ms(2));
    return b.protocol.sessionCount;
  };
  expect(knock(50, hello(7))).toBe(0);
  const cookie = cookieAt(heard, 50) as Uint8Array;
  expect(cookie.length).toBe(16);
  const forged = cookie.slice();
  forged[10] = (forged[10] as number) ^ 1;
  expect(knock(50, hello(7, forged))).toBe(0);
  expect(knock(51, hello(7, cookie))).toBe(0);
  expect(knock(50, hello(8, cookie))).toBe(0);
  expect(knock(50, hello(7, cookie))).toBe(1);
  // A minute on, the secret changes. What it made just before is good, and no longer so after 5 s.
  net.advance(ms(60_000 - 40));
  expect(knock(60, hello(9))).toBe(1);
  const old = cookieAt(heard, 60) as Uint8Array;
  net.advance(ms(4_000));
  expect(knock(61, hello(1))).toBe(1);
  expect(knock(60, hello(9, old))).toBe(2);
  net.advance(ms(2_000));
  expect(knock(60, hello(9, old, 6))).toBe(2);
});

test("forged cookies make a node send nothing, and no more than eight are answered at once", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const heard = listen(net);
  net.nodes.delete(2);
  a.send(a.peer(b), "anybody there", token(1));
  net.advance(0);
  const reader = new PacketReader();
  reader.parse(heard.get(2)?.[0] as Uint8Array);
  const session = reader.helloSession;
  const sent = () => heard.get(2)?.length ?? 0;
  const cookies = (to: number, from: number) => {
    for (let n = 0; n < 100; n++) {
      const cookie = new Uint8Array(16).fill(n);
      net.inject(from, 1, new PacketWriter().cookieReply(to, 0, cookie));
      net.advance(10);
    }
  };
  cookies(session + 1, 2);
  cookies(session, 3);
  expect(sent()).toBe(1);
  cookies(session, 2);
  expect(sent()).toBe(9);
  expect(a.protocol.counters.strayed).toBe(200);
});

test("until an address is proven it gets three times what it sent, at most; then all that waits", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const spent = { fromA: 0, fromB: 0, most: 0 };
  let proven = false;
  const reader = new PacketReader();
  net.fate = (from, _to, bytes) => {
    reader.parse(bytes);
    if (from === 1) {
      if (reader.session !== 0) proven = true;
      spent.fromA += bytes.length;
    } else {
      spent.fromB += bytes.length;
      if (!proven) spent.most = Math.max(spent.most, spent.fromB / spent.fromA);
    }
    return [ms(20)];
  };
  b.onEvent = (event) => {
    if (event.kind !== "message") return;
    for (let n = 1; n <= 50; n++) b.send(event.from, new Uint8Array(4_000), token(n));
  };
  a.send(a.peer(b), "tell me much");
  net.advance(ms(3_000));
  expect(proven).toBe(true);
  expect(spent.most).toBeLessThanOrEqual(3);
  expect(a.received.length).toBe(50);
  expect(b.verdicts.length).toBe(50);
});

test("a stranger that lies about its address gets its victim three times its own bytes, for ever", () => {
  const net = new VirtualNet();
  const b = net.node(2);
  let toVictim = 0;
  net.fate = (_from, to, bytes) => {
    if (to === 9) toVictim += bytes.length;
    return [500];
  };
  b.onEvent = (event) => {
    if (event.kind === "message") b.send(event.from, new Uint8Array(100_000), token(1));
  };
  const writer = new PacketWriter();
  let spent = 0;
  for (let n = 0; n < 20; n++) {
    writer.begin(1_200, 0, n);
    writer.hello({ session: 7, serial: 1, incarnation: 5, peerIncarnation: 0, ackDelayUs: 0 });
    writer.floor(0);
    writer.message(n, new Uint8Array(10 * n));
    const bytes = writer.finish().slice();
    spent += bytes.length;
    net.inject(9, 2, bytes);
    net.advance(ms(50));
    expect(toVictim).toBeLessThanOrEqual(3 * spent);
  }
  net.advance(ms(60_000));
  net.close(b);
  expect(toVictim).toBeLessThanOrEqual(3 * spent);
  expect(b.received.length).toBeGreaterThan(0);
});

test("a greeting held for nine seconds opens nothing a second time, even with its cookie", () => {
  const net = new VirtualNet();
  const options = { hellosPerSecond: 0, hellosPerPrefix: 0, sessionsMax: 2, halfOpenMax: 2 };
  const b = net.node(2, { options });
  const a = net.node(1);
  const captured: Uint8Array[] = [];
  net.fate = (from, _to, bytes) => {
    if (from === 1) captured.push(bytes.slice());
    return [500];
  };
  a.send(a.peer(b), "once", token(1));
  net.advance(ms(50));
  expect(b.received).toEqual(["once"]);
  // Others take its place, so that b has no session of it any more.
  for (let port = 3; port < 7; port++) {
    const other = net.node(port);
    other.send(other.peer(b), `${port}`);
    net.advance(ms(50));
  }
  net.nodes.delete(1);
  for (const bytes of captured) net.inject(1, 2, bytes, ms(9_000));
  const before = b.peerStates.length;
  net.advance(ms(10_000));
  expect(b.received.filter((text) => text === "once").length).toBe(1);
  expect(b.peerStates.length).toBe(before);
  expect(b.protocol.counters.stale).toBeGreaterThan(0);
});
