import type { Field, FieldKind } from "./fields.ts";
import type { AnyMessageType } from "./message.ts";
import { LISTED_TEXT_BYTES_MAX } from "./text-list.ts";

/**
 * The version of the protocol, carried in every transport's header. Any change to a declaration, to
 * the encoding or to the dictionary raises it: decoding is strict and tolerates no other version.
 */
export const PROTOCOL_VERSION = 2;
/** Elements that a list may be declared to hold. */
export const LIST_MAX = 65_536;
/** Contacts that one message may carry in all: far fewer than pass through a `ContactTable` unkept. */
export const CONTACTS_PER_MESSAGE_MAX = 1_024;
/** Lists and structs inside each other, in one declaration. */
export const DECLARED_DEPTH_MAX = 8;
/** Messages inside each other, the outermost counted. */
export const MESSAGE_DEPTH_MAX = 4;

/** All message types that the processes of one overlay exchange. */
export interface MessageRegistry {
  readonly protocolVersion: number;
  /** In the order of their tags. */
  readonly types: readonly AnyMessageType[];
  byTag(tag: number): AnyMessageType | undefined;
  byName(name: string): AnyMessageType | undefined;
}

/** Composes the message types of all floors. Throws `RangeError` where two claim one tag or name, or a declaration cannot be encoded. */
export function createRegistry(
  types: readonly AnyMessageType[],
  protocolVersion = PROTOCOL_VERSION,
): MessageRegistry {
  const tags = new Map<number, AnyMessageType>();
  const names = new Map<string, AnyMessageType>();
  for (const type of types) {
    const other = tags.get(type.tag) ?? names.get(type.name);
    if (other !== undefined) {
      throw new RangeError(
        `${type.name} (tag ${type.tag}) and ${other.name} (tag ${other.tag}) claim the same tag or name`,
      );
    }
    checkFields(type.name, type.fields, 0);
    tags.set(type.tag, type);
    names.set(type.name, type);
  }
  return {
    protocolVersion,
    types: [...types].sort((a, b) => a.tag - b.tag),
    byTag: (tag) => tags.get(tag),
    byName: (name) => names.get(name),
  };
}

function checkFields(
  where: string,
  fields: Readonly<Record<string, Field<unknown>>>,
  depth: number,
): void {
  for (const [name, field] of Object.entries(fields)) {
    if (name === "type") throw new RangeError(`${where}: no field can be called "type"`);
    checkKind(`${where}.${name}`, field.spec, depth);
  }
}

function checkKind(where: string, spec: FieldKind, depth: number): void {
  const atMost = (value: number, max: number, what: string): void => {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new RangeError(`${where}: ${what} ${value} is not in 0..${max}`);
    }
  };
  atMost(depth, DECLARED_DEPTH_MAX, "depth");
  switch (spec.kind) {
    case "uint":
      atMost(spec.max, 0xffff_ffff, "max");
      break;
    case "enum":
      atMost(spec.values.length - 1, 127, "index of the last value");
      break;
    case "refs":
      atMost(spec.max, CONTACTS_PER_MESSAGE_MAX, "max");
      break;
    case "text":
    case "bytes":
      atMost(spec.maxBytes, 0xffff_ffff, "maxBytes");
      break;
    case "texts":
      atMost(spec.maxBytes, LISTED_TEXT_BYTES_MAX, "maxBytes");
      atMost(spec.max, LIST_MAX, "max");
      break;
    case "numbers":
      if (Object.keys(spec.parts).length === 0) throw new RangeError(`${where}: no numbers`);
      break;
    case "list":
      atMost(spec.max, LIST_MAX, "max");
      checkKind(where, spec.of.spec, depth + 1);
      break;
    case "struct":
      checkFields(where, spec.fields, depth + 1);
      break;
    case "optional":
      if (travelsAsNil(spec.of.spec)) {
        throw new RangeError(
          `${where}: an optional ${spec.of.spec.kind} could not be told from none`,
        );
      }
      checkKind(where, spec.of.spec, depth + 1);
      break;
    default:
  }
}

/** Whether the kind itself has a value that travels as nil. */
function travelsAsNil({ kind }: FieldKind): boolean {
  return (
    kind === "optional" ||
    kind === "texts" ||
    kind === "message" ||
    kind === "ref" ||
    kind === "nameRef" ||
    kind === "numericRef"
  );
}
