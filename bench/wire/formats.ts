import XMLBuilder from "fast-xml-builder";
import { Unpackr } from "msgpackr";
import type { ContactTable } from "../../src/core/contacts.ts";
import { createCodec, type MessageCodec } from "../../src/wire/codec.ts";
import { dictionaryOf } from "../../src/wire/compression/dictionary.ts";
import type { DeflateEngine } from "../../src/wire/compression/engine.ts";
import { fflateEngine } from "../../src/wire/compression/fflate.ts";
import { zlibEngine } from "../../src/wire/compression/zlib.ts";
import { deflateEnvelope, ENVELOPE_HEADER_BYTES } from "../../src/wire/envelope.ts";
import type { Message } from "../../src/wire/message.ts";
import type { MessageRegistry } from "../../src/wire/registry.ts";
import { readable } from "./readable.ts";

const LEVEL = 6;
const NONE = new Uint8Array(0);

/** One way to write a message. */
export interface Format {
  readonly name: string;
  encode(message: Message): Uint8Array;
  /** Missing where nothing but the writing is measured. */
  readonly decode?: ((bytes: Uint8Array) => unknown) | undefined;
}

/** Ours, JSON and XML, each plain and deflated by either engine; ours with its dictionary. */
export function formats(registry: MessageRegistry, contacts: ContactTable): readonly Format[] {
  const plain = createCodec({ registry, contacts, compression: "off" });
  const zlib = zlibEngine();
  const engines = zlib === undefined ? [fflateEngine] : [zlib, fflateEngine];
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const xml = new XMLBuilder({ suppressEmptyNode: true });
  const json = (message: Message) => encoder.encode(JSON.stringify(readable(message, contacts)));
  const inXml = (message: Message) =>
    encoder.encode(xml.build({ message: readable(message, contacts) }));
  const parse = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));
  const unpackr = new Unpackr({ useRecords: false });
  return [
    { name: "ours", encode: plain.encode, decode: plain.decode },
    {
      name: "auto",
      ...only(createCodec({ registry, contacts })),
    },
    ...engines.map((engine) => deflatedOurs(engine, plain, registry)),
    // What the structure alone costs: nothing is checked, no contact is looked up.
    {
      name: "unpack",
      encode: plain.encode,
      decode: (bytes) => unpackr.unpack(bytes.subarray(1)),
    },
    { name: "JSON", encode: json, decode: parse },
    ...engines.map((engine) => deflated("JSON", json, engine)),
    { name: "XML", encode: inXml },
    ...engines.map((engine) => deflated("XML", inXml, engine)),
  ];
}

function only({ encode, decode }: MessageCodec): Pick<Format, "encode" | "decode"> {
  return { encode, decode };
}

function deflatedOurs(
  engine: DeflateEngine,
  plain: MessageCodec,
  registry: MessageRegistry,
): Format {
  const dictionary = dictionaryOf(registry);
  const lengths = new WeakMap<Uint8Array, number>();
  return {
    name: `ours ${engine.name}`,
    encode(message) {
      const encoded = plain.encode(message);
      const envelope = deflateEnvelope(encoded, engine, dictionary, LEVEL);
      lengths.set(envelope, encoded.length - 1);
      return envelope;
    },
    // Not by the envelope: that refuses short messages, which deflate makes longer.
    decode(bytes) {
      const length = lengths.get(bytes) ?? 0;
      const whole = new Uint8Array(1 + length);
      whole.set(engine.inflate(bytes.subarray(ENVELOPE_HEADER_BYTES), dictionary.bytes, length), 1);
      return plain.decode(whole);
    },
  };
}

function deflated(
  name: string,
  encode: (message: Message) => Uint8Array,
  engine: DeflateEngine,
): Format {
  return {
    name: `${name} ${engine.name}`,
    encode: (message) => engine.deflate(encode(message), NONE, LEVEL),
  };
}
