import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { ContactTable } from "../../src/core/contacts.ts";
import type { SkipnetError } from "../../src/core/errors.ts";
import { seededRandom } from "../../src/core/random.ts";
import { createCodec, type MessageCodec } from "../../src/wire/codec.ts";
import * as f from "../../src/wire/fields.ts";
import { defineMessage, type Message } from "../../src/wire/message.ts";
import { createRegistry } from "../../src/wire/registry.ts";
import { Sampler } from "../../src/wire/samples.ts";

const Everything = defineMessage({
  tag: 1,
  name: "test.everything",
  doc: "x",
  nests: true,
  fields: {
    small: f.u8("x", 100),
    flag: f.bool("x"),
    choice: f.oneOf("x", ["a", "b", "c"]),
    who: f.ref("x"),
    target: f.nameRef("x"),
    id: f.numericRef("x"),
    leaves: f.refs("x", 16),
    time: f.safeInt("x"),
    load: f.float("x"),
    path: f.text("x", 200),
    value: f.bytes("x", 300),
    list: f.list("x", f.struct("x", { a: f.u16("x"), b: f.optional(f.text("x", 20)) }), 8),
    body: f.nested("x"),
  },
});
const Flat = defineMessage({
  tag: 2,
  name: "test.flat",
  doc: "x",
  flat: true,
  fields: { a: f.u32("x"), from: f.ref("x"), to: f.ref("x"), b: f.bool("x") },
});
const Number32 = defineMessage({
  tag: 3,
  name: "test.number",
  doc: "x",
  fields: { n: f.u32("x") },
});
const Text = defineMessage({ tag: 4, name: "test.text", doc: "x", fields: { t: f.text("x", 64) } });
const Nest = defineMessage({
  tag: 5,
  name: "test.nest",
  doc: "x",
  nests: true,
  fields: { body: f.nested("x") },
});
const registry = createRegistry([Everything, Flat, Number32, Text, Nest]);

/** A process that knows nobody yet. */
const stranger = (): MessageCodec =>
  createCodec({ registry, contacts: new ContactTable(), compression: "off" });

/** Undefined if the bytes were a message; otherwise it was refused in the one permitted way. */
function decoded(codec: MessageCodec, bytes: Uint8Array): Message | undefined {
  try {
    return codec.decode(bytes);
  } catch (error) {
    expect((error as SkipnetError).code).toBe("E_MALFORMED");
    return undefined;
  }
}

const packr = new Packr({ useRecords: false });
const pack = (value: unknown): Uint8Array => new Uint8Array([0, ...packr.pack(value)]);
const raw = (...bytes: number[]): Uint8Array => Uint8Array.from([0, ...bytes]);

describe("fuzz: only messages and E_MALFORMED come out, and what is accepted is in its one form", () => {
  const random = seededRandom("hostile");
  const sampler = new Sampler(registry, random);
  const sender = createCodec({ registry, contacts: sampler.contacts, compression: "off" });
  const compressing = createCodec({ registry, contacts: sampler.contacts });
  const samples = Array.from({ length: 200 }, (_, i) =>
    sampler.message(registry.types[i % registry.types.length] as (typeof registry.types)[0]),
  );
  const valid = samples.map((message) => sender.encode(message));

  /** Decodes; what was a message must be encoded to the same bytes. */
  function check(codec: MessageCodec, bytes: Uint8Array): boolean {
    const message = decoded(codec, bytes);
    if (message === undefined) return false;
    if (bytes[0] === 0) expect(Buffer.compare(codec.encode(message), bytes)).toBe(0);
    return true;
  }

  test("60,000 times random bytes", () => {
    const codec = stranger();
    let accepted = 0;
    for (let i = 0; i < 60_000; i++) {
      const bytes = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
      // Most begin like a message, or nothing would get past its first byte.
      if (i % 4 > 0)
        bytes.set([0, 0x90 | (1 + random.below(4)), 1 + random.below(5)].slice(0, bytes.length));
      if (check(codec, bytes)) accepted++;
    }
    expect(accepted).toBeGreaterThan(0);
  });

  test("60,000 times a valid message with bytes changed, inserted, removed or exchanged", () => {
    let accepted = 0;
    const codec = stranger();
    for (let i = 0; i < 60_000; i++) {
      const bytes = [...(valid[random.below(valid.length)] as Uint8Array)];
      for (let edits = 1 + random.below(3); edits > 0; edits--) {
        const at = random.below(bytes.length);
        const other = valid[random.below(valid.length)] as Uint8Array;
        if (random.chance(0.6)) bytes[at] = random.below(256);
        else if (random.chance(0.3)) bytes.splice(at, 1 + random.below(4));
        else if (random.chance(0.5)) bytes.splice(at, 0, random.below(256));
        else bytes.splice(at, 8, ...other.subarray(at, at + 8));
      }
      if (decoded(codec, Uint8Array.from(bytes)) === undefined) continue;
      accepted++;
      // By one that remembers no contact that this one contradicts.
      expect(check(stranger(), Uint8Array.from(bytes))).toBe(true);
    }
    expect(accepted).toBeGreaterThan(1_000);
  });

  test("every beginning of every valid message, and every message with something after it", () => {
    const codec = stranger();
    for (const bytes of valid) {
      for (let length = 0; length < bytes.length; length++) {
        expect(decoded(codec, bytes.subarray(0, length))).toBeUndefined();
      }
      expect(decoded(codec, Uint8Array.from([...bytes, 0xc0]))).toBeUndefined();
      expect(check(stranger(), bytes)).toBe(true);
    }
  });

  test("5,000 times a compressed message with bytes changed", () => {
    const codec = stranger();
    const squeezed = samples.map((m) => compressing.encode(m)).filter((bytes) => bytes[0] !== 0);
    expect(squeezed.length).toBeGreaterThan(10);
    for (let i = 0; i < 5_000; i++) {
      const bytes = (squeezed[i % squeezed.length] as Uint8Array).slice();
      bytes[random.below(bytes.length)] = random.below(256);
      decoded(codec, bytes);
    }
  });
});

