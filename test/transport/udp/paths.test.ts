import { expect, test } from "vitest";
import type { Peer } from "../../../src/transport/transport.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;
const ONE_WAY_US = ms(15);

/** Node 1 behind a NAT that shows it as `shown.port`, which may change; node 2 sees that alone. */
function behindNat() {
  const net = new VirtualNet();
  const shown = { port: 1 };
  const toNode: Uint8Array[] = [];
  net.fate = (from, to, bytes) => {
    if (from === 1) {
      net.inject(shown.port, to, bytes.slice(), ONE_WAY_US);
      return [];
    }
    if (to === shown.port) {
      toNode.push(bytes.slice());
      net.inject(from, 1, bytes.slice(), ONE_WAY_US);
    }
    return [];
  };
  const a = net.node(1);
  const b = net.node(2);
  a.send(a.peer(b), "hello", token(1));
  b.onEvent = (event) => {
    if (event.kind === "message") b.send(event.from, "echo");
  };
  net.advance(ms(200));
  return { net, a, b, shown, toNode };
}

test("a peer whose address changed goes on after one round trip, under the name that it had", () => {
  const { net, a, b, shown } = behindNat();
  const sessions = b.protocol.sessionCount;
  const toA = () => b.events.flatMap((e) => (e.kind === "peer" ? [e.peer] : []))[0] as Peer;
  for (let change = 0; change < 5; change++) {
    shown.port = 101 + change;
    a.send(a.peer(b), `from ${shown.port}`, token(2 + change));
    const startUs = net.nowUs;
    const varianceUs = b.protocol.health(toA())?.rttVarUs ?? 0;
    let backUs = 0;
    a.onEvent = (event) => {
      if (event.kind === "message") backUs ||= net.nowUs - startUs;
    };
    net.advance(ms(1_000));
    // There, a check of one round trip and what it usually varies by, and back.
    expect(backUs).toBeGreaterThan(0);
    expect(backUs).toBeLessThanOrEqual(4 * ONE_WAY_US + 2 * varianceUs + ms(2));
  }
  expect(b.received.length).toBe(6);
  expect(a.received.length).toBe(6);
  expect(a.verdicts.every((verdict) => verdict.endsWith("delivered"))).toBe(true);
  expect(b.protocol.counters.moves).toBe(5);
  expect(b.protocol.sessionCount).toBe(sessions);
  expect(b.peerStates).toEqual(["up heard"]);
});

/** Two nodes, and an attacker at port 66 who sees what node 1 sends. */
function observed() {
  const net = new VirtualNet();
  const seen: Uint8Array[] = [];
  const toAttacker: Uint8Array[] = [];
  const attack = { onSeen: (_bytes: Uint8Array): boolean => false };
  net.fate = (from, to, bytes) => {
    if (to === 66) {
      toAttacker.push(bytes.slice());
      return [];
    }
    if (from !== 1) return [ONE_WAY_US];
    seen.push(bytes.slice());
    return attack.onSeen(bytes.slice()) ? [] : [ONE_WAY_US];
  };
  const a = net.node(1);
  const b = net.node(2);
  a.send(a.peer(b), "hello", token(1));
  b.send(b.peer(a), "hello", token(1));
  net.advance(ms(200));
  return { net, a, b, seen, toAttacker, attack };
}

test("packets replayed from another address are strays: nothing goes there", () => {
  const { net, a, b, seen, toAttacker } = observed();
  for (let round = 0; round < 5; round++) {
    a.send(a.peer(b), `message ${round}`, token(2 + round));
    net.advance(ms(50));
    for (const bytes of seen) net.inject(66, 2, bytes);
    net.advance(ms(50));
  }
  expect(toAttacker).toEqual([]);
  expect(b.protocol.counters.moves).toBe(0);
  expect(b.protocol.counters.strayed).toBeGreaterThan(5);
  expect(b.received.length).toBe(6);
});

