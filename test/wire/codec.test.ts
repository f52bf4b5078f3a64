import { expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { TRANSPORT_MESSAGES } from "../../src/transport/messages.ts";
import { createCodec } from "../../src/wire/codec.ts";
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
