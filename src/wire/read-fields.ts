import { type ContactTable, NO_REF } from "../core/contacts.ts";
import { type NumericId, numericIdFromBytes } from "../core/numeric-id.ts";
import { NUMERIC_BYTES, SEEN_MAX, TARGET_NAME_BYTES_MAX } from "./contact-coding.ts";
import type { Field, FieldKind } from "./fields.ts";
import { malformed } from "./malformed.ts";
import type { AnyMessageType, Message } from "./message.ts";
import { readNumbers } from "./number-string.ts";
import { type Places, placeOf } from "./places.ts";
import type { Reader } from "./reader.ts";
import { CONTACTS_PER_MESSAGE_MAX, MESSAGE_DEPTH_MAX } from "./registry.ts";
import { readTexts } from "./text-list.ts";
import type { PlanIndex } from "./type-plan.ts";

type Read = (reader: Reader, depth: number) => unknown;

interface Compiling {
  readonly contacts: ContactTable;
  readonly places: Places;
  readonly plans: PlanIndex;
}

/** The function that reads the fields of a message type, checking each against its declaration. */
export function compileRead(
  type: AnyMessageType,
  compiling: Compiling,
): (reader: Reader, depth: number) => Message {
  const fields = readStruct(type.fields, compiling);
  return (reader, depth) => type.make(fields(reader, depth)) as Message;
}

/** The message that begins here, of any type that may stand at this depth. */
export function readMessage(reader: Reader, depth: number, plans: PlanIndex): Message {
  const count = reader.array(0xffff);
  if (count === 0) throw malformed("a message has no tag");
  const plan = plans.byTag(reader.uint(0xff));
  if (plan === undefined) throw malformed("a message has an unknown tag");
  if (count !== 1 + plan.fieldCount) {
    throw malformed(`${plan.type.name} has a wrong number of fields`);
  }
  if (depth > 1 && !plan.type.nests) throw malformed(`${plan.type.name} is inside a message`);
  if (depth > MESSAGE_DEPTH_MAX) throw malformed("messages are nested too deeply");
  return plan.read(reader, depth);
}

function readStruct(
  fields: Readonly<Record<string, Field<unknown>>>,
  compiling: Compiling,
): (reader: Reader, depth: number) => Record<string, unknown> {
  const names = Object.keys(fields);
  const reads = Object.values(fields).map((field) => compileKind(field.spec, compiling));
  return (reader, depth) => {
    const values: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      values[names[i] as string] = (reads[i] as Read)(reader, depth);
    }
    return values;
  };
}

function compileKind(spec: FieldKind, compiling: Compiling): Read {
  switch (spec.kind) {
    case "uint":
      return (reader) => reader.uint(spec.max);
    case "safeInt":
      return (reader) => reader.uint(Number.MAX_SAFE_INTEGER);
    case "bool":
      return (reader) => reader.bool();
    case "enum":
      return (reader) => spec.values[reader.uint(spec.values.length - 1)];
    case "float":
      return (reader) => reader.number();
    case "text":
      return (reader) => reader.text(spec.maxBytes);
    case "bytes":
      return (reader) => reader.since(reader.bin(spec.maxBytes));
    case "numbers":
      return (reader) => readNumbers(spec.parts, reader);
    case "texts":
      return (reader) => readTexts(reader, spec.max, spec.maxBytes);
    case "optional": {
      const read = compileKind(spec.of.spec, compiling);
      return (reader, depth) => (reader.nil() ? undefined : read(reader, depth));
    }
    case "list":
      return readList(compileKind(spec.of.spec, compiling), spec.max);
    case "struct": {
      const count = Object.keys(spec.fields).length;
      const fields = readStruct(spec.fields, compiling);
      return (reader, depth) => {
        if (reader.array(count) !== count) throw malformed("a struct has a wrong number of fields");
        return fields(reader, depth);
      };
    }
    case "message":
      return (reader, depth) => {
        if (reader.nil()) return undefined;
        const message = readMessage(reader, depth + 1, compiling.plans);
        reader.place = placeOf(message);
        return message;
      };
    default:
      return readContactKind(spec, compiling);
  }
}

function readList(read: Read, max: number): Read {
  return (reader, depth) => {
    const count = reader.array(max);
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(read(reader, depth));
    return items;
  };
}

function readContactKind(spec: FieldKind, { contacts, places }: Compiling): Read {
  const count = (reader: Reader, more: number): void => {
    reader.contactCount += more;
    if (reader.contactCount > CONTACTS_PER_MESSAGE_MAX) {
      throw malformed("a message has too many contacts");
    }
  };
  switch (spec.kind) {
    case "refs":
      return (reader) => {
        const start = reader.bin(reader.bytes.length);
        const list = reader.contacts.list(start, reader.at, spec.max);
        count(reader, list.length);
        return list;
      };
    case "ref":
      return (reader) => {
        if (reader.nil()) return NO_REF;
        count(reader, 1);
        if (!reader.isBin) return reader.contacts.seen(reader.uint(SEEN_MAX - 1));
        const start = reader.bin(reader.bytes.length);
        return reader.contacts.single(start, reader.at);
      };
    case "nameRef":
      return (reader) => {
        if (reader.nil()) return NO_REF;
        count(reader, 1);
        const name = reader.text(TARGET_NAME_BYTES_MAX);
        if (name.length === 0) throw malformed("a target has an empty name");
        return contacts.nameOnly(name);
      };
    default:
      return (reader) => {
        if (reader.nil()) return NO_REF;
        count(reader, 1);
        return contacts.numericOnly(readNumeric(reader, places));
      };
  }
}

/** The numeric ID that stands here, or that the last nested message implies. */
function readNumeric(reader: Reader, places: Places): NumericId {
  const { place } = reader;
  if (reader.isTrue()) {
    if (place === undefined) throw malformed("a numeric ID is left out that nothing implies");
    return places.idOf(place);
  }
  const start = reader.bin(NUMERIC_BYTES);
  if (reader.at - start !== NUMERIC_BYTES) throw malformed("a numeric ID is too short");
  const id = numericIdFromBytes(reader.bytes.subarray(start, reader.at));
  if (place !== undefined && id === places.idOf(place)) {
    throw malformed("a numeric ID travels needlessly");
  }
  return id;
}
