import type { Random } from "../../../src/core/random.ts";
import { datagramChecksum } from "../../../src/transport/udp/packet/packet-writer.ts";

const HEADER_BYTES = 16;

/** Makes the checksum right, so that what follows it is looked at. */
export function seal(bytes: Uint8Array): Uint8Array {
  if (bytes.length < HEADER_BYTES) return bytes;
  const sum = datagramChecksum(bytes);
  for (let i = 0; i < 4; i++) bytes[4 + i] = sum >>> (8 * i);
  return bytes;
}

/** A datagram that should not be: random, or made from genuine ones. */
export function mutate(random: Random, genuine: readonly Uint8Array[]): Uint8Array {
  const source = genuine[random.below(genuine.length)];
  const kind = random.below(20);
  if (source === undefined || kind === 0) return noise(random, random.below(200));
  // As it was, at another time.
  if (kind === 1) return source.slice();
  if (kind === 2) return source.slice(0, random.below(source.length + 1));
  if (kind === 3) return seal(headed(random, noise(random, HEADER_BYTES + random.below(150))));
  if (kind === 4) return seal(spliced(random, source, genuine));
  if (kind === 5) return seal(renumbered(random, source));
  const changed = source.slice(
    0,
    kind < 8 ? HEADER_BYTES + random.below(source.length) : undefined,
  );
  for (let k = 1 + random.below(6); k > 0; k--) poke(random, changed);
  // Mostly what is changed is not the first two bytes, or everything ends there.
  if (random.chance(0.9)) {
    changed[0] = 0xd7;
    changed[1] = 0x10 | (1 + random.below(3));
    if (random.chance(0.8)) changed[1] = source[1] as number;
    if (random.chance(0.8)) changed[3] = 0;
  }
  return random.chance(0.9) ? seal(changed) : changed;
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function headed(random: Random, bytes: Uint8Array): Uint8Array {
  bytes[0] = 0xd7;
  bytes[1] = 0x10 | (1 + random.below(3));
  bytes[2] = random.below(32);
  bytes[3] = 0;
  if (random.chance(0.5)) bytes.fill(0, 8, 12);
  return bytes;
}

/** The beginning of one and the end of another. */
function spliced(random: Random, first: Uint8Array, all: readonly Uint8Array[]): Uint8Array {
  const second = all[random.below(all.length)] ?? first;
  const head = first.subarray(0, HEADER_BYTES + random.below(first.length));
  const tail = second.subarray(random.below(second.length));
  const bytes = new Uint8Array(Math.min(1_400, head.length + tail.length));
  bytes.set(head.subarray(0, bytes.length));
  bytes.set(
    tail.subarray(0, bytes.length - Math.min(bytes.length, head.length)),
    Math.min(bytes.length, head.length),
  );
  return bytes;
}

/** What was said before, said again in a packet that seems new. */
function renumbered(random: Random, source: Uint8Array): Uint8Array {
  const bytes = source.slice();
  if (bytes.length < HEADER_BYTES) return bytes;
  const view = new DataView(bytes.buffer);
  view.setUint32(12, view.getUint32(12, true) + 1 + random.below(200), true);
  return bytes;
}

/** One byte at random, one bit, or a number made extreme. */
function poke(random: Random, bytes: Uint8Array): void {
  const at = random.below(bytes.length);
  const how = random.below(3);
  if (how === 0) bytes[at] = random.below(256);
  else if (how === 1) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  else bytes.fill(random.chance(0.5) ? 0xff : 0, at, at + 1 + random.below(8));
}
