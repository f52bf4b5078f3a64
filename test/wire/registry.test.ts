import { expect, test } from "vitest";
import * as f from "../../src/wire/fields.ts";
import { defineMessage } from "../../src/wire/message.ts";
import { createRegistry, DECLARED_DEPTH_MAX, LIST_MAX } from "../../src/wire/registry.ts";

const type = (tag: number, name: string, fields: Record<string, f.Field<unknown>> = {}) =>
  defineMessage({ tag, name, doc: "x", fields });

test("types are found by tag and by name, and listed by tag", () => {
  const a = type(7, "t.a");
  const b = type(3, "t.b");
  const registry = createRegistry([a, b], 9);
  expect(registry.types).toEqual([b, a]);
  expect(registry.byTag(7)).toBe(a);
  expect(registry.byName("t.b")).toBe(b);
  expect(registry.byTag(4)).toBeUndefined();
  expect(registry.protocolVersion).toBe(9);
});

test("two types with one tag or one name are refused", () => {
  expect(() => createRegistry([type(1, "t.a"), type(1, "t.b")])).toThrow(/claim the same/);
  expect(() => createRegistry([type(1, "t.a"), type(2, "t.a")])).toThrow(/claim the same/);
});

test("declarations that cannot be encoded are refused, with the field's name", () => {
  const with_ = (field: f.Field<unknown>) => () => createRegistry([type(1, "t.a", { x: field })]);
  const ref = f.ref("x") as unknown as f.Field<unknown>;
  expect(with_(f.optional(ref))).toThrow(/t\.a\.x: an optional ref/);
  expect(with_(f.optional(f.optional(f.u8("x"))))).toThrow(/optional optional/);
  expect(with_(f.u32("x", 2 ** 32))).toThrow(/max/);
  expect(with_(f.refs("x", 5_000))).toThrow(/max/);
  expect(with_(f.list("x", f.u8("x"), LIST_MAX + 1))).toThrow(/max/);
  expect(with_(f.oneOf("x", []))).toThrow(/last value/);
  let deep: f.Field<unknown> = f.u8("x");
  for (let i = 0; i <= DECLARED_DEPTH_MAX; i++) deep = f.list("x", deep, 1);
  expect(with_(deep)).toThrow(/depth/);
  expect(() => createRegistry([type(1, "t.a", { type: f.u8("x") })])).toThrow(/"type"/);
});

test("a flat message cannot nest", () => {
  expect(() =>
    defineMessage({ tag: 1, name: "t.a", doc: "x", flat: true, nests: true, fields: {} }),
  ).toThrow(/cannot nest/);
});
