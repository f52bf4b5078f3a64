import fc from "fast-check";
import type { Address, Incarnation } from "../../src/core/address.ts";
import { ContactTable, NO_REF, type Ref } from "../../src/core/contacts.ts";
import type { NumericId } from "../../src/core/numeric-id.ts";
import * as f from "../../src/wire/fields.ts";
import { type AnyMessageType, defineMessage, type Message } from "../../src/wire/message.ts";
import { createRegistry, type MessageRegistry } from "../../src/wire/registry.ts";

type AnyField = f.Field<unknown>;

const asField = (field: f.Field<never>): AnyField => field as unknown as AnyField;
const any = <T>(field: f.Field<T>): AnyField => asField(field as unknown as f.Field<never>);

/** Kinds that fit a word of a flat message. */
const wordField: fc.Arbitrary<AnyField> = fc.oneof(
  fc.nat(0xff).map((max) => any(f.u8("x", max))),
  fc.nat(0xffff).map((max) => any(f.u16("x", max))),
  fc.nat(0xffff_ffff).map((max) => any(f.u32("x", max))),
  fc.constant(any(f.bool("x"))),
  fc
    .uniqueArray(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 5 })
    .map((values) => any(f.oneOf("x", values))),
  fc.constant(any(f.ref("x"))),
  fc.constant(any(f.nameRef("x"))),
  fc.constant(any(f.numericRef("x"))),
);

const leafField: fc.Arbitrary<AnyField> = fc.oneof(
  wordField,
  fc.nat(8).map((max) => any(f.refs("x", max))),
  fc.constant(any(f.safeInt("x"))),
  fc.constant(any(f.float("x"))),
  fc.nat(300).map((max) => any(f.text("x", max))),
  fc.nat(300).map((max) => any(f.bytes("x", max))),
  fc.tuple(fc.nat(300), fc.nat(5)).map(([maxBytes, max]) => any(f.texts("x", maxBytes, max))),
  fc
    .array(fc.constantFrom(1, 2, 3, 4, 5, 6), { minLength: 1, maxLength: 4 })
    .map((widths) => any(f.numbers("x", numberParts(widths as f.NumberWidth[])))),
  fc.constant(any(f.nested("x"))),
);

const objectField: fc.Arbitrary<AnyField> = fc.letrec<{ field: AnyField }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 2 },
    leafField,
    fc.tuple(tie("field"), fc.nat(3)).map(([of, max]) => any(f.list("x", of, max))),
    tie("field")
      .filter(
        ({ spec }) =>
          !["optional", "message", "ref", "nameRef", "numericRef", "texts"].includes(spec.kind),
      )
      .map((of) => any(f.optional(of))),
    fc.array(tie("field"), { maxLength: 4 }).map((fields) => any(f.struct("x", record(fields)))),
  ),
})).field;

function numberParts(widths: readonly f.NumberWidth[]) {
  return Object.fromEntries(widths.map((bytes, i) => [`n${i}`, { bytes, doc: "x" }]));
}

function record(fields: readonly AnyField[]): Record<string, AnyField> {
  return Object.fromEntries(fields.map((field, i) => [`f${i}`, field]));
}

