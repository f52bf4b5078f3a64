import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Address, Incarnation } from "../../src/core/address.ts";
import {
  CONTACTS_MAX,
  type Contact,
  ContactTable,
  NO_REF,
  PASSING_CONTACTS,
  type Ref,
} from "../../src/core/contacts.ts";
import { compareName } from "../../src/core/names.ts";
import { hashName, type NumericId } from "../../src/core/numeric-id.ts";

const contact = (i: number, extra: Partial<Contact> = {}): Contact => ({
  name: `org${i % 7}.host${i}`,
  address: `udp://127.0.0.1:${1 + (i % 60_000)}` as Address,
  incarnation: 1_000 as Incarnation,
  ...extra,
});

/** Hears of this many contacts that nobody has heard of yet. */
let strangers = 1_000_000;
const hear = (table: ContactTable, count: number): void => {
  for (let i = 0; i < count; i++) table.intern(contact(strangers++));
};

describe("a contact", () => {
  test("is read back as it was told, with the hash of its name where no numeric ID was given", () => {
    const table = new ContactTable();
    const plain = table.intern(contact(1));
    expect(table.contact(plain)).toEqual({ ...contact(1), numericId: hashName("org1.host1") });
    const numericId = "00112233445566778899aabbccddeeff" as NumericId;
    const virtual = table.intern(contact(2, { numericId }));
    expect(table.numericId(virtual)).toBe(numericId);
    expect([0, 1, 2, 3].map((word) => table.numericWord(virtual, word))).toEqual([
      0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff,
    ]);
    expect(table.endpoint(virtual)).toEqual({
      address: contact(2).address,
      incarnation: 1_000,
    });
  });

  test("has one ref as long as it is remembered; another address or life is another contact", () => {
    const table = new ContactTable();
    const ref = table.intern(contact(1));
    expect(table.intern(contact(1))).toBe(ref);
    expect(table.intern(contact(1, { incarnation: 1_001 as Incarnation }))).not.toBe(ref);
    expect(table.intern(contact(1, { address: "udp://127.0.0.2:1" as Address }))).not.toBe(ref);
  });

  test("that is only a target is no node", () => {
    const table = new ContactTable();
    const byName = table.nameOnly("com.example/apps");
    const byId = table.numericOnly(hashName("x"));
    expect(table.name(byName)).toBe("com.example/apps");
    expect(table.numericId(byId)).toBe(hashName("x"));
    expect(table.isNode(byName)).toBe(false);
    expect(table.isNode(byId)).toBe(false);
    expect(table.isNode(table.intern(contact(1)))).toBe(true);
  });

  test("no contact is known by the empty ref", () => {
    const table = new ContactTable();
    expect(table.isKnown(NO_REF)).toBe(false);
    expect(() => table.name(NO_REF)).toThrow(/E_INTERNAL/);
  });
});

