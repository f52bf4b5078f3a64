import { type ContactTable, NO_REF, type Ref } from "../../src/core/contacts.ts";
import { hashName } from "../../src/core/numeric-id.ts";
import type { Field, FieldKind } from "../../src/wire/fields.ts";
import type { Message } from "../../src/wire/message.ts";

/**
 * A message as one would write it down in JSON or XML: named fields, contacts by name, address and
 * incarnation, bytes in base64.
 */
export function readable(message: Message, contacts: ContactTable): Record<string, unknown> {
  const values = message as unknown as Record<string, unknown>;
  return { type: message.type.name, ...readFields(message.type.fields, values, contacts) };
}

function readFields(
  fields: Readonly<Record<string, Field<unknown>>>,
  values: Readonly<Record<string, unknown>>,
  contacts: ContactTable,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { spec }]) => [
      name,
      readValue(spec, values[name], contacts),
    ]),
  );
}

function readValue(spec: FieldKind, value: unknown, contacts: ContactTable): unknown {
  if (value === undefined || value === NO_REF) return null;
  switch (spec.kind) {
    case "ref":
      return readContact(value as Ref, contacts);
    case "refs":
      return (value as Ref[]).map((ref) => readContact(ref, contacts));
    case "nameRef":
      return contacts.name(value as Ref);
    case "numericRef":
      return contacts.numericId(value as Ref);
    case "bytes":
      return Buffer.from(value as Uint8Array).toString("base64");
    case "list":
      return (value as unknown[]).map((item) => readValue(spec.of.spec, item, contacts));
    case "optional":
      return readValue(spec.of.spec, value, contacts);
    case "struct":
      return readFields(spec.fields, value as Record<string, unknown>, contacts);
    case "message":
      return readable(value as Message, contacts);
    default:
      return value;
  }
}

function readContact(ref: Ref, contacts: ContactTable): object {
  const { name, numericId, address, incarnation } = contacts.contact(ref);
  return numericId === hashName(name)
    ? { name, address, incarnation }
    : { name, numericId, address, incarnation };
}