test("an attacker that is faster than the peer, and answers the challenge, does not get the path either", () => {
  const { net, a, b, toAttacker, attack } = observed();
  const reader = new PacketReader();
  const writer = new PacketWriter();
  // The packet reaches the attacker, who sends it on as its own; the original is lost.
  attack.onSeen = (bytes) => {
    reader.parse(bytes);
    if (reader.frameCount === 0 || reader.path.hasResponse) return false;
    net.inject(66, 2, bytes, 100);
    return true;
  };
  a.send(a.peer(b), "intercepted", token(2));
  net.advance(200);
  attack.onSeen = () => false;
  expect(toAttacker.length).toBe(1);
  reader.parse(toAttacker[0] as Uint8Array);
  expect(reader.path.hasChallenge).toBe(true);
  const { low, high } = reader.path.challenge;
  const session = reader.session;
  reader.parse(toAttacker[0] as Uint8Array);
  writer.begin(100, session, 77);
  writer.response({ low, high });
  // The attacker does not know b's session from the challenge; it has seen it in what it passed on.
  const stolen = observedSession(b, a);
  writer.begin(100, stolen, 77);
  writer.response({ low, high });
  net.inject(66, 2, writer.finish().slice(), 100);
  for (let n = 3; n < 20; n++) {
    b.send(b.peer(a), `for a alone ${n}`, token(n));
    net.advance(ms(20));
  }
  net.advance(ms(1_000));
  // Its own packet is asked about once more, and the peer answers again.
  expect(b.protocol.counters).toMatchObject({ moves: 0, movesRefused: 2 });
  expect(toAttacker.map(({ length }) => length)).toEqual([25, 25]);
  expect(a.received.length).toBe(18);
  expect(a.verdicts).toEqual(["1 delivered", "2 delivered"]);
  expect(b.received).toEqual(["hello", "intercepted"]);
});

/** The session number under which `a` sends to `b`, as its next packet shows. */
function observedSession(
  b: ReturnType<typeof observed>["b"],
  a: ReturnType<typeof observed>["a"],
): number {
  const reader = new PacketReader();
  let session = 0;
  const { net } = b;
  const before = net.fate;
  net.fate = (from, to, bytes) => {
    reader.parse(bytes);
    if (from === 1) session = reader.session;
    return before(from, to, bytes);
  };
  a.protocol.watch(a.peer(b), net.nowUs);
  net.advance(ms(800));
  a.protocol.unwatch(a.peer(b));
  net.fate = before;
  return session;
}

test("an address that never answers its challenge changes nothing, and the check is over", () => {
  const { net, a, b, toAttacker, attack } = observed();
  attack.onSeen = (bytes) => {
    net.inject(66, 2, bytes, 100);
    return true;
  };
  a.paused = false;
  a.send(a.peer(b), "diverted", token(2));
  net.advance(0);
  net.nodes.delete(1);
  net.advance(ms(5_000));
  expect(toAttacker.length).toBeGreaterThan(0);
  expect(toAttacker.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(100);
  expect(b.protocol.counters).toMatchObject({ moves: 0, movesRefused: 0 });
  expect(b.protocol.nextDeadlineUs).toBe(Number.POSITIVE_INFINITY);
});

/** Node 3 and node 2 both answer at port 2. */
function twoAtOneAddress(rival: number) {
  const net = new VirtualNet();
  net.fate = (from, to, bytes) => {
    const shown = from === 3 ? 2 : from;
    const places = to === 2 ? [2, 3] : [to];
    for (const place of places) net.inject(shown, place, bytes.slice(), 500);
    return [];
  };
  const a = net.node(1);
  const b = net.node(2, { incarnation: 6_000 });
  const c = net.node(3, { incarnation: rival });
  return { net, a, b, c };
}

test("two living processes with one address: a typed conflict for the older one, and for who knows both", () => {
  const { net, a, b, c } = twoAtOneAddress(5_000);
  b.send(b.peer(a), "I am here");
  net.advance(ms(50));
  c.send(c.peer(a), "so am I", token(1));
  for (let n = 0; n < 40; n++) {
    b.send(b.peer(a), "still");
    net.advance(ms(20));
  }
  expect(a.peerStates).toEqual(["up heard", "up conflict"]);
  expect(c.peerStates).toEqual(["down conflict"]);
  expect(c.verdicts).toEqual(["1 unknown reset"]);
  expect(a.protocol.counters.conflicts).toBe(1);
  expect(a.received.includes("so am I")).toBe(false);
  expect(a.received.filter((text) => text === "still").length).toBe(40);
});

test("a process that restarted with its clock set back gets in once its former life is known to be silent", () => {
  const { net, a, b, c } = twoAtOneAddress(5_000);
  b.send(b.peer(a), "I am here");
  net.advance(ms(50));
  net.nodes.delete(2);
  c.send(c.peer(a), "reborn in the past", token(1));
  net.advance(ms(8_000));
  expect(a.received).toEqual(["I am here", "reborn in the past"]);
  expect(c.verdicts).toEqual(["1 delivered"]);
  expect(a.peerStates.slice(-2)).toEqual(["down silent", "up heard"]);
  expect(a.protocol.counters.conflicts).toBe(0);
});
