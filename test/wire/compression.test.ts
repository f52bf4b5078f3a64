import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ContactTable } from "../../src/core/contacts.ts";
import type { SkipnetError } from "../../src/core/errors.ts";
import { seededRandom } from "../../src/core/random.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { COMPRESS_FROM_BYTES } from "../../src/wire/compression/compressor.ts";
import { crc32 } from "../../src/wire/compression/crc32.ts";
import {
  DICTIONARY_BYTES_MAX,
  DICTIONARY_VERSION,
  dictionaryOf,
} from "../../src/wire/compression/dictionary.ts";
import { fflateEngine } from "../../src/wire/compression/fflate.ts";
import { zlibEngine } from "../../src/wire/compression/zlib.ts";
import * as f from "../../src/wire/fields.ts";
import { defineMessage } from "../../src/wire/message.ts";
import { createRegistry } from "../../src/wire/registry.ts";

const Blob = defineMessage({
  tag: 1,
  name: "test.blob",
  doc: "x",
  fields: { text: f.text("x", 1 << 20), bytes: f.bytes("x", 1 << 20) },
});
const registry = createRegistry([Blob]);
const contacts = new ContactTable();
const codecs = (["off", "fflate", "zlib", "auto"] as const).map((compression) =>
  createCodec({ registry, contacts, compression }),
);
const [off, byFflate, byZlib, auto] = codecs as [
  (typeof codecs)[0],
  (typeof codecs)[0],
  (typeof codecs)[0],
  (typeof codecs)[0],
];
const zlib = zlibEngine()!;
const engines = [fflateEngine, zlib] as const;

const random = seededRandom("compression");
const noise = (length: number) => Uint8Array.from({ length }, () => random.below(256));
const prose = (length: number) => {
  let text = "";
  while (text.length < length) text += `/com.example!/apps/${random.below(1000)}/README.md `;
  return text.slice(0, length);
};

function codeOf(run: () => unknown): string {
  try {
    run();
    return "nothing thrown";
  } catch (error) {
    return (error as SkipnetError).code ?? String(error);
  }
}

/** A deflated envelope made by hand. */
function envelope(
  content: Uint8Array,
  { length = content.length, version = DICTIONARY_VERSION, crc = crc32(content, dictionary.crc) },
  body = deflateRawSync(content, { level: 9, dictionary: dictionary.bytes }),
): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(length);
  head[0] = version;
  head.writeUInt32BE(crc, 4);
  return new Uint8Array(Buffer.concat([head, body]));
}
const dictionary = dictionaryOf(registry);

