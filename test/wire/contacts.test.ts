import { isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address, Incarnation } from "../../src/core/address.ts";
import { ContactTable, PASSING_CONTACTS, type Ref } from "../../src/core/contacts.ts";
import { seededRandom } from "../../src/core/random.ts";
import { LeafReply } from "../../src/overlay/messages.ts";
import { addressForm, readAddress } from "../../src/wire/address-form.ts";
import { createCodec } from "../../src/wire/codec.ts";
import * as f from "../../src/wire/fields.ts";
import { formatIpv6, parseIpv6 } from "../../src/wire/ipv6.ts";
import { defineMessage } from "../../src/wire/message.ts";
import { createRegistry } from "../../src/wire/registry.ts";
import { Sampler } from "../../src/wire/samples.ts";

const One = defineMessage({ tag: 1, name: "test.one", doc: "x", fields: { who: f.ref("x") } });
const Leaves = defineMessage({
  tag: 2,
  name: "test.leaves",
  doc: "x",
  nests: true,
  fields: { epoch: f.u16("x"), leaves: f.refs("x", 16) },
});

test("IPv6 addresses are read and written as RFC 5952 says", () => {
  for (const canonical of [
    "::",
    "::1",
    "1::",
    "2001:db8::1",
    "1:0:0:2::3",
    "1:2:3:4:5:6:7:8",
    "a::b:0:0:c",
  ]) {
    const bytes = parseIpv6(canonical);
    expect(bytes === undefined ? undefined : formatIpv6(bytes)).toBe(canonical);
  }
  // One group of zeros is not shortened.
  expect(formatIpv6(parseIpv6("1:0:3:4:5:6:7:8") as Uint8Array)).toBe("1:0:3:4:5:6:7:8");
  for (const bad of [
    "",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "g::",
    "::ffff:1.2.3.4",
    "12345::",
  ]) {
    expect(parseIpv6(bad)).toBeUndefined();
  }
});

test("what is read as IPv6 is IPv6, and comes back as itself", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), fc.stringMatching(/^[0-9a-f:]{0,20}$/)), (text) => {
      const bytes = parseIpv6(text);
      if (bytes === undefined) return;
      expect(isIPv6(text)).toBe(true);
      expect(parseIpv6(formatIpv6(bytes))).toEqual(bytes);
    }),
    { numRuns: 3_000 },
  );
});

test("every address comes back as it was written", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9+-]{0,15}:\/\/[^\s/]{1,110}$/), (text) => {
      const form = addressForm(text as Address);
      expect(readAddress(form.code, form.body, 0)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test("a contact alone takes at most 45 bytes, sixteen in a leaf set at most 400", () => {
  const registry = createRegistry([One, Leaves]);
  const random = seededRandom("budget");
  const sampler = new Sampler(registry, random);
  const codec = createCodec({ registry, contacts: sampler.contacts, compression: "off" });
  for (let i = 0; i < 200; i++) {
    expect(codec.sizeOf(sampler.message(One))).toBeLessThanOrEqual(1 + 2 + 45);
    const first = random.below(sampler.refs.length - 15);
    const leaves = sampler.refs.slice(first, first + 16);
    const reply = codec.encode(Leaves.make({ epoch: i, leaves }));
    expect(reply.length).toBeLessThanOrEqual(400);
  }
});

test("an overlay's leaf-set reply of sixteen contacts takes at most 400 bytes", () => {
  const registry = createRegistry([LeafReply]);
  const sampler = new Sampler(registry, seededRandom("leaf reply"));
  const codec = createCodec({ registry, contacts: sampler.contacts, compression: "off" });
  for (let i = 0; i < sampler.refs.length - 17; i++) {
    const [from, ...leaves] = sampler.refs.slice(i, i + 17) as [Ref, ...Ref[]];
    const reply = LeafReply.make({
      from,
      left: leaves.slice(0, 8).reverse(),
      right: leaves.slice(8),
    });
    expect(codec.encode(reply).length).toBeLessThanOrEqual(400);
  }
});

test("sizes stay right when rows of the contact table are used again", () => {
  const registry = createRegistry([One]);
  const contacts = new ContactTable();
  const codec = createCodec({ registry, contacts, compression: "off" });
  const names = seededRandom("rows");
  for (let i = 0; i < 3 * PASSING_CONTACTS; i++) {
    const who = contacts.intern({
      name: `${"n".repeat(1 + names.below(60))}.x${i}`,
      address: `udp://10.0.0.1:${1 + names.below(60_000)}` as Address,
      incarnation: names.below(2 ** 30) as Incarnation,
    });
    const message = One.make({ who });
    const size = codec.sizeOf(message);
    if (i % 16 === 0) expect(size).toBe(codec.encode(message).length);
  }
});

test("a contact that is forgotten cannot be sent", () => {
  const registry = createRegistry([One]);
  const contacts = new ContactTable();
  const codec = createCodec({ registry, contacts });
  const intern = (i: number): Ref =>
    contacts.intern({
      name: `n${i}`,
      address: "sim://1" as Address,
      incarnation: 1 as Incarnation,
    });
  const who = intern(0);
  codec.encode(One.make({ who }));
  for (let i = 1; i < 2 * PASSING_CONTACTS + 2; i++) intern(i);
  expect(() => codec.encode(One.make({ who }))).toThrow(/E_INTERNAL/);
});
