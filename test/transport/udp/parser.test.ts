import fc from "fast-check";
import { expect, test } from "vitest";
import { FLAG_ACK, FRAME_FRAGMENT, KIND_DATA } from "../../../src/transport/udp/packet/packet.ts";
import { PacketReader } from "../../../src/transport/udp/packet/packet-reader.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";
import { seal } from "./seal.ts";

test("the parser takes any bytes, and nothing that it takes points outside them", () => {
  const reader = new PacketReader();
  const shaped = fc.tuple(
    fc.constantFrom(0x11, 0x12, 0x13, 0x21),
    fc.integer({ min: 0, max: 15 }),
    fc.uint8Array({ maxLength: 200 }),
  );
  let taken = 0;
  fc.assert(
    fc.property(shaped, ([versionAndKind, flags, rest]) => {
      const bytes = Uint8Array.from([0xd7, versionAndKind, flags, 0, 0, 0, 0, 0, ...rest]);
      if (bytes.length >= 16) seal(bytes);
      if (reader.parse(bytes) !== undefined) return;
      taken++;
      for (const frame of reader.frames.slice(0, reader.frameCount)) {
        if (frame.kind > FRAME_FRAGMENT) continue;
        expect(frame.start).toBeGreaterThanOrEqual(16);
        expect(frame.end).toBeLessThanOrEqual(bytes.length);
      }
    }),
    { numRuns: 30_000 },
  );
  expect(taken).toBeGreaterThan(0);
});

test("what is written is read back", () => {
  const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const safe = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const frame = fc.oneof(
    fc.record({
      kind: fc.constant(1),
      number: fc.nat(65_535),
      body: fc.uint8Array({ maxLength: 80 }),
    }),
    fc.record({
      kind: fc.constant(2),
      number: fc.nat(65_535),
      body: fc.uint8Array({ maxLength: 80 }),
    }),
    fc.record({
      kind: fc.constant(3),
      number: fc.constant(0),
      body: fc.constant(new Uint8Array()),
    }),
    fc.record({ kind: fc.constant(4), number: u32, body: fc.constant(new Uint8Array()) }),
    fc.record({
      kind: fc.constant(5),
      number: fc.constant(0),
      body: fc.constant(new Uint8Array()),
    }),
    fc.record({
      kind: fc.constant(16),
      number: fc.nat(65_535),
      body: fc.constant(new Uint8Array()),
    }),
    fc.record({
      kind: fc.constant(6),
      number: fc.nat(65_535),
      body: fc.constant(new Uint8Array()),
    }),
  );
  const packet = fc.record({
    session: u32,
    number: u32,
    floor: u32,
    hello: fc.option(
      fc.record({
        session: u32.filter((n) => n > 0),
        serial: u32,
        incarnation: safe,
        peerIncarnation: safe,
        ackDelayUs: fc.constantFrom(0, 64, 6_400),
      }),
    ),
    ack: fc.option(
      fc.record({ largest: u32, delayUs: fc.constantFrom(0, 16, 1_600), low: u32, high: u32 }),
    ),
    frames: fc.array(frame, { maxLength: 8 }),
  });
  const writer = new PacketWriter();
  const reader = new PacketReader();
  fc.assert(
    fc.property(packet, (p) => {
      writer.begin(1_200, p.session, p.number);
      if (p.hello !== null) writer.hello(p.hello);
      if (p.ack !== null) writer.ack(p.ack.largest, p.ack.delayUs, p.ack.low, p.ack.high);
      writer.floor(p.floor);
      for (const { kind, number, body } of p.frames) {
        if (kind === 1) writer.message(number, body);
        else if (kind === 2) writer.fragment(number, 3, 7, body);
        else if (kind === 3) writer.ping();
        else if (kind === 16) writer.late(number * 1_000);
        else if (kind === 4) writer.refuse(p.number, number, 2);
        else if (kind === 5) writer.close();
        else writer.repeated(number);
      }
      const bytes = writer.finish();
      expect(reader.parse(bytes)).toBeUndefined();
      expect([reader.kind, reader.session, reader.packetLow, reader.floorLow]).toEqual([
        KIND_DATA,
        p.session,
        p.number,
        p.floor,
      ]);
      expect([reader.hasHello, reader.hasAck]).toEqual([p.hello !== null, p.ack !== null]);
      if (p.hello !== null) {
        expect([
          reader.helloSession,
          reader.helloSerial,
          reader.helloIncarnation,
          reader.helloPeerIncarnation,
          reader.helloAckDelayUs,
        ]).toEqual([
          p.hello.session,
          p.hello.serial,
          p.hello.incarnation,
          p.hello.peerIncarnation,
          p.hello.ackDelayUs,
        ]);
      }
      if (p.ack !== null) {
        expect([
          reader.ackLargestLow,
          reader.ackDelayUs,
          reader.ackBitsLow,
          reader.ackBitsHigh,
        ]).toEqual([p.ack.largest, p.ack.delayUs, p.ack.low, p.ack.high]);
      }
      expect(reader.frames.slice(0, reader.frameCount).map((f) => f.kind)).toEqual(
        p.frames.map((f) => f.kind),
      );
      reader.frames.slice(0, reader.frameCount).forEach((f, i) => {
        const sent = p.frames[i]!;
        if (f.kind <= 2) expect(bytes.slice(f.start, f.end)).toEqual(sent.body);
        if (f.kind === 16) expect(f.lateUs).toBe(sent.number * 1_000);
        else if (f.kind === 6) expect(f.count).toBe(sent.number);
        else if (f.kind !== 3 && f.kind !== 5) expect(f.message).toBe(sent.number);
      });
      // Any one byte changed, and it is not taken.
      const at = p.number % bytes.length;
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ (1 + (p.session % 255));
      expect(reader.parse(damaged)).toBeDefined();
    }),
    { numRuns: 2_000 },
  );
});

test("a message cut off and an acknowledgement flag without its block are malformed", () => {
  const reader = new PacketReader();
  const writer = new PacketWriter();
  writer.begin(200, 1, 1);
  writer.floor(0);
  writer.message(0, new Uint8Array(20));
  const whole = writer.finish();
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    // After the floor and before the frame it is a packet with no frame.
    expect(reader.parse(length >= 16 ? seal(cut) : cut) === undefined).toBe(length === 20);
  }
  const bare = seal(Uint8Array.of(0xd7, 0x11, FLAG_ACK, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0));
  expect(reader.parse(bare)).toBe("structure");
});
