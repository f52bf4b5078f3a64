import { seededRandom } from "../core/random.ts";
import { createCodec, MESSAGE_BYTES_MAX } from "./codec.ts";
import { DICTIONARY_BYTES_MAX, DICTIONARY_VERSION } from "./compression/dictionary.ts";
import type { Field, FieldKind } from "./fields.ts";
import type { AnyMessageType } from "./message.ts";
import { CONTACTS_PER_MESSAGE_MAX, MESSAGE_DEPTH_MAX, type MessageRegistry } from "./registry.ts";
import { Sampler } from "./samples.ts";

/** Samples behind each "typical bytes". */
const SAMPLES = 32;

/** The generated part of `docs/protocol.md`: every message type with its fields, limits and size. Markdown. */
export function protocolPage(registry: MessageRegistry): string {
  const sampler = new Sampler(registry, seededRandom("protocol page"));
  const { sizeOf } = createCodec({ registry, contacts: sampler.contacts, compression: "off" });
  const typicalBytes = (type: AnyMessageType): number => {
    const sizes = Array.from({ length: SAMPLES }, () => sizeOf(sampler.message(type)));
    return sizes.sort((a, b) => a - b)[SAMPLES / 2] as number;
  };
  return [
    ...limits(registry),
    "### Message types",
    "",
    "Typical bytes: the median over samples made up from the declaration, with the envelope, not compressed.",
    "A type that *nests* may travel inside another message.",
    "",
    "| tag | name | nests | typical bytes | what it is |",
    "|---:|---|---|---:|---|",
    ...registry.types.map(
      (type) =>
        `| ${type.tag} | [\`${type.name}\`](#${anchor(type)}) | ${type.nests ? "yes" : ""} | ${typicalBytes(type)} | ${cell(type.doc)} |`,
    ),
    "",
    ...registry.types.flatMap(typeSection),
  ].join("\n");
}

function limits(registry: MessageRegistry): string[] {
  const rows: readonly (readonly [string, number])[] = [
    ["protocol version", registry.protocolVersion],
    ["dictionary version", DICTIONARY_VERSION],
    ["dictionary, bytes at most", DICTIONARY_BYTES_MAX],
    ["message, bytes at most", MESSAGE_BYTES_MAX],
    ["messages inside each other, the outermost counted", MESSAGE_DEPTH_MAX],
    ["contacts in one message", CONTACTS_PER_MESSAGE_MAX],
  ];
  return [
    "### Versions and limits",
    "",
    "| what | |",
    "|---|---:|",
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    "",
  ];
}

/** GitHub's anchor of the type's heading. */
function anchor(type: AnyMessageType): string {
  return heading(type)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}

const heading = (type: AnyMessageType): string => `${type.tag} ${type.name}`;

function typeSection(type: AnyMessageType): string[] {
  const rows = fieldRows(type.fields, "");
  return [
    `#### ${heading(type)}`,
    "",
    type.doc,
    "",
    ...(rows.length === 0
      ? ["No fields.", ""]
      : ["| field | kind | what it is |", "|---|---|---|", ...rows, ""]),
  ];
}

function fieldRows(fields: Readonly<Record<string, Field<unknown>>>, prefix: string): string[] {
  return Object.entries(fields).flatMap(([name, { spec, doc }]) => [
    `| \`${prefix}${name}\` | ${cell(kindText(spec))} | ${cell(doc)} |`,
    ...innerRows(spec, `${prefix}${name}`),
  ]);
}

/** The fields of a struct, wherever in a kind it stands. */
function innerRows(spec: FieldKind, name: string): string[] {
  switch (spec.kind) {
    case "struct":
      return fieldRows(spec.fields, `${name}.`);
    case "numbers":
      return Object.entries(spec.parts).map(
        ([part, { bytes, doc }]) =>
          `| \`${name}.${part}\` | whole number, ${bytes} bytes | ${cell(doc)} |`,
      );
    case "list":
      return innerRows(spec.of.spec, `${name}[]`);
    case "optional":
      return innerRows(spec.of.spec, name);
    default:
      return [];
  }
}

function kindText(spec: FieldKind): string {
  switch (spec.kind) {
    case "uint":
      return `whole number, 0 to ${spec.max}`;
    case "safeInt":
      return "whole number, 0 to 2^53 - 1";
    case "float":
      return "finite number";
    case "bool":
      return "boolean";
    case "enum":
      return `one of ${spec.values.map((value, i) => `${i} \`${value}\``).join(", ")}`;
    case "ref":
      return "contact, or nil";
    case "nameRef":
      return "name, or nil";
    case "numericRef":
      return "numeric ID, 16 bytes, or nil";
    case "refs":
      return `contacts, at most ${spec.max}`;
    case "text":
      return `text, at most ${spec.maxBytes} bytes`;
    case "bytes":
      return `bytes, at most ${spec.maxBytes}`;
    case "list":
      return `at most ${spec.max} of: ${kindText(spec.of.spec)}`;
    case "numbers":
      return "byte string of the numbers below, the last one in as few bytes as it needs";
    case "texts":
      return `front-coded texts, at most ${spec.max}, each at most ${spec.maxBytes} bytes`;
    case "optional":
      return `${kindText(spec.of.spec)}; or nil`;
    case "struct":
      return "array of the fields below";
    case "message":
      return "message, or nil";
  }
}

/** Text that cannot break a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
