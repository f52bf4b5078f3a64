import fc from "fast-check";
import { Unpackr } from "msgpackr";
import { expect, test } from "vitest";
import { ContactTable } from "../../src/core/contacts.ts";
import type { SkipnetError } from "../../src/core/errors.ts";
import { createCodec, type MessageCodec } from "../../src/wire/codec.ts";
import type { Compression } from "../../src/wire/compression/compressor.ts";
import type { Message } from "../../src/wire/message.ts";
import { contactsArbitrary, messageArbitrary, registryArbitrary } from "./arbitraries.ts";
import { plain } from "./plain-message.ts";

/** Any registry, with some messages of each of its types. */
const cases = fc.tuple(registryArbitrary, contactsArbitrary).chain(([registry, pool]) =>
  fc.record({
    registry: fc.constant(registry),
    contacts: fc.constant(pool.contacts),
    messages: fc.tuple(
      ...registry.types.flatMap((type) => [
        messageArbitrary(registry, type, pool),
        messageArbitrary(registry, type, pool),
      ]),
    ),
  }),
);

/** Few declarations allow more contacts in one message than may travel. */
function encoded(codec: MessageCodec, message: Message): Uint8Array {
  try {
    return codec.encode(message);
  } catch (error) {
    fc.pre(!(error as SkipnetError).message.includes("contacts in one message"));
    throw error;
  }
}

test("any message of any declared type arrives at another process as it was sent", () => {
  fc.assert(
    fc.property(
      cases,
      fc.constantFrom<Compression>("off", "fflate", "zlib"),
      (made, compression) => {
        const { registry, contacts, messages } = made;
        const sender = createCodec({ registry, contacts, compression });
        for (const message of messages) {
          const elsewhere = new ContactTable();
          const receiver = createCodec({ registry, contacts: elsewhere });
          const expected = plain(message, contacts);
          const received = receiver.decode(encoded(sender, message));
          expect(plain(received, elsewhere)).toEqual(expected);
          expect(received.type).toBe(message.type);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("the size is known exactly without encoding", () => {
  fc.assert(
    fc.property(cases, ({ registry, contacts, messages }) => {
      const codec = createCodec({ registry, contacts, compression: "off" });
      for (const message of messages) {
        const foretold = codec.sizeOf(message);
        expect(foretold).toBe(encoded(codec, message).length);
        expect(codec.sizeOf(message)).toBe(foretold);
      }
    }),
    { numRuns: 500 },
  );
});

test("the size stays exact whatever fields of a measured flat message change", () => {
  fc.assert(
    fc.property(cases, ({ registry, contacts, messages }) => {
      const codec = createCodec({ registry, contacts, compression: "off" });
      for (const type of registry.types.filter(({ flat }) => flat)) {
        const [message, other] = messages.filter((made) => made.type === type) as Message[];
        if (message === undefined || other === undefined) continue;
        for (const field of Object.keys(type.fields)) {
          expect(codec.sizeOf(message)).toBe(encoded(codec, message).length);
          Object.assign(message, { [field]: (other as never)[field] });
        }
        expect(codec.sizeOf(message)).toBe(codec.sizeOf(other));
      }
    }),
    { numRuns: 300 },
  );
});

test("a message has one encoding, and it is MessagePack", () => {
  const unpackr = new Unpackr({ useRecords: false });
  fc.assert(
    fc.property(cases, ({ registry, contacts, messages }) => {
      const codec = createCodec({ registry, contacts, compression: "off" });
      for (const message of messages) {
        const bytes = encoded(codec, message);
        const elsewhere = createCodec({
          registry,
          contacts: new ContactTable(),
          compression: "off",
        });
        expect(elsewhere.encode(elsewhere.decode(bytes))).toEqual(bytes);
        const values = unpackr.unpack(bytes.subarray(1)) as unknown[];
        expect(values[0]).toBe(message.type.tag);
        expect(values.length).toBe(1 + Object.keys(message.type.fields).length);
      }
    }),
    { numRuns: 200 },
  );
});
