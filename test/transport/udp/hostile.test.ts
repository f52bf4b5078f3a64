import { expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { seal } from "./seal.ts";
import { token, VirtualNet } from "./virtual-net.ts";

const ms = (n: number) => n * 1000;

test("a hundred thousand random and damaged datagrams: no throw, fewer bytes out than in, bounded memory", () => {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2, {
    options: { sessionsMax: 64, halfOpenMax: 32, resetsPerSecond: 1_000_000 },
  });
  const genuine: Uint8Array[] = [];
  net.fate = (_from, _to, bytes) => {
    if (genuine.length < 64) genuine.push(bytes.slice());
    return [500];
  };
  for (let n = 0; n < 40; n++) {
    a.send(a.peer(b), new Uint8Array(n * 100), token(n + 1));
    b.send(b.peer(a), new Uint8Array(n * 10), token(n + 1));
    net.advance(ms(7));
  }
  const random = seededRandom("fuzz");
  let answered = 0;
  let inBytes = 0;
  let outBytes = 0;
  net.fate = () => [];
  const byte = () => random.below(256);
  for (let n = 0; n < 100_000; n++) {
    let bytes: Uint8Array;
    if (n % 4 === 0) bytes = Uint8Array.from({ length: random.below(120) }, byte);
    else {
      bytes = (genuine[random.below(genuine.length)] as Uint8Array).slice(
        0,
        16 + random.below(200),
      );
      for (let k = random.below(6); k > 0; k--) bytes[random.below(bytes.length)] = byte();
      if (n % 4 === 1) bytes = Uint8Array.from([...bytes, ...Array.from({ length: 9 }, byte)]);
      if (n % 8 !== 2) {
        bytes[0] = 0xd7;
        bytes[1] = 0x10 | (n % 16 === 3 ? 2 : 1);
        seal(bytes);
      }
    }
    inBytes += bytes.length;
    const before = outBytes;
    b.protocol.input(bytes, "10.0.0.1", random.chance(0.5) ? 1 : random.below(65_536), net.nowUs);
    b.protocol.poll(net.nowUs, (out) => {
      outBytes += out.length;
    });
    if (outBytes > before) answered++;
    b.drain();
    b.events.length = 0;
    if (n % 100 === 0) net.nowUs += ms(1);
  }
  expect(answered).toBeGreaterThan(100);
  expect(outBytes).toBeLessThan(inBytes);
  expect(b.protocol.counters.malformed).toBeGreaterThan(10_000);
  expect(b.protocol.counters.strayed).toBeGreaterThan(100);
  expect(b.protocol.sessionCount).toBeLessThanOrEqual(64);
  expect(b.protocol.heldBytes).toBeLessThanOrEqual(udpOptions().reassemblyNodeBytes);
});

/** Two nodes that know each other, and what one of them sent. */
function acquainted() {
  const net = new VirtualNet();
  const a = net.node(1);
  const b = net.node(2);
  const seen: Uint8Array[] = [];
  net.fate = (_from, _to, bytes) => {
    seen.push(bytes.slice());
    return [500];
  };
  a.send(a.peer(b), "hello", token(1));
  b.send(b.peer(a), "hello");
  net.advance(ms(100));
  const reader = new PacketReader();
  reader.parse(seen.at(-1) as Uint8Array);
  return { net, a, b, seen, writer: new PacketWriter(), reader };
}

test("an acknowledgement of what was never sent is dropped whole, even with the right session", () => {
  const { net, a, b, seen, writer, reader } = acquainted();
  const toA = seen.filter((bytes) => reader.parse(bytes) === undefined && reader.session !== 0);
  const sessionsOfA = new Set<number>();
  for (const bytes of toA) {
    reader.parse(bytes);
    sessionsOfA.add(reader.session);
  }
  a.send(a.peer(b), "unanswered", token(2));
  net.fate = () => [];
  net.advance(0);
  const before = a.protocol.counters.malformed;
  for (const session of sessionsOfA) {
    writer.begin(100, session, 1_000);
    writer.ack(500, 0, 0xffff_ffff, 0xffff_ffff);
    net.inject(2, 1, writer.finish());
  }
  net.advance(ms(1));
  expect(a.verdicts).toEqual(["1 delivered"]);
  expect(a.protocol.counters.malformed).toBe(before + 1);
});

