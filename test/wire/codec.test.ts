import { expect, test } from "vitest";
import { ContactTable } from "../../src/core/contacts.ts";
import { seededRandom } from "../../src/core/random.ts";
import { TRANSPORT_MESSAGES } from "../../src/transport/messages.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { bytes as bytesField } from "../../src/wire/fields.ts";
import { defineMessage } from "../../src/wire/message.ts";
import { createRegistry } from "../../src/wire/registry.ts";
import { Sampler } from "../../src/wire/samples.ts";

test("every transport message comes back as it was sent, and is as long as foretold", () => {
  const registry = createRegistry(TRANSPORT_MESSAGES);
  const sampler = new Sampler(registry, seededRandom("codec"));
  const codec = createCodec({ registry, contacts: sampler.contacts, compression: "off" });
  for (const type of registry.types) {
    const message = sampler.message(type);
    const bytes = codec.encode(message);
    expect(codec.decode(bytes)).toEqual(message);
    expect(codec.sizeOf(message)).toBe(bytes.length);
  }
});

test("a long byte string is a view of bytes that were given away, and a copy of all others", () => {
  const Blob = defineMessage({
    tag: 1,
    name: "test.blob",
    doc: "Bytes.",
    fields: { few: bytesField("a few", 100), many: bytesField("many", 10_000) },
  });
  const registry = createRegistry([Blob]);
  const codec = createCodec({ registry, contacts: new ContactTable(), compression: "off" });
  const message = Blob.make({ few: new Uint8Array(10), many: new Uint8Array(5_000) });
  const decoded = (givenAway: boolean) => {
    const bytes = codec.encode(message);
    const { few, many } = codec.decode(bytes, givenAway) as typeof message;
    return [few, many].map(({ buffer }) => buffer === bytes.buffer);
  };
  expect(decoded(false)).toEqual([false, false]);
  expect(decoded(true)).toEqual([false, true]);
});