/** One to five types, flat and not, nesting and not. */
export const registryArbitrary: fc.Arbitrary<MessageRegistry> = fc
  .array(
    fc.oneof(
      fc.record({
        nests: fc.boolean(),
        flat: fc.constant(false),
        fields: fc.oneof(
          { weight: 5, arbitrary: fc.array(objectField, { maxLength: 5 }) },
          { weight: 1, arbitrary: fc.array(wordField, { minLength: 14, maxLength: 18 }) },
        ),
      }),
      fc.record({
        nests: fc.constant(false),
        flat: fc.constant(true),
        fields: fc
          .tuple(
            fc.array(wordField, { maxLength: 10 }),
            fc.option(
              objectField.filter(({ spec }) => !f.isWord(spec)),
              { nil: undefined },
            ),
            fc.nat(10),
          )
          .map(([words, object, at]) =>
            object === undefined ? words : [...words.slice(0, at), object, ...words.slice(at)],
          ),
      }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((declarations) =>
    createRegistry(
      declarations.map(({ fields, ...rest }, i) =>
        defineMessage({ tag: i + 1, name: `t.t${i}`, doc: "x", fields: record(fields), ...rest }),
      ),
    ),
  );

const component = fc.oneof(
  fc.constantFrom(
    "com",
    "example",
    "host1",
    "host12",
    "host13",
    "a",
    "straße",
    "\u{1f600}x",
    "\u{1f601}x",
  ),
  fc.stringMatching(/^[a-z0-9-]{1,20}$/),
);
const nodeName = fc
  .array(component, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join("."));

const address = fc.oneof(
  fc.constantFrom(
    "udp://127.0.0.1:7001",
    "udp://127.0.0.1:7002",
    "tcp://127.0.0.1:7001",
    "udp://[::1]:7001",
    "udp://[::1]:7002",
    "hybrid://[2001:db8::1]:1",
    "udp://[0:0::1]:7001",
    "udp://127.0.0.1:07001",
    "udp://300.0.0.1:70000",
    "sim://17",
    "sim://017",
    "sim://281474976710655",
    "sim://281474976710656",
    "udp://localhost:80",
    "ws://host:80",
    "x://é",
  ),
  fc
    .tuple(fc.constantFrom("udp", "tcp", "hybrid", "ws"), fc.ipV4(), fc.nat(65_535))
    .map(([scheme, host, port]) => `${scheme}://${host}:${port}`),
  fc
    .tuple(fc.constantFrom("udp", "tcp"), fc.ipV6(), fc.nat(65_535))
    .map(([scheme, host, port]) => `${scheme}://[${host}]:${port}`),
  fc.nat().map((number) => `sim://${number}`),
) as fc.Arbitrary<Address>;

const incarnation = fc.oneof(
  fc.constantFrom(0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 48, 2 ** 53 - 1),
  fc.maxSafeNat(),
  fc.nat(2 ** 20).map((n) => 28_275_609_600_000 + n),
) as fc.Arbitrary<Incarnation>;

const numericId = fc.stringMatching(/^[0-9a-f]{32}$/) as fc.Arbitrary<NumericId>;

const targetName = fc
  .string({ minLength: 1, maxLength: 300, unit: "grapheme" })
  .filter((name) => Buffer.byteLength(name) <= 1_024);

/** Some contacts in a table, among them nodes whose numeric ID is not the hash of their name. */
export const contactsArbitrary = fc
  .array(
    fc.record({
      name: nodeName,
      address,
      incarnation,
      numericId: fc.option(numericId, { nil: undefined, freq: 4 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .chain((list) =>
    fc.record({
      list: fc.constant(list),
      names: fc.array(targetName, { maxLength: 4 }),
      ids: fc.array(numericId, { maxLength: 4 }),
    }),
  )
  .map(({ list, names, ids }): Pool => {
    const contacts = new ContactTable();
    return {
      contacts,
      refs: list.map((contact) => contacts.pin(contact)),
      names: names.map((name) => contacts.nameOnly(name)),
      ids: ids.map((id) => contacts.numericOnly(id)),
    };
  });

/** The references that messages are made of. */
export interface Pool {
  readonly contacts: ContactTable;
  readonly refs: readonly Ref[];
  readonly names: readonly Ref[];
  readonly ids: readonly Ref[];
}

/** An arbitrary value of every field of a type. */
export function messageArbitrary(
  registry: MessageRegistry,
  type: AnyMessageType,
  pool: Pool,
  depth = 1,
): fc.Arbitrary<Message> {
  const { refs, names, ids } = pool;
  const struct = (fields: Readonly<Record<string, AnyField>>): fc.Arbitrary<object> =>
    fc.record(
      Object.fromEntries(Object.entries(fields).map(([name, { spec }]) => [name, valueFor(spec)])),
    );
  const valueFor = (spec: f.FieldKind): fc.Arbitrary<unknown> => {
    switch (spec.kind) {
      case "uint":
        return fc.oneof(fc.nat(spec.max), edges(spec.max));
      case "safeInt":
        return fc.oneof(fc.maxSafeNat(), edges(Number.MAX_SAFE_INTEGER));
      case "float":
        return fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
          fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
        );
      case "bool":
        return fc.boolean();
      case "enum":
        return fc.constantFrom(...spec.values);
      case "ref":
        return fc.constantFrom(NO_REF, ...refs);
      case "nameRef":
        return fc.constantFrom(NO_REF, ...refs, ...names);
      case "numericRef":
        return fc.constantFrom(NO_REF, ...refs, ...ids);
      case "refs":
        return fc.array(fc.constantFrom(...refs), { maxLength: spec.max });
      case "text":
        return fc
          .string({ unit: "grapheme", maxLength: spec.maxBytes })
          .filter((text) => Buffer.byteLength(text) <= spec.maxBytes);
      case "bytes":
        return fc.uint8Array({ maxLength: spec.maxBytes });
      case "texts":
        return textsArbitrary(spec.maxBytes, spec.max);
      case "numbers":
        return fc.record(
          Object.fromEntries(
            Object.entries(spec.parts).map(([name, { bytes }]) => [
              name,
              fc.oneof(fc.integer({ min: 0, max: 256 ** bytes - 1 }), edges(256 ** bytes - 1)),
            ]),
          ),
        );
      case "list":
        return fc.array(valueFor(spec.of.spec), { maxLength: spec.max });
      case "optional":
        return fc.option(valueFor(spec.of.spec), { nil: undefined });
      case "struct":
        return struct(spec.fields);
      case "message": {
        const inner = registry.types.filter((other) => other.nests);
        if (depth >= 4 || inner.length === 0) return fc.constant(undefined);
        const one = fc
          .constantFrom(...inner)
          .chain((other) => messageArbitrary(registry, other, pool, depth + 1));
        return fc.option(one, { nil: undefined, freq: 2 });
      }
    }
  };
  return struct(type.fields).map((values) => type.make(values) as Message);
}

/** Texts that begin alike, with pairs of code units cut nowhere. */
function textsArbitrary(maxBytes: number, max: number): fc.Arbitrary<readonly string[]> {
  const part = fc.constantFrom("", "a", "ab", "é", "\u{1f600}", "\u{1f601}", "x".repeat(140));
  return fc.array(
    fc
      .array(part, { maxLength: 4 })
      .map((parts) => parts.join(""))
      .filter((text) => Buffer.byteLength(text) <= maxBytes),
    { maxLength: max },
  );
}

function edges(max: number): fc.Arbitrary<number> {
  const numbers = [0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, max];
  return fc.constantFrom(...numbers.filter((number) => number <= max));
}