test("nothing but the plain part of MessagePack is read", () => {
  const codec = stranger();
  const inField = (...bytes: number[]) => decoded(codec, raw(0x92, 3, ...bytes));
  expect(inField(7)).toMatchObject({ n: 7 });
  const refused: Record<string, number[]> = {
    "record definition": [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1],
    "fixext 1": [0xd4, 0, 0],
    "ext 8": [0xc7, 1, 0x78, 0],
    timestamp: [0xd6, 0xff, 0, 0, 0, 1],
    map: [0x80],
    "map 16": [0xde, 0, 0],
    "float 32": [0xca, 0x3f, 0x80, 0, 0],
    "uint 64": [0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
    "int 64": [0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
    "never used": [0xc1],
    negative: [0xff],
    "int 8": [0xd0, 0x80],
    bool: [0xc3],
    nil: [0xc0],
    text: [0xa1, 0x31],
    "uint 8 where less will do": [0xcc, 7],
    "uint 32 where less will do": [0xce, 0, 0, 1, 0],
    "double where less will do": [0xcb, 0x40, 0x1c, 0, 0, 0, 0, 0, 0],
    fraction: [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0],
    "double over the limit": [0xcb, 0x42, 0x00, 0, 0, 0, 0, 0, 0],
    "not a number": [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  };
  for (const [what, bytes] of Object.entries(refused)) {
    expect(inField(...bytes), what).toBeUndefined();
  }
});

test("texts must be UTF-8 and short enough", () => {
  const codec = stranger();
  const text = (...bytes: number[]) => decoded(codec, raw(0x92, 4, 0xa0 | bytes.length, ...bytes));
  expect(text(0xc3, 0xa9)).toMatchObject({ t: "é" });
  expect(text(0xef, 0xbb, 0xbf, 0x61)).toMatchObject({ t: "\ufeffa" });
  for (const bad of [[0xff], [0xc0, 0x80], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    expect(text(...bad)).toBeUndefined();
  }
  expect(decoded(codec, pack([4, "a".repeat(64)]))).toBeDefined();
  expect(decoded(codec, pack([4, "a".repeat(65)]))).toBeUndefined();
  expect(decoded(codec, pack([4, "é".repeat(33)]))).toBeUndefined();
});

test("unknown tags, wrong numbers of fields and messages that may not nest are malformed", () => {
  const codec = stranger();
  for (const value of [
    [],
    [9],
    [0],
    [128, 1],
    [3],
    [3, 1, 1],
    [5, [3, 1]],
    [5, [5]],
    [[3], 1],
    7,
    null,
  ]) {
    expect(decoded(codec, pack(value))).toBeUndefined();
  }
  expect(decoded(codec, pack([3, 1]))).toBeDefined();
});

test("messages nest four deep and no deeper, both ways", () => {
  const codec = stranger();
  const nested = (depth: number): unknown[] => [5, depth === 1 ? null : nested(depth - 1)];
  expect(decoded(codec, pack(nested(4)))).toBeDefined();
  expect(decoded(codec, pack(nested(5)))).toBeUndefined();
  // As deep as a datagram and more: nothing overflows.
  const deep = new Uint8Array(200_000).fill(0x92).map((byte, i) => (i % 2 === 0 ? byte : 5));
  expect(decoded(codec, Uint8Array.from([0, ...deep]))).toBeUndefined();
  expect(decoded(codec, raw(...Array<number>(100_000).fill(0x91)))).toBeUndefined();
  const make = (depth: number): Message =>
    Nest.make({ body: depth === 1 ? undefined : make(depth - 1) });
  expect(() => codec.encode(make(4))).not.toThrow();
  expect(() => codec.encode(make(5))).toThrow(/E_LIMIT/);
});

test("lengths that lie make nothing", () => {
  const codec = stranger();
  for (const head of [
    [0xdd, 0xff, 0xff, 0xff, 0xff],
    [0xdc, 0xff, 0xff],
    [0x92, 4, 0xdb, 0xff, 0xff, 0xff, 0xff],
    [0x92, 4, 0xd9, 0x40],
  ]) {
    expect(decoded(codec, raw(...head))).toBeUndefined();
  }
});

test("over its limit a message is refused by both ends", () => {
  const sender = createCodec({ registry, contacts: new ContactTable(), compression: "off" });
  const small = createCodec({ registry, contacts: new ContactTable(), messageBytesMax: 40 });
  const message = Text.make({ t: "a".repeat(60) });
  expect(() => small.encode(message)).toThrow(/E_TOO_LARGE/);
  expect(decoded(small, sender.encode(message))).toBeUndefined();
  expect(() => createCodec({ registry, contacts: new ContactTable(), messageBytesMax: 0 })).toThrow(
    /E_OPTIONS/,
  );
});

test("a value out of its range is not sent, and the error names the field", () => {
  const contacts = new ContactTable();
  const codec = createCodec({ registry, contacts });
  for (const n of [-1, 1.5, 2 ** 32, Number.NaN, "7" as unknown as number]) {
    expect(() => codec.encode(Number32.make({ n }))).toThrow(/E_LIMIT: test\.number\.n/);
  }
  for (const t of ["\ud800", "é".repeat(33), undefined as unknown as string]) {
    expect(() => codec.encode(Text.make({ t }))).toThrow(/E_LIMIT: test\.text\.t/);
  }
  const Foreign = defineMessage({ tag: 3, name: "test.foreign", doc: "x", fields: {} });
  expect(() => codec.encode(Foreign.make({}))).toThrow(/E_OPTIONS: .*test\.foreign/);
  const target = contacts.nameOnly("com.example");
  const flat = Flat.make({ a: 1, from: target, to: target, b: true });
  expect(() => codec.encode(flat)).toThrow(/E_LIMIT/);
});

test("more contacts than a process remembers in passing cannot come in one message", () => {
  const Crowd = defineMessage({
    tag: 1,
    name: "test.crowd",
    doc: "x",
    fields: { crowds: f.list("x", f.refs("x", 1_024), 4) },
  });
  const crowds = createRegistry([Crowd]);
  const sampler = new Sampler(crowds, seededRandom("crowd"));
  const [ref] = (sampler.message(Crowd) as unknown as { crowds: number[][] }).crowds[0] as never[];
  const codec = createCodec({ registry: crowds, contacts: sampler.contacts, compression: "off" });
  const refs = Array<never>(1_024).fill(ref as never);
  const full = codec.encode(Crowd.make({ crowds: [refs] }));
  expect(() => codec.encode(Crowd.make({ crowds: [refs, refs] }))).toThrow(/E_LIMIT/);
  const two = Uint8Array.from([0, 0x92, 1, 0x92, ...full.subarray(4), ...full.subarray(4)]);
  expect(codec.decode(full)).toBeDefined();
  expect(decoded(codec, two)).toBeUndefined();
});

test("a message holds nothing of the buffer it came in", () => {
  const sampler = new Sampler(registry, seededRandom("views"));
  const sender = createCodec({ registry, contacts: sampler.contacts, compression: "off" });
  const contacts = new ContactTable();
  const receiver = createCodec({ registry, contacts });
  const bytes = Buffer.from(sender.encode(sampler.message(Everything)));
  const message = receiver.decode(bytes);
  const before = receiver.encode(message);
  const { value } = message as unknown as { value: Uint8Array };
  expect(value.buffer).not.toBe(bytes.buffer);
  expect(value.buffer.byteLength).toBe(value.length);
  bytes.fill(0xee);
  expect(receiver.encode(message)).toEqual(before);
});
