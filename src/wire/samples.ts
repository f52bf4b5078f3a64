import type { Address, Incarnation } from "../core/address.ts";
import { ContactTable, type Ref } from "../core/contacts.ts";
import { utf8Bytes } from "../core/names.ts";
import { hashName } from "../core/numeric-id.ts";
import type { Random } from "../core/random.ts";
import type { Field, FieldKind } from "./fields.ts";
import type { AnyMessageType, Message } from "./message.ts";
import { MESSAGE_DEPTH_MAX, type MessageRegistry } from "./registry.ts";

/** Contacts that samples speak of: as many nodes as stand in a few leaf sets. */
const SAMPLE_CONTACTS = 64;
const SAMPLE_LIST = 8;
/** 1 January 2026. */
const SAMPLE_WALL_MS = 1_767_225_600_000;
/** Nodes of one overlay were started within this time. */
const STARTED_WITHIN_MS = 3_600_000;

export const SAMPLE_ORGANISATIONS = ["com.example", "org.example", "edu.example.cs"] as const;
export const SAMPLE_DIRECTORIES = ["apps", "data", "docs", "home", "lib", "share", "src"] as const;
export const SAMPLE_FILES = [
  "README.md",
  "index.js",
  "index.d.ts",
  "package.json",
  "LICENSE",
  "config.json",
] as const;

/** A made-up but realistic value for a `bytes` field. */
export type SampleBytes = (random: Random, maxBytes: number) => Uint8Array;

/** Makes messages of any declared type from the declaration alone: for the dictionary, the benchmark and the protocol page. */
export class Sampler {
  readonly contacts: ContactTable;
  readonly #registry: MessageRegistry;
  readonly #random: Random;
  /** Nodes, in name order. */
  readonly refs: readonly Ref[];
  readonly #bytes: SampleBytes;

  /** The same random stream gives the same samples. `contacts`: where the sample contacts go. */
  constructor(
    registry: MessageRegistry,
    random: Random,
    contacts = new ContactTable(),
    bytes: SampleBytes = jsonBytes,
  ) {
    this.#registry = registry;
    this.#random = random;
    this.contacts = contacts;
    this.#bytes = bytes;
    const names = new Set<string>();
    while (names.size < SAMPLE_CONTACTS) names.add(sampleName(random));
    // In name order, as a leaf set has them.
    this.refs = [...names].sort().map((name) => contacts.pin(sampleContact(name, random)));
  }

  message(type: AnyMessageType): Message {
    return type.make(this.#struct(type.fields, 1)) as Message;
  }

  path(): string {
    const { below } = this.#random;
    const parts = [`${pick(SAMPLE_ORGANISATIONS, this.#random)}!`];
    for (let i = 1 + below(3); i > 0; i--) parts.push(pick(SAMPLE_DIRECTORIES, this.#random));
    return `/${parts.join("/")}/${pick(SAMPLE_FILES, this.#random)}`;
  }

  #struct(fields: Readonly<Record<string, Field<unknown>>>, depth: number): object {
    return Object.fromEntries(
      Object.entries(fields).map(([name, { spec }]) => [name, this.#value(spec, depth)]),
    );
  }

  #value(spec: FieldKind, depth: number): unknown {
    const random = this.#random;
    switch (spec.kind) {
      case "uint":
        // Small numbers are common, as in life; ids and times are large.
        return random.below(1 + Math.min(spec.max, random.chance(0.5) ? 15 : spec.max));
      case "safeInt":
        return (SAMPLE_WALL_MS + random.below(STARTED_WITHIN_MS)) * 16;
      case "float":
        return random.float() * 100;
      case "bool":
        return random.chance(0.5);
      case "enum":
        return spec.values[random.chance(0.5) ? 0 : random.below(spec.values.length)];
      case "ref":
      case "numericRef":
        return pick(this.refs, random);
      case "nameRef":
        return this.#target(sampleName(random));
      case "refs": {
        // Half a leaf set.
        const count = Math.min(spec.max, SAMPLE_LIST);
        const first = random.below(SAMPLE_CONTACTS - count + 1);
        return this.refs.slice(first, first + count);
      }
      case "text":
        return fitting(this.path(), spec.maxBytes);
      case "bytes":
        return this.#bytes(random, spec.maxBytes);
      case "texts":
        return Array.from({ length: Math.min(spec.max, SAMPLE_LIST) }, () =>
          fitting(pick(SAMPLE_FILES, random), spec.maxBytes),
        );
      case "numbers":
        return Object.fromEntries(
          Object.entries(spec.parts).map(([name, { bytes }]) => [
            name,
            sampleNumber(random, bytes),
          ]),
        );
      case "list":
        return Array.from({ length: Math.min(spec.max, SAMPLE_LIST) }, () =>
          this.#value(spec.of.spec, depth),
        );
      case "optional":
        return random.chance(0.8) ? this.#value(spec.of.spec, depth) : undefined;
      case "struct":
        return this.#struct(spec.fields, depth);
      case "message":
        return this.#nested(depth);
    }
  }

  /** Kept: a sample stays good however many contacts pass. */
  #target(name: string): Ref {
    const ref = this.contacts.nameOnly(name);
    this.contacts.keep(ref);
    return ref;
  }

  #nested(depth: number): Message | undefined {
    const inner = this.#registry.types.filter((type) => type.nests);
    if (inner.length === 0 || depth >= MESSAGE_DEPTH_MAX - 1) return undefined;
    const type = pick(inner, this.#random);
    return type.make(this.#struct(type.fields, depth + 1)) as Message;
  }
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)] as T;
}

function sampleName(random: Random): string {
  return `${pick(SAMPLE_ORGANISATIONS, random)}.host${1 + random.below(200)}`;
}

function sampleContact(name: string, random: Random) {
  const host = `10.${random.below(4)}.${random.below(256)}.${1 + random.below(254)}`;
  return {
    name,
    numericId: hashName(name),
    address: `udp://${host}:7000` as Address,
    incarnation: ((SAMPLE_WALL_MS + random.below(STARTED_WITHIN_MS)) * 16) as Incarnation,
  };
}

/** Of six bytes: a time. Shorter ones: a hash, or a counter, which is mostly small. */
function sampleNumber(random: Random, bytes: number): number {
  if (bytes === 6) return SAMPLE_WALL_MS + random.below(STARTED_WITHIN_MS);
  return bytes === 4 ? random.below(2 ** 32) : random.below(4);
}

/** The longest beginning of ASCII text that fits. */
function fitting(text: string, maxBytes: number): string {
  return utf8Bytes(text) <= maxBytes ? text : text.slice(0, maxBytes);
}

/** A small record in JSON, as applications like to store. */
function jsonBytes(random: Random, maxBytes: number): Uint8Array {
  const text = JSON.stringify({
    name: pick(SAMPLE_FILES, random),
    version: random.below(100),
    size: random.below(1 << 20),
    type: "application/json",
  });
  return new TextEncoder().encode(fitting(text, maxBytes));
}