test("a forged reset without the session number, or from elsewhere, does nothing", () => {
  const { net, a, b, writer } = acquainted();
  for (let guess = 1; guess < 200; guess++) {
    for (const reason of [1, 2, 3]) {
      net.inject(2, 1, writer.reset(guess * 21_474_836, 0, 999_999, reason).slice());
    }
  }
  net.advance(ms(50));
  a.send(a.peer(b), "still there", token(2));
  net.advance(ms(50));
  expect(a.peerStates).toEqual(["up heard"]);
  expect(a.verdicts).toEqual(["1 delivered", "2 delivered"]);
  expect(a.protocol.counters.strayed).toBeGreaterThanOrEqual(597);
});

test("never finished fragments stay within their budget and are forgotten", () => {
  const net = new VirtualNet();
  const options = {
    reassemblyPeerBytes: 64 << 10,
    reassemblyNodeBytes: 100 << 10,
    reassemblyTimeoutUs: 2_000_000,
  };
  const b = net.node(2, { options });
  const writer = new PacketWriter();
  let most = 0;
  for (let n = 0; n < 3_000; n++) {
    writer.begin(1_200, 0, n);
    const port = 100 + (n % 3);
    writer.hello({ session: 7, serial: 1, incarnation: port, peerIncarnation: 0, ackDelayUs: 0 });
    writer.floor(0);
    writer.fragment(n % 4_000, 0, 2 + (n % 8_000), new Uint8Array(500));
    net.inject(port, 2, writer.finish().slice());
    net.advance(100);
    most = Math.max(most, b.protocol.heldBytes);
  }
  expect(most).toBeGreaterThan(64 << 10);
  expect(most).toBeLessThanOrEqual(100 << 10);
  expect(b.protocol.counters.declined).toBeGreaterThan(1_000);
  net.advance(ms(5_000));
  expect(b.protocol.heldBytes).toBe(0);
  expect(b.received).toEqual([]);
});

test("fragments that contradict each other make their message invalid, once and for all", () => {
  const net = new VirtualNet();
  net.recording = true;
  const b = net.node(2);
  const writer = new PacketWriter();
  const fragment = (packet: number, index: number, count: number) => {
    writer.begin(1_200, 0, packet);
    writer.hello({ session: 7, serial: 1, incarnation: 5, peerIncarnation: 0, ackDelayUs: 0 });
    writer.floor(0);
    writer.fragment(0, index, count, new Uint8Array(10));
    net.inject(9, 2, writer.finish().slice());
    net.advance(ms(10));
  };
  fragment(0, 0, 3);
  fragment(1, 1, 4);
  fragment(2, 1, 3);
  fragment(3, 2, 3);
  expect(b.received).toEqual([]);
  expect(b.protocol.heldBytes).toBe(0);
  expect(net.conversation.filter((line) => line.includes("refuse")).length).toBe(3);
});

test("strangers find no room beyond the limit, and those who are wanted keep theirs", () => {
  const net = new VirtualNet();
  const b = net.node(2, { options: { sessionsMax: 20, halfOpenMax: 10 } });
  const a = net.node(1);
  b.send(b.peer(a), "wanted", token(1));
  net.advance(ms(50));
  const writer = new PacketWriter();
  for (let n = 0; n < 5_000; n++) {
    writer.begin(1_200, 0, 0);
    writer.hello({
      session: n + 1,
      serial: 1,
      incarnation: n + 1,
      peerIncarnation: 0,
      ackDelayUs: 0,
    });
    writer.ping();
    net.inject(10_000 + n, 2, writer.finish().slice());
    net.advance(100);
  }
  expect(b.protocol.sessionCount).toBeLessThanOrEqual(20);
  expect(b.directory.size).toBeLessThanOrEqual(20);
  b.send(b.peer(a), "still", token(2));
  net.advance(ms(100));
  expect(b.verdicts).toEqual(["1 delivered", "2 delivered"]);
  expect(a.received).toEqual(["wanted", "still"]);
});
