import fc from "fast-check";
import { expect, test } from "vitest";
import { Reassembly } from "../../../src/transport/udp/messages/reassembly.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { checksum } from "../../../src/transport/udp/packet/checksum.ts";
import { PacketWriter } from "../../../src/transport/udp/packet/packet-writer.ts";

/** The sum as it is defined, a word after the other. */
function sumByDefinition(bytes: Uint8Array, seed: number): number {
  const mix = (sum: number, next: number) =>
    Math.imul(((sum << 5) | (sum >>> 27)) ^ next, 0x9e3779b1);
  const word = (at: number) =>
    [3, 2, 1, 0].reduce((all, i) => (all << 8) | (bytes[at + i] as number), 0);
  const lanes = [seed | 0, 1, 2, 3];
  let at = 0;
  for (; at + 16 <= bytes.length; at += 16) {
    for (let lane = 0; lane < 4; lane++) {
      lanes[lane] = mix(lanes[lane] as number, word(at + 4 * lane));
    }
  }
  let sum = lanes.slice(1).reduce(mix, lanes[0] as number);
  for (; at + 4 <= bytes.length; at += 4) sum = mix(sum, word(at));
  let tail = bytes.length;
  for (; at < bytes.length; at++) tail = Math.imul(tail, 257) + (bytes[at] as number);
  sum = mix(sum, tail);
  return (sum ^ (sum >>> 15)) >>> 0;
}

test("the sum over bytes is as defined, of any length, wherever they lie in their buffer", () => {
  const bytes = fc.uint8Array({ maxLength: 2_000 });
  fc.assert(
    fc.property(bytes, fc.nat(7), fc.nat(20), fc.integer(), (content, offset, skipped, seed) => {
      const buffer = new Uint8Array(offset + content.length + 5).fill(0xee);
      buffer.set(content, offset);
      const placed = buffer.subarray(offset, offset + content.length);
      const start = Math.min(skipped, content.length);
      const expected = sumByDefinition(content.subarray(start), seed);
      expect(checksum(placed, start, placed.length, seed)).toBe(expected);
    }),
  );
});

test("a fragment stays where it came, unless it would hold more than it is charged for", () => {
  const budget = { usedBytes: 0, maxBytes: 1 << 20 };
  const whole = (buffer: Uint8Array) => {
    const reassembly = new Reassembly(udpOptions(), budget, 1 << 20);
    const first = buffer.subarray(0, 1_000);
    reassembly.add(1, 0, 2, first, 0);
    // Nobody may do this: it shows who looks at the buffer.
    first[0] = 7;
    const outcome = reassembly.add(1, 1, 2, new Uint8Array(1), 0);
    return outcome.kind === "whole" ? outcome.bytes[0] : undefined;
  };
  expect(whole(new Uint8Array(1_050))).toBe(7);
  expect(whole(new Uint8Array(65_536))).toBe(0);
});

test("memory of datagrams is used again only when told that nobody keeps them", () => {
  const writer = new PacketWriter();
  const write = (packet: number) => {
    writer.begin(100, 5, packet);
    writer.ping();
    return writer.finish();
  };
  expect(writer.isHalfUsed).toBe(false);
  const first = write(1);
  const kept = first.slice();
  const second = write(2);
  expect(first).toEqual(kept);
  expect(second.byteOffset).toBeGreaterThan(first.byteOffset);
  let packet = 3;
  while (!writer.isHalfUsed) expect(write(packet++).buffer).toBe(first.buffer);
  expect(packet).toBeGreaterThan(1_000);
  writer.recycle();
  expect(writer.isHalfUsed).toBe(false);
  const again = write(packet);
  expect(again.byteOffset).toBe(first.byteOffset);
  expect(again.buffer).toBe(first.buffer);
});
