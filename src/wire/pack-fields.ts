import { type ContactTable, NO_REF, type Ref } from "../core/contacts.ts";
import { utf8Bytes } from "../core/names.ts";
import { TARGET_NAME_BYTES_MAX } from "./contact-coding.ts";
import type { ContactPacker } from "./contact-pack.ts";
import type { Field, FieldKind } from "./fields.ts";
import { limit } from "./malformed.ts";
import type { AnyMessageType, Message } from "./message.ts";
import { packNumbers } from "./number-string.ts";
import { type Places, placeOf } from "./places.ts";
import { CONTACTS_PER_MESSAGE_MAX, MESSAGE_DEPTH_MAX } from "./registry.ts";
import { packTexts } from "./text-list.ts";
import type { PackContext, PlanIndex } from "./type-plan.ts";

type Pack = (value: unknown, depth: number, context: PackContext) => unknown;

interface Compiling {
  readonly contacts: ContactTable;
  readonly packer: ContactPacker;
  readonly places: Places;
  readonly plans: PlanIndex;
}

/** The function that turns a message into `[tag, field, …]`, checking every value. */
export function compilePack(
  type: AnyMessageType,
  compiling: Compiling,
): (message: Message, depth: number, context: PackContext) => unknown[] {
  const fields = compileFields(type.name, type.fields, compiling);
  return (message, depth, context) => fields([type.tag], message, depth, context);
}

function compileFields(
  where: string,
  fields: Readonly<Record<string, Field<unknown>>>,
  compiling: Compiling,
): (out: unknown[], value: unknown, depth: number, context: PackContext) => unknown[] {
  const names = Object.keys(fields);
  const packs = Object.entries(fields).map(([name, { spec }]) =>
    compileKind(`${where}.${name}`, spec, compiling),
  );
  return (out, value, depth, context) => {
    if (typeof value !== "object" || value === null) throw limit(where, "is not an object");
    for (let i = 0; i < names.length; i++) {
      const item = (value as Record<string, unknown>)[names[i] as string];
      out.push((packs[i] as Pack)(item, depth, context));
    }
    return out;
  };
}

function compileKind(where: string, spec: FieldKind, compiling: Compiling): Pack {
  switch (spec.kind) {
    case "uint":
      return packUint(where, spec.max);
    case "safeInt":
      return packUint(where, Number.MAX_SAFE_INTEGER);
    case "bool":
      return (value) => {
        if (typeof value !== "boolean") throw limit(where, "is not a boolean");
        return value;
      };
    case "enum":
      return (value) => {
        const index = spec.values.indexOf(value as string);
        if (index < 0) throw limit(where, "is none of its values");
        return index;
      };
    case "float":
      return (value) => {
        if (!Number.isFinite(value)) throw limit(where, "is not a finite number");
        return value;
      };
    case "text":
      return (value) => checkedText(where, value, spec.maxBytes);
    case "bytes":
      return (value) => {
        if (!(value instanceof Uint8Array)) throw limit(where, "is not a byte array");
        if (value.length > spec.maxBytes) throw limit(where, `is over ${spec.maxBytes} bytes`);
        return value;
      };
    case "optional": {
      const pack = compileKind(where, spec.of.spec, compiling);
      return (value, depth, context) => (value === undefined ? null : pack(value, depth, context));
    }
    case "numbers":
      return (value) => packNumbers(where, spec.parts, value);
    case "texts":
      return (value) => {
        if (!Array.isArray(value)) throw limit(where, "is not a list");
        if (value.length > spec.max) throw limit(where, `has more than ${spec.max} elements`);
        return packTexts(value.map((text) => checkedText(where, text, spec.maxBytes)));
      };
    case "list":
      return packList(where, compileKind(where, spec.of.spec, compiling), spec.max);
    case "struct": {
      const fields = compileFields(where, spec.fields, compiling);
      return (value, depth, context) => fields([], value, depth, context);
    }
    case "message":
      return packNested(where, compiling.plans);
    default:
      return packContacts(where, spec, compiling);
  }
}

function packUint(where: string, max: number): Pack {
  return (value) => {
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
      throw limit(where, `is not a whole number from 0 to ${max}`);
    }
    return value;
  };
}

function packList(where: string, pack: Pack, max: number): Pack {
  return (value, depth, context) => {
    if (!Array.isArray(value)) throw limit(where, "is not a list");
    if (value.length > max) throw limit(where, `has more than ${max} elements`);
    return value.map((item) => pack(item, depth, context));
  };
}

function packNested(where: string, plans: PlanIndex): Pack {
  return (value, depth, context) => {
    if (value === undefined) return null;
    const message = value as Message;
    if (typeof message.type !== "object") throw limit(where, "is not a message");
    if (!message.type.nests) throw limit(where, `cannot hold a ${message.type.name}`);
    if (depth >= MESSAGE_DEPTH_MAX) throw limit(where, `is nested over ${MESSAGE_DEPTH_MAX} deep`);
    const packed = plans.of(message.type).pack(message, depth + 1, context);
    context.place = placeOf(message);
    return packed;
  };
}

function packContacts(
  where: string,
  spec: FieldKind,
  { contacts, packer, places }: Compiling,
): Pack {
  const count = (context: PackContext, more: number): void => {
    context.contacts += more;
    if (context.contacts > CONTACTS_PER_MESSAGE_MAX) {
      throw limit(where, `makes it more than ${CONTACTS_PER_MESSAGE_MAX} contacts in one message`);
    }
  };
  if (spec.kind === "refs") {
    return (value, _depth, context) => {
      if (!Array.isArray(value)) throw limit(where, "is not a list");
      if (value.length > spec.max) throw limit(where, `has more than ${spec.max} contacts`);
      count(context, value.length);
      return packer.list(value as Ref[]);
    };
  }
  const pack = {
    ref: (ref: Ref) => packer.single(ref),
    nameRef: (ref: Ref) => targetName(where, contacts.name(ref)),
    numericRef: (ref: Ref, { place }: PackContext) =>
      place !== undefined && places.isAt(ref, place) ? true : packer.numeric(ref),
  }[spec.kind as "ref" | "nameRef" | "numericRef"];
  return (value, _depth, context) => {
    if (value === NO_REF) return null;
    if (!Number.isInteger(value)) throw limit(where, "is not a contact");
    count(context, 1);
    return pack(value as Ref, context);
  };
}

function targetName(where: string, name: string): string {
  if (name.length === 0) throw limit(where, "is an empty name");
  return checkedText(where, name, TARGET_NAME_BYTES_MAX);
}

function checkedText(where: string, value: unknown, maxBytes: number): string {
  if (typeof value !== "string") throw limit(where, "is not a text");
  if (!value.isWellFormed()) throw limit(where, "is not valid Unicode");
  if (utf8Bytes(value) > maxBytes) throw limit(where, `is over ${maxBytes} bytes`);
  return value;
}
