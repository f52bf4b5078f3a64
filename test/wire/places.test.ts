import { expect, test } from "vitest";
import { ContactTable, NO_REF } from "../../src/core/contacts.ts";
import { hashName } from "../../src/core/numeric-id.ts";
import { createCodec } from "../../src/wire/codec.ts";
import * as f from "../../src/wire/fields.ts";
import { defineMessage, type Message } from "../../src/wire/message.ts";
import { createRegistry } from "../../src/wire/registry.ts";

const Placed = defineMessage({
  tag: 1,
  name: "test.placed",
  doc: "x",
  nests: true,
  placedBy: "path",
  fields: { path: f.text("x", 99) },
});
const Around = defineMessage({
  tag: 2,
  name: "test.around",
  doc: "x",
  nests: true,
  fields: { body: f.nested("x") },
});
const Bound = defineMessage({
  tag: 3,
  name: "test.bound",
  doc: "x",
  fields: { first: f.numericRef("x"), body: f.nested("x"), id: f.numericRef("x") },
});
const registry = createRegistry([Placed, Around, Bound]);
const contacts = new ContactTable();
const codec = createCodec({ registry, contacts, compression: "off" });
const idOf = (path: string) => contacts.numericOnly(hashName(path));

/** What another process makes of it. */
function received(message: Message) {
  const elsewhere = new ContactTable();
  const bytes = codec.encode(message);
  expect(codec.sizeOf(message)).toBe(bytes.length);
  const other = createCodec({ registry, contacts: elsewhere, compression: "off" });
  const decoded = other.decode(bytes);
  if (!Bound.is(decoded)) throw new Error("something else");
  expect(other.encode(decoded)).toEqual(bytes);
  const id = (ref: typeof NO_REF) => (ref === NO_REF ? undefined : elsewhere.numericId(ref));
  return { bytes: bytes.length, first: id(decoded.first), id: id(decoded.id) };
}

test("a numeric ID need not travel where the message before it says the place", () => {
  const body = Placed.make({ path: "/a/b" });
  const implied = received(Bound.make({ first: NO_REF, body, id: idOf("/a/b") }));
  expect(implied.id).toBe(hashName("/a/b"));
  const other = received(Bound.make({ first: NO_REF, body, id: idOf("/a/c") }));
  expect(other.id).toBe(hashName("/a/c"));
  expect(other.bytes - implied.bytes).toBe(17);
});

test("it does travel before that message, and where only one deeper inside says the place", () => {
  const body = Placed.make({ path: "/a/b" });
  const id = idOf("/a/b");
  const before = received(Bound.make({ first: id, body, id: NO_REF }));
  expect(before).toMatchObject({ first: hashName("/a/b"), id: undefined });
  const deeper = received(Bound.make({ first: NO_REF, body: Around.make({ body }), id }));
  expect(deeper.id).toBe(hashName("/a/b"));
  const without = received(Bound.make({ first: NO_REF, body: undefined, id }));
  expect(without.id).toBe(hashName("/a/b"));
});

test("one that travels needlessly, or is left out without a place, is refused", () => {
  const body = Placed.make({ path: "/a/b" });
  const bytes = codec.encode(Bound.make({ first: NO_REF, body, id: idOf("/a/b") }));
  const id = Uint8Array.from(Buffer.from(hashName("/a/b"), "hex"));
  const needless = Uint8Array.of(...bytes.subarray(0, -1), 0xc4, 16, ...id);
  expect(() => codec.decode(needless)).toThrow(/needlessly/);
  const empty = codec.encode(Bound.make({ first: NO_REF, body: undefined, id: NO_REF }));
  const nothing = Uint8Array.of(...empty.subarray(0, -1), 0xc3);
  expect(() => codec.decode(nothing)).toThrow(/nothing implies/);
});

test("many places are told apart, also those that are forgotten meanwhile", () => {
  for (let i = 0; i < 2_500; i++) {
    const path = `/${i % 1_500}`;
    const message = Bound.make({ first: NO_REF, body: Placed.make({ path }), id: idOf(path) });
    expect(codec.sizeOf(message)).toBe(5 + path.length + 3);
  }
});

test("only a message that nests is placed, and by one of its texts", () => {
  const fields = { path: f.text("x", 9), size: f.u8("x") };
  const declare = (nests: boolean, placedBy: "path" | "size") => () =>
    defineMessage({ tag: 1, name: "t.a", doc: "x", nests, placedBy, fields });
  expect(declare(true, "path")).not.toThrow();
  expect(declare(true, "size")).toThrow(/by a text/);
  expect(declare(false, "path")).toThrow(/nests/);
});