test("either engine inflates what the other deflated, whatever the level and size", () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    fc.nat(200_000).map((length) => new TextEncoder().encode(prose(length))),
    fc.nat(40_000).map((length) => noise(length)),
  );
  fc.assert(
    fc.property(content, fc.constantFrom(1, 6, 9), (bytes, level) => {
      for (const deflater of engines) {
        const deflated = deflater.deflate(bytes, dictionary.bytes, level);
        for (const inflater of engines) {
          const inflated = inflater.inflate(deflated, dictionary.bytes, bytes.length);
          expect(Buffer.compare(inflated, bytes)).toBe(0);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("every codec reads what every other sent", () => {
  for (const length of [10, 600, 20_000, 200_000]) {
    const message = Blob.make({ text: prose(length), bytes: noise(100) });
    for (const sender of codecs) {
      for (const receiver of codecs) {
        expect(receiver.decode(sender.encode(message))).toEqual(message);
      }
    }
  }
});

test("short messages and those that would not get much shorter travel plain", () => {
  const short = Blob.make({ text: prose(COMPRESS_FROM_BYTES - 20), bytes: noise(0) });
  const dense = Blob.make({ text: "", bytes: noise(1_000) });
  const largeAndDense = Blob.make({ text: "", bytes: noise(100_000) });
  for (const message of [short, dense, largeAndDense]) {
    for (const codec of [byFflate, byZlib, auto]) {
      expect(Buffer.compare(codec.encode(message), off.encode(message))).toBe(0);
    }
  }
});

test("a message that saves less than a fifth is deflated where that saves a datagram", () => {
  const message = Blob.make({ text: prose(180), bytes: noise(1_040) });
  expect(off.encode(message).length).toBeGreaterThan(1_200);
  expect(auto.encode(message).length).toBeLessThanOrEqual(1_200);
  const roomy = createCodec({ registry, contacts, datagramBytes: 1_400 });
  expect(roomy.encode(message)).toEqual(off.encode(message));
});

test("the counters tell what compression saved", () => {
  const codec = createCodec({ registry, contacts });
  const message = Blob.make({ text: prose(5_000), bytes: noise(0) });
  const { length } = codec.encode(message);
  codec.encode(Blob.make({ text: "", bytes: noise(0) }));
  expect(codec.stats).toEqual({
    rawBytes: codec.sizeOf(message) + 6,
    encodedBytes: length + 6,
    compressedMessages: 1,
  });
});

test("an engine that promises more or less than is there is refused", () => {
  const content = new TextEncoder().encode(prose(5_000));
  for (const engine of engines) {
    const deflated = engine.deflate(content, dictionary.bytes, 6);
    for (const length of [0, 1, 4_999, 5_001, 100_000]) {
      expect(() => engine.inflate(deflated, dictionary.bytes, length)).toThrow();
    }
  }
});

test("bombs are malformed, however long they claim to be", () => {
  const zeros = new Uint8Array(64 << 20);
  const deflated = deflateRawSync(zeros, { level: 1, dictionary: dictionary.bytes });
  const short = new Uint8Array(500_000);
  for (const codec of [byFflate, byZlib, auto]) {
    for (const length of [100_000, 1 << 20, 0xff_ffff]) {
      expect(codeOf(() => codec.decode(envelope(zeros, { length, crc: 0 }, deflated)))).toBe(
        "E_MALFORMED",
      );
    }
    // All in one datagram.
    const bomb = envelope(short, { length: 2_000 });
    expect(bomb.length).toBeLessThan(1_024);
    expect(codeOf(() => codec.decode(bomb))).toBe("E_MALFORMED");
  }
});

test("a wrong version, dictionary, length or check sum is malformed", () => {
  const content = off.encode(Blob.make({ text: prose(2_000), bytes: noise(5) })).subarray(1);
  for (const codec of codecs) {
    expect(codec.decode(envelope(content, {}))).toBeDefined();
    for (const change of [
      { version: DICTIONARY_VERSION + 1 },
      { version: 255 },
      { length: content.length - 1 },
      { length: content.length + 1 },
      { crc: crc32(content) },
      { crc: crc32(content, dictionary.crc ^ 1) },
    ]) {
      expect(codeOf(() => codec.decode(envelope(content, change)))).toBe("E_MALFORMED");
    }
  }
});

test("a process with other message types does not misread a compressed message", () => {
  const Other = defineMessage({ tag: 2, name: "test.other", doc: "x", fields: { a: f.u8("x") } });
  const other = createCodec({ registry: createRegistry([Blob, Other]), contacts });
  const bytes = auto.encode(Blob.make({ text: prose(2_000), bytes: noise(5) }));
  expect(codeOf(() => other.decode(bytes))).toBe("E_MALFORMED");
});

test("any one bit changed in a compressed message is malformed or leaves it as it was", () => {
  const message = Blob.make({ text: prose(700), bytes: noise(9) });
  for (const codec of [byFflate, byZlib]) {
    const bytes = codec.encode(message);
    expect(bytes[0]).toBe(DICTIONARY_VERSION);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      let decoded: unknown;
      const code = codeOf(() => {
        decoded = codec.decode(changed);
      });
      if (code === "nothing thrown") expect(decoded).toEqual(message);
      else expect(code).toBe("E_MALFORMED");
    }
  }
});

test("the dictionary is small, the same every time, and shortens messages", () => {
  expect(dictionary.bytes.length).toBeLessThanOrEqual(DICTIONARY_BYTES_MAX);
  const again = dictionaryOf(createRegistry([Blob]));
  expect(again.bytes).toEqual(dictionary.bytes);
  const content = new TextEncoder().encode(prose(600));
  for (const engine of engines) {
    const without = engine.deflate(content, new Uint8Array(0), 6).length;
    expect(engine.deflate(content, dictionary.bytes, 6).length).toBeLessThan(without);
  }
});
