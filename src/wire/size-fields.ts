import type { Ref } from "../core/contacts.ts";
import { utf8Bytes } from "../core/names.ts";
import type { ContactSizes } from "./contact-size.ts";
import { type Field, type FieldKind, isWord } from "./fields.ts";
import {
  type AnyMessageType,
  FLAT_FIRST_WORD,
  FLAT_SIZE_WORD,
  type FlatMessage,
  type Message,
} from "./message.ts";
import { arrayHeadBytes, binBytes, numberBytes, strBytes, uintBytes } from "./msgpack-size.ts";
import { numbersBytes } from "./number-string.ts";
import { placeOf } from "./places.ts";
import { textsBytes } from "./text-list.ts";
import type { PlanIndex } from "./type-plan.ts";

type Size = (value: unknown) => number;

/** The size function of a message type. Values are taken to be valid: `encode` is what checks. */
export function compileSize(
  type: AnyMessageType,
  contacts: ContactSizes,
  plans: PlanIndex,
): (message: Message) => number {
  if (type.flat) return flatSize(type, contacts, plans);
  const head = arrayHeadBytes(1 + Object.keys(type.fields).length) + uintBytes(type.tag);
  const fields = structSize(type.fields, contacts, plans);
  return (message) => head + fields(message);
}

const WORD_PLAIN = 0;
const WORD_REF = 1;
const WORD_NAME = 2;
const WORD_NUMERIC = 3;

/**
 * Reads the words in place: the simulator calls this once for every message. What its contacts and
 * its object take is measured when one of them has changed.
 */
function flatSize(
  type: AnyMessageType,
  contacts: ContactSizes,
  plans: PlanIndex,
): (message: Message) => number {
  const specs = Object.values(type.fields).map((field) => field.spec);
  let fixed = arrayHeadBytes(1 + specs.length) + uintBytes(type.tag);
  const objectAt = specs.findIndex((spec) => !isWord(spec));
  const words = specs.filter(isWord);
  for (const { kind } of words) if (kind === "bool" || kind === "enum") fixed++;
  const kinds = Uint8Array.from(words, wordKind);
  const numbers = words.flatMap((spec, i) => (spec.kind === "uint" ? [FLAT_FIRST_WORD + i] : []));
  // Contacts shorten those that travel after them, so the order counts.
  const first = objectAt < 0 ? kinds.length : objectAt;
  const objectSize =
    objectAt < 0 ? undefined : compileKind(specs[objectAt] as FieldKind, contacts, plans);
  const contactsSize = (record: Int32Array, at: number, from: number, to: number): number => {
    let bytes = 0;
    for (let i = from; i < to; i++) {
      const kind = kinds[i];
      const ref = record[at + FLAT_FIRST_WORD + i] as Ref;
      if (kind === WORD_REF) bytes += contacts.ref(ref);
      else if (kind === WORD_NAME) bytes += contacts.name(ref);
      else if (kind === WORD_NUMERIC) bytes += contacts.numeric(ref);
    }
    return bytes;
  };
  const refs = [...kinds].flatMap((kind, i) => (kind === WORD_PLAIN ? [] : [FLAT_FIRST_WORD + i]));
  const [refA = 0, refB = 0] = refs;
  // Most types have one or two contacts and nothing else to measure.
  const isShort = objectSize === undefined && kinds.every((kind) => kind <= WORD_REF);
  const shortRefs = isShort ? refs.length : 0;
  const measure = (record: Int32Array, at: number, object: unknown): number => {
    if (shortRefs === 1) return contacts.one(record[at + refA] as Ref);
    if (shortRefs === 2) return contacts.two(record[at + refA] as Ref, record[at + refB] as Ref);
    contacts.begin();
    let bytes = contactsSize(record, at, 0, first);
    if (objectSize !== undefined) {
      bytes += objectSize(object) + contactsSize(record, at, first, kinds.length);
    }
    return bytes;
  };
  return (message) => {
    const { words: record, at, object } = (message as FlatMessage).record;
    let bytes = record[at + FLAT_SIZE_WORD] as number;
    if (bytes === 0) {
      bytes = fixed + measure(record, at, object);
      record[at + FLAT_SIZE_WORD] = bytes;
    }
    for (let i = 0; i < numbers.length; i++) {
      const value = record[at + (numbers[i] as number)] as number;
      bytes += value >= 0 && value < 0x80 ? 1 : uintBytes(value >>> 0);
    }
    return bytes;
  };
}

function wordKind({ kind }: FieldKind): number {
  if (kind === "ref") return WORD_REF;
  if (kind === "nameRef") return WORD_NAME;
  return kind === "numericRef" ? WORD_NUMERIC : WORD_PLAIN;
}

function compileKind(spec: FieldKind, contacts: ContactSizes, plans: PlanIndex): Size {
  switch (spec.kind) {
    case "uint":
    case "safeInt":
      return (value) => uintBytes(value as number);
    case "bool":
      return () => 1;
    case "enum":
      return () => 1;
    case "ref":
      return (value) => contacts.ref(value as Ref);
    case "nameRef":
      return (value) => contacts.name(value as Ref);
    case "numericRef":
      return (value) => contacts.numeric(value as Ref);
    case "refs":
      return (value) => contacts.list(value as readonly Ref[]);
    case "float":
      return (value) => numberBytes(value as number);
    case "text":
      return (value) => strBytes(utf8Bytes(value as string));
    case "bytes":
      return (value) => binBytes((value as Uint8Array).length);
    case "numbers":
      return numbersBytes(spec.parts);
    case "texts":
      return (value) => textsBytes(value as readonly string[]);
    case "list":
      return listSize(compileKind(spec.of.spec, contacts, plans));
    case "optional": {
      const size = compileKind(spec.of.spec, contacts, plans);
      return (value) => (value === undefined ? 1 : size(value));
    }
    case "struct": {
      const head = arrayHeadBytes(Object.keys(spec.fields).length);
      const fields = structSize(spec.fields, contacts, plans);
      return (value) => head + fields(value);
    }
    case "message":
      return (value) => {
        if (value === undefined) return 1;
        const message = value as Message;
        const bytes = plans.of(message.type).size(message);
        contacts.place = placeOf(message);
        return bytes;
      };
  }
}

function listSize(size: Size): Size {
  return (value) => {
    const items = value as readonly unknown[];
    let bytes = arrayHeadBytes(items.length);
    for (let i = 0; i < items.length; i++) bytes += size(items[i]);
    return bytes;
  };
}

function structSize(
  fields: Readonly<Record<string, Field<unknown>>>,
  contacts: ContactSizes,
  plans: PlanIndex,
): Size {
  const names = Object.keys(fields);
  const sizes = Object.values(fields).map((field) => compileKind(field.spec, contacts, plans));
  return (value) => {
    let bytes = 0;
    for (let i = 0; i < names.length; i++) {
      bytes += (sizes[i] as Size)((value as Record<string, unknown>)[names[i] as string]);
    }
    return bytes;
  };
}
