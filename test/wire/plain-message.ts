import { type ContactTable, NO_REF, type Ref } from "../../src/core/contacts.ts";
import type * as f from "../../src/wire/fields.ts";
import type { Message } from "../../src/wire/message.ts";

/** A message as plain data that compares by value: contacts instead of references. */
export function plain(message: Message, contacts: ContactTable): unknown {
  const valueFor = (spec: f.FieldKind, value: unknown): unknown => {
    if (value === undefined) return undefined;
    switch (spec.kind) {
      case "ref":
        return value === NO_REF ? null : contacts.contact(value as Ref);
      case "nameRef":
        return value === NO_REF ? null : contacts.name(value as Ref);
      case "numericRef":
        return value === NO_REF ? null : contacts.numericId(value as Ref);
      case "refs":
        return (value as Ref[]).map((ref) => contacts.contact(ref));
      case "float":
        return (value as number) + 0;
      case "bytes":
        return [...(value as Uint8Array)];
      case "list":
        return (value as unknown[]).map((item) => valueFor(spec.of.spec, item));
      case "optional":
        return valueFor(spec.of.spec, value);
      case "struct":
        return struct(spec.fields, value as Record<string, unknown>);
      case "message":
        return plain(value as Message, contacts);
      default:
        return value;
    }
  };
  const struct = (
    fields: Readonly<Record<string, f.Field<unknown>>>,
    values: Record<string, unknown>,
  ): unknown =>
    Object.fromEntries(
      Object.entries(fields).map(([name, { spec }]) => [name, valueFor(spec, values[name])]),
    );
  return {
    type: message.type.name,
    ...(struct(message.type.fields, message as unknown as Record<string, unknown>) as object),
  };
}
