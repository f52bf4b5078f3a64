import { expect, test } from "vitest";
import type { Address, Incarnation } from "../../src/core/address.ts";
import { ContactTable, NO_REF, type Ref } from "../../src/core/contacts.ts";
import { hashName, type NumericId } from "../../src/core/numeric-id.ts";
import { createCodec } from "../../src/wire/codec.ts";
import * as f from "../../src/wire/fields.ts";
import { defineMessage, type Message } from "../../src/wire/message.ts";
import { createRegistry } from "../../src/wire/registry.ts";

// Bytes written down: whoever changes the format changes them, and the protocol version with them.

const Plain = defineMessage({
  tag: 1,
  name: "test.plain",
  doc: "x",
  nests: true,
  fields: {
    a: f.u32("x"),
    flag: f.bool("x"),
    choice: f.oneOf("x", ["zero", "one"]),
    time: f.safeInt("x"),
    load: f.float("x"),
    path: f.text("x", 99),
    value: f.bytes("x", 99),
    maybe: f.optional(f.u8("x")),
    pairs: f.list("x", f.struct("x", { a: f.u8("x"), b: f.u8("x") }), 9),
  },
});
const Contacts = defineMessage({
  tag: 2,
  name: "test.contacts",
  doc: "x",
  fields: {
    one: f.ref("x"),
    two: f.ref("x"),
    again: f.ref("x"),
    none: f.ref("x"),
    name: f.nameRef("x"),
    id: f.numericRef("x"),
    list: f.refs("x", 9),
    body: f.nested("x"),
  },
});
const Placed = defineMessage({
  tag: 3,
  name: "test.placed",
  doc: "x",
  nests: true,
  placedBy: "path",
  fields: { path: f.text("x", 99) },
});
const Bound = defineMessage({
  tag: 4,
  name: "test.bound",
  doc: "x",
  fields: { body: f.nested("x"), id: f.numericRef("x") },
});
const registry = createRegistry([Plain, Contacts, Placed, Bound]);
const contacts = new ContactTable();
const codec = createCodec({ registry, contacts, compression: "off" });

const node = (name: string, address: string, incarnation: number, numericId?: string): Ref =>
  contacts.pin({
    name,
    address: address as Address,
    incarnation: incarnation as Incarnation,
    numericId: numericId as NumericId | undefined,
  });

const hex = (message: Message): string => Buffer.from(codec.encode(message)).toString("hex");
const plain = Plain.make({
  a: 300,
  flag: true,
  choice: "one",
  time: 2 ** 40,
  load: 0.5,
  path: "/é",
  value: Uint8Array.of(1, 2),
  maybe: undefined,
  pairs: [{ a: 1, b: 2 }],
});
const PLAIN =
  `9a01${"cd012c"}${"c3"}${"01"}${"cb4270000000000000"}${"cb3fe0000000000000"}` +
  `${"a32fc3a9"}${"c4020102"}${"c0"}${"91920102"}`;

test("fields of all plain kinds", () => {
  expect(hex(plain)).toBe(`00${PLAIN}`);
});

test("contacts: whole, after one another, again, in a list, nested", () => {
  const one = node("a.b", "udp://127.0.0.1:7001", 0x19_b8_00_00_00_10);
  const two = node("a.c", "udp://127.0.0.1:7002", 0x19_b8_00_00_01_20);
  const odd = node(
    "a.cd",
    "tcp://[::1]:7001",
    0x19_b8_00_00_01_20,
    "00112233445566778899aabbccddeeff",
  );
  const message = Contacts.make({
    one,
    two,
    again: one,
    none: NO_REF,
    name: contacts.nameOnly("a.b/x"),
    id: contacts.numericOnly("ffeeddccbbaa99887766554433221100" as NumericId),
    list: [odd, node("a.ce", "sim://17", 5)],
    body: plain,
  });
  const expected = [
    "00",
    "9902",
    `c410${"16"}${"7f0000011b59"}${"19b800000010"}${"612e62"}`,
    `c407${"e2"}${"1b5a"}${"0120"}${"02"}${"63"}`,
    "00",
    "c0",
    "a5612e622f78",
    "c410ffeeddccbbaa99887766554433221100",
    `c437${"48"}${"02"}${"00000000000000000000000000000001"}${"1b59"}` +
      `${"00112233445566778899aabbccddeeff"}${"03"}${"01"}${"64"}` +
      `${"56"}${"000000000011"}${"000000000005"}${"03"}${"01"}${"65"}`,
    PLAIN,
  ];
  expect(hex(message)).toBe(expected.join(""));
});

test("a numeric ID that the message before implies, and another", () => {
  const body = Placed.make({ path: "/a" });
  const implied = contacts.numericOnly(hashName("/a"));
  expect(hex(Bound.make({ body, id: implied }))).toBe(`009304${"9203a22f61"}${"c3"}`);
  const other = contacts.numericOnly("ffeeddccbbaa99887766554433221100" as NumericId);
  const bytes = "c410ffeeddccbbaa99887766554433221100";
  expect(hex(Bound.make({ body, id: other }))).toBe(`009304${"9203a22f61"}${bytes}`);
});

test("numbers in one byte string, and texts that begin alike", () => {
  const Compact = defineMessage({
    tag: 1,
    name: "test.compact",
    doc: "x",
    fields: {
      stamp: f.numbers("x", { ms: { bytes: 6, doc: "x" }, count: { bytes: 2, doc: "x" } }),
      none: f.texts("x", 99, 9),
      names: f.texts("x", 99, 9),
    },
  });
  const compact = createCodec({ registry: createRegistry([Compact]), contacts });
  const encode = (count: number) =>
    Buffer.from(
      compact.encode(
        Compact.make({
          stamp: { ms: 2 ** 40 + 1, count },
          none: [],
          names: ["index.js", "index.ts", `index.${"x".repeat(20)}`],
        }),
      ),
    ).toString("hex");
  const names = `c422${"08"}${"696e6465782e6a73"}${"62"}${"7473"}` + `${"6f14"}${"78".repeat(20)}`;
  expect(encode(0)).toBe(`009401${"c406010000000001"}${"c0"}${names}`);
  expect(encode(258)).toBe(`009401${"c4080100000000010102"}${"c0"}${names}`);
});
