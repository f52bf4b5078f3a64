import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { udpBounds } from "../../../src/transport/udp/bounds.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { chaos, token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

/** A node that talked much with another, and what an observer knows of it. */
function observed() {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const reader = new PacketReader();
  const numbersOfA = new Set<number>();
  const seen = { toA: 0, newestOfB: 0 };
  net.fate = (from, _to, bytes) => {
    reader.parse(bytes);
    if (from === 1) numbersOfA.add(reader.packetLow);
    else {
      if (reader.session !== 0) seen.toA = reader.session;
      seen.newestOfB = reader.packetLow;
    }
    return [500];
  };
  const forge = (largest: number, low: number, high: number) => {
    const writer = new PacketWriter();
    writer.begin(100, seen.toA, ++seen.newestOfB);
    writer.ack(largest, 0, low, high);
    net.inject(2, 1, writer.finish());
    net.advance(ms(1));
  };
  for (let n = 1; n <= 2_000; n++) {
    a.send(a.peer(b), "x", token(n));
    net.advance(ms(1));
  }
  net.advance(ms(100));
  return { net, a, b, numbersOfA, forge };
}

test("now and then a packet number is left out, and who acknowledges it is found out", () => {
  const { a, b, numbersOfA, forge } = observed();
  expect(a.verdicts.length).toBe(2_000);
  const last = Math.max(...numbersOfA);
  const left = Array.from({ length: last }, (_, n) => n).filter((n) => !numbersOfA.has(n));
  expect(left.length).toBeGreaterThan(1);
  expect(left.length).toBeLessThan(last / 200);
  // Honest acknowledgements are never taken for forged ones.
  expect(a.protocol.counters.forgedAcks).toBe(0);
  expect(b.protocol.counters.forgedAcks).toBe(0);
  const trap = left.at(-1) as number;
  forge(trap, 0, 0);
  forge(trap + 1, 1, 0);
  forge(trap + 33, 0, 1);
  forge(trap + 64, 0, 0x8000_0000);
  expect(a.protocol.counters.forgedAcks).toBe(4);
  // Next to it is no crime.
  forge(trap + 2, 1, 0);
  forge(trap + 65, 0, 0x8000_0000);
  expect(a.protocol.counters.forgedAcks).toBe(4);
});

test("acknowledgements of packets to come and of packets before the first are dropped whole", () => {
  const net = new VirtualNet();
  const a = net.node(1, { firstNumber: 1_000 });
  const b = net.node(2, { firstNumber: 1_000 });
  const reader = new PacketReader();
  let session = 0;
  net.fate = (from, _to, bytes) => {
    reader.parse(bytes);
    if (from === 2 && reader.session !== 0) session = reader.session;
    return [500];
  };
  a.send(a.peer(b), "hello", token(1));
  b.send(b.peer(a), "hello");
  net.advance(ms(100));
  net.fate = () => [];
  a.send(a.peer(b), "unanswered", token(2));
  net.advance(0);
  const forged: [number, number, number][] = [
    [5_000, 0, 0],
    [999, 0, 0],
    [1_001, 0b10, 0],
    [1_001, 0, 1],
    [1_002, 0x8000_0000, 0],
    [1_002, 1, 0x8000_0000],
  ];
  forged.forEach(([largest, low, high], i) => {
    const writer = new PacketWriter();
    writer.begin(100, session, 2_000 + i);
    writer.ack(largest, 0, low, high);
    net.inject(2, 1, writer.finish());
  });
  net.advance(ms(1));
  expect(a.protocol.counters.forgedAcks).toBe(forged.length);
  expect(a.verdicts).toEqual(["1 delivered"]);
});

test("replayed packets of a dead peer do not keep it alive, nor bring it back, nor act twice", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const captured: Uint8Array[] = [];
  net.fate = (from, _to, bytes) => {
    if (from === 2) captured.push(bytes.slice());
    return [500];
  };
  a.protocol.watch(a.peer(b), net.nowUs);
  for (let n = 0; n < 20; n++) {
    b.send(b.peer(a), `message ${n}`);
    net.advance(ms(10));
  }
  net.nodes.delete(2);
  const replay = () => {
    for (const bytes of captured) net.inject(2, 1, bytes);
  };
  const startUs = net.nowUs;
  let downUs = 0;
  a.onEvent = (event) => {
    if (event.kind === "peer" && event.state === "down") downUs = net.nowUs - startUs;
  };
  for (let n = 0; n < 100; n++) {
    replay();
    net.advance(ms(100));
  }
  expect(downUs).toBeGreaterThan(0);
  expect(downUs).toBeLessThanOrEqual(udpBounds(udpOptions()).downUs);
  expect(a.peerStates).toEqual(["up heard", "suspect silent", "down silent"]);
  expect(a.received.length).toBe(20);
});

test("a datagram held for nine seconds acts once if it is the first of its message, and never again", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  let packet = 0;
  net.fate = (from) => {
    if (from !== 1) return [500];
    // The third packet arrives nine seconds late, the fourth twice: now and then.
    packet++;
    if (packet === 3) return [ms(9_000)];
    return packet === 4 ? [500, ms(9_000)] : [500];
  };
  for (let n = 0; n < 40; n++) {
    a.send(a.peer(b), `message ${n}`, token(n + 1));
    net.advance(ms(100));
  }
  net.advance(ms(10_000));
  expect(b.received.length).toBe(40);
  expect(new Set(b.received).size).toBe(40);
  expect(a.verdicts.every((verdict) => verdict.endsWith("delivered"))).toBe(true);
});

test("two strangers with one session id are two peers; a copy from elsewhere is nobody", () => {
  const net = new VirtualNet();
  const b = net.node(2);
  const greet = (port: number, incarnation: number) => {
    const writer = new PacketWriter();
    writer.begin(1_200, 0, 0);
    writer.hello({ session: 7, serial: 1, incarnation, peerIncarnation: 0, ackDelayUs: 0 });
    writer.floor(0);
    writer.message(0, new TextEncoder().encode(`from ${incarnation}`));
    net.inject(port, 2, writer.finish());
    net.advance(ms(10));
  };
  greet(10, 100);
  greet(11, 200);
  greet(12, 200);
  greet(13, 100);
  greet(11, 200);
  expect(b.received).toEqual(["from 100", "from 200"]);
  expect(b.protocol.sessionCount).toBe(2);
});

test("a clock that jumps forward or back: no throw, one verdict for every message, in its time", () => {
  for (const jumpUs of [3_600_000_000, -900_000, -3_600_000_000, 86_400_000_000_000]) {
    const net = new VirtualNet(chaos(seededRandom(`${jumpUs}`), { loss: 0.1, jitterUs: 2_000 }));
    const a = net.node(1);
    const b = net.node(2);
    net.nowUs = 7_200_000_000;
    for (let n = 1; n <= 20; n++) a.send(a.peer(b), `before ${n}`, token(n));
    net.advance(ms(3));
    net.nowUs += jumpUs;
    for (let n = 21; n <= 40; n++) a.send(a.peer(b), `after ${n}`, token(n));
    // Until the old clock is reached again, and past every deadline.
    net.advance(Math.max(0, -jumpUs) + ms(20_000));
    const tokens = a.verdicts.map((verdict) => Number(verdict.split(" ")[0]));
    expect(new Set(tokens).size).toBe(40);
    expect(tokens.length).toBe(40);
    expect(b.received.length).toBe(new Set(b.received).size);
  }
});