describe("passing", () => {
  test("an unkept contact is forgotten after enough others, and its ref says so", () => {
    const table = new ContactTable();
    const ref = table.intern(contact(1));
    hear(table, PASSING_CONTACTS);
    expect(table.isKnown(ref)).toBe(true);
    hear(table, 1);
    expect(table.isKnown(ref)).toBe(false);
    expect(() => table.name(ref)).toThrow(/E_INTERNAL/);
    expect(() => table.keep(ref)).toThrow(/E_INTERNAL/);
    expect(table.intern(contact(1))).not.toBe(ref);
  });

  test("strangers take no more rows than may pass, however many there are", () => {
    const table = new ContactTable();
    hear(table, 5 * PASSING_CONTACTS);
    expect(table.stats).toEqual({ rows: PASSING_CONTACTS + 1, kept: 0 });
  });

  test("hearing of a contact again gives it its whole time again", () => {
    const table = new ContactTable();
    const regulars = Array.from({ length: PASSING_CONTACTS }, (_, i) => contact(i));
    for (const regular of regulars) table.intern(regular);
    hear(table, 1);
    for (const regular of regulars) table.intern(regular);
    // The stranger's turn has come, not a regular's, though the regulars were there before.
    const newcomer = table.intern(contact(strangers++));
    const next = table.intern(contact(strangers++));
    expect(table.isKnown(newcomer)).toBe(true);
    expect(table.isKnown(next)).toBe(true);
    const last = table.intern(regulars.at(-1) as Contact);
    hear(table, PASSING_CONTACTS);
    expect(table.isKnown(last)).toBe(true);
  });

  test("a kept contact stays, until it was released as often as kept and time has passed", () => {
    const table = new ContactTable();
    const ref = table.intern(contact(1));
    table.keep(ref);
    table.keep(ref);
    table.release(ref);
    hear(table, 2 * PASSING_CONTACTS);
    expect(table.name(ref)).toBe("org1.host1");
    expect(table.stats.kept).toBe(1);
    table.release(ref);
    hear(table, PASSING_CONTACTS);
    expect(table.isKnown(ref)).toBe(true);
    hear(table, 2);
    expect(table.isKnown(ref)).toBe(false);
    expect(table.stats.kept).toBe(0);
  });

  test("a pinned contact stays for ever, whatever is released", () => {
    const table = new ContactTable();
    const ref = table.pin(contact(1));
    table.pin(contact(1));
    table.keep(ref);
    table.release(ref);
    table.release(ref);
    hear(table, 2 * PASSING_CONTACTS);
    expect(table.isKnown(ref)).toBe(true);
    expect(table.stats.kept).toBe(1);
  });

  test("addresses of simulated hosts are read back, and tell contacts apart", () => {
    const table = new ContactTable();
    const texts = [
      "sim://0",
      "sim://1",
      "sim://01",
      "sim://999999999",
      "sim://9999999999",
      "sim://x",
    ];
    const refs = texts.map((text) => table.pin(contact(1, { address: text as Address })));
    expect(new Set(refs).size).toBe(texts.length);
    expect(refs.map((ref) => table.address(ref))).toEqual(texts);
    expect(texts.map((text) => table.intern(contact(1, { address: text as Address })))).toEqual(
      refs,
    );
  });

  test("contacts pinned first and others that come and go do not get into each other's way", () => {
    const table = new ContactTable();
    const first = Array.from({ length: 200 }, (_, i) => table.pin(contact(i)));
    const stranger = table.intern(contact(strangers++));
    const late = table.pin(contact(300));
    hear(table, 3 * PASSING_CONTACTS);
    expect(table.isKnown(stranger)).toBe(false);
    expect(() => table.keep(stranger)).toThrow(/E_INTERNAL/);
    for (const ref of [...first, late]) {
      table.keep(ref);
      table.release(ref);
      expect(table.intern(table.contact(ref))).toBe(ref);
    }
    expect(table.stats.kept).toBe(201);
  });

  test("releasing more often than keeping is a defect", () => {
    const table = new ContactTable();
    const ref = table.intern(contact(1));
    expect(() => table.release(ref)).toThrow(/E_INTERNAL/);
  });

  test("more kept than allowed is E_LIMIT and keeps nothing", () => {
    const table = new ContactTable({ keptMax: 2 });
    const refs = [1, 2, 3].map((i) => table.intern(contact(i)));
    table.keep(refs[0] as Ref);
    table.keep(refs[1] as Ref);
    expect(() => table.keep(refs[2] as Ref)).toThrow(/E_LIMIT/);
    table.keep(refs[0] as Ref);
    expect(table.stats.kept).toBe(2);
  });

  test("a row is an index below the stated maximum, and no two present contacts share one", () => {
    const table = new ContactTable();
    const kept = Array.from({ length: 500 }, (_, i) => {
      const ref = table.intern(contact(i));
      table.keep(ref);
      hear(table, 20);
      return ref;
    });
    const rows = new Set(kept.map((ref) => table.row(ref)));
    expect(rows.size).toBe(kept.length);
    for (const row of rows) expect(row >= 0 && row < CONTACTS_MAX).toBe(true);
  });
});

type Step = { do: "hear" | "keep" | "release" | "flood"; who: number };
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("hear", "hear", "keep", "release", "flood"),
  who: fc.nat(30),
});

test("whatever happens, a ref names its contact or is known to be stale", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const table = new ContactTable();
      const refs = new Map<Ref, number>();
      const holds = new Map<Ref, number>();
      const latest = new Map<number, Ref>();
      for (const { do: what, who } of steps) {
        const ref = latest.get(who);
        if (what === "hear") {
          const heard = table.intern(contact(who));
          refs.set(heard, who);
          latest.set(who, heard);
        } else if (what === "flood") hear(table, 1_500);
        else if (ref !== undefined && what === "keep" && table.isKnown(ref)) {
          table.keep(ref);
          holds.set(ref, (holds.get(ref) ?? 0) + 1);
        } else if (ref !== undefined && what === "release" && (holds.get(ref) ?? 0) > 0) {
          table.release(ref);
          holds.set(ref, (holds.get(ref) as number) - 1);
        }
        for (const [known, i] of refs) {
          if ((holds.get(known) ?? 0) > 0) expect(table.isKnown(known)).toBe(true);
          if (table.isKnown(known)) expect(table.name(known)).toBe(contact(i).name);
        }
        expect(table.stats.kept).toBe([...holds.values()].filter((count) => count > 0).length);
      }
    }),
    { numRuns: 60 },
  );
});

describe("name order", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-c]{1,3}(\.[a-c]{1,2}){0,2}$/), {
    minLength: 2,
    maxLength: 30,
  });

  test("compares as the names do, ranked or not, also those added after ranking", () => {
    fc.assert(
      fc.property(names, fc.nat(30), (all, cut) => {
        const table = new ContactTable();
        const add = (name: string, i: number): Ref => table.pin(contact(i, { name }));
        const refs = all.slice(0, cut).map(add);
        table.rankNames();
        refs.push(...all.slice(cut).map(add));
        refs.push(table.nameOnly(all[0] as string));
        for (const a of refs) {
          for (const b of refs) {
            expect(Math.sign(table.compareNames(a, b))).toBe(
              Math.sign(compareName(table.name(a), table.name(b))),
            );
          }
        }
      }),
    );
  });

  test("two lives of one name have one rank", () => {
    const table = new ContactTable();
    const a = table.pin(contact(1));
    const b = table.pin(contact(1, { incarnation: 2_000 as Incarnation }));
    table.rankNames();
    expect(table.compareNames(a, b)).toBe(0);
  });
});
