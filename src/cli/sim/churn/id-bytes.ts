import type { Field, FieldKind } from "../../../wire/fields.ts";
import type { Message } from "../../../wire/message.ts";

const HEADER_BYTES = 20;
const BYTES_PER_ID = 4;

/**
 * Messages as Li et al. count them (INFOCOM 2005): 20 bytes each, and 4 for each address or ID that they carry, whatever
 * a real encoding takes. A contact counts once, and so does a key.
 */
export class IdBytes {
  messages = 0;
  bytes = 0;

  /** To be called for each message sent. */
  count(message: Message): void {
    this.messages++;
    this.bytes += HEADER_BYTES + BYTES_PER_ID * idsOf(message.type.fields, message);
  }
}

function idsOf(fields: Readonly<Record<string, Field<unknown>>>, values: object): number {
  let sum = 0;
  for (const [name, { spec }] of Object.entries(fields)) {
    sum += idsIn(spec, (values as Readonly<Record<string, unknown>>)[name]);
  }
  return sum;
}

function idsIn(spec: FieldKind, value: unknown): number {
  switch (spec.kind) {
    case "ref":
    case "nameRef":
    case "numericRef":
      return (value as number) >= 0 ? 1 : 0;
    case "refs":
      return (value as readonly unknown[]).length;
    case "list":
      return (value as readonly unknown[]).reduce(
        (sum: number, one) => sum + idsIn(spec.of.spec, one),
        0,
      );
    case "optional":
      return value === undefined ? 0 : idsIn(spec.of.spec, value);
    case "struct":
      return idsOf(spec.fields, value as object);
    case "message":
      return value === undefined ? 0 : idsOf((value as Message).type.fields, value as Message);
    default:
      return 0;
  }
}
