import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ContactTable, NO_REF, type Ref } from "../../src/core/contacts.ts";
import { compareName } from "../../src/core/names.ts";
import type { NumericId } from "../../src/core/numeric-id.ts";
import { bestOf, dropBest, enterBest } from "../../src/overlay/best-three.ts";
import { Digits } from "../../src/overlay/digits.ts";
import { RouteByNumericId } from "../../src/overlay/messages.ts";
import type { Member } from "../../src/overlay/overlay.ts";
import { CLOCKWISE, COUNTER_CLOCKWISE, RingOrder } from "../../src/overlay/ring-order.ts";
import { LeafSet, RTable } from "../../src/overlay/tables.ts";

const BITS = 128n;
const idText = (id: bigint): NumericId => id.toString(16).padStart(32, "0") as NumericId;
const id = fc.bigInt({ min: 0n, max: (1n << BITS) - 1n });
/** IDs of one prefix, so that digits and distances tie. */
const nearIds = fc
  .tuple(id, fc.array(fc.bigInt({ min: 0n, max: 7n }), { minLength: 1, maxLength: 8 }))
  .map(([base, ends]) => ends.map((end) => (base & ~7n) | end));
const names = fc.uniqueArray(fc.stringMatching(/^[a-c.-]{1,4}$/), { minLength: 3, maxLength: 12 });
const directions = [CLOCKWISE, COUNTER_CLOCKWISE] as const;

function digitsOf(value: bigint, k: number, levels: number): number[] {
  const out: number[] = [];
  let fraction = value;
  for (let i = 0; i < levels; i++) {
    fraction *= BigInt(k);
    out.push(Number(fraction >> BITS));
    fraction &= (1n << BITS) - 1n;
  }
  return out;
}

/** Contacts that differ in name, with these numeric IDs. */
function contactsWith(ids: readonly bigint[]): { contacts: ContactTable; refs: Ref[] } {
  const contacts = new ContactTable();
  const refs = ids.map((value, i) =>
    contacts.pin({
      name: `n${i}`,
      numericId: idText(value),
      address: `sim://${i}` as never,
      incarnation: 1 as never,
    }),
  );
  return { contacts, refs };
}

describe("ring order", () => {
  test("liesBetween is what a walk of the ring finds, before and after names are ranked", () => {
    fc.assert(
      fc.property(names, fc.boolean(), (all, ranked) => {
        const contacts = new ContactTable();
        const sorted = [...all].sort(compareName);
        const refs = sorted.map((name, i) =>
          contacts.pin({ name, address: `sim://${i}` as never, incarnation: 1 as never }),
        );
        if (ranked) contacts.rankNames();
        const order = new RingOrder(contacts);
        const n = refs.length;
        for (const direction of directions) {
          const step = direction === CLOCKWISE ? 1 : n - 1;
          for (let a = 0; a < n; a++) {
            for (let c = 0; c < n; c++) {
              const met = new Set<number>();
              let at = a;
              do {
                at = (at + step) % n;
                if (at !== a) met.add(at);
              } while (at !== c && at !== a);
              for (let b = 0; b < n; b++) {
                const found = order.liesBetween(refs[a]!, refs[b]!, refs[c]!, direction);
                expect(found, `${sorted[a]} ${sorted[b]} ${sorted[c]}`).toBe(met.has(b));
                const inside = order.isInside(refs[a]!, refs[b]!, refs[c]!, direction);
                expect(inside).toBe(met.has(b) && b !== c);
              }
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("the predecessor of a node's object is the node, whatever other nodes there are", () => {
    const object = fc.stringMatching(/^[!-~]{1,6}$/);
    fc.assert(
      fc.property(names, object, (all, o) => {
        const sorted = [...all].sort(compareName);
        for (const node of sorted) {
          const before = sorted.filter((other) => compareName(other, `${node}/${o}`) <= 0);
          expect(before.at(-1)).toBe(node);
        }
      }),
    );
  });
});

describe("digits", () => {
  test("are those of the ID as a fraction in base k, for every k", () => {
    fc.assert(
      fc.property(id, fc.integer({ min: 2, max: 16 }), (value, k) => {
        const levels = Math.floor(128 / Math.log2(k));
        const { contacts, refs } = contactsWith([value]);
        const digits = new Digits(contacts, k, levels);
        const found = Array.from({ length: levels }, (_, i) => digits.digit(refs[0]!, i));
        expect(found).toEqual(digitsOf(value, k, levels));
      }),
      { numRuns: 300 },
    );
  });

  test("order candidates by common prefix, distance, smaller ID, as big integers do", () => {
    const target = fc.oneof(id, fc.constant(0n), fc.constant((1n << BITS) - 1n));
    fc.assert(
      fc.property(
        target,
        fc.oneof(nearIds, fc.array(id, { maxLength: 8 })),
        fc.integer({ min: 2, max: 16 }),
        fc.boolean(),
        (free, values, k, near) => {
          const wanted = near && values[0] !== undefined ? values[0] ^ 1n : free;
          const levels = Math.floor(128 / Math.log2(k));
          const { contacts, refs } = contactsWith([wanted, ...values]);
          const digits = new Digits(contacts, k, levels);
          const prefix = (a: bigint, b: bigint): number => {
            const [x, y] = [digitsOf(a, k, levels), digitsOf(b, k, levels)];
            const at = x.findIndex((digit, i) => digit !== y[i]);
            return at < 0 ? levels : at;
          };
          const distance = (a: bigint): bigint => (a > wanted ? a - wanted : wanted - a);
          const model = (a: bigint, b: bigint): number => {
            const p = prefix(b, wanted) - prefix(a, wanted);
            if (p !== 0) return p;
            const d = distance(a) - distance(b);
            if (d !== 0n) return d < 0n ? -1 : 1;
            return a < b ? -1 : a > b ? 1 : 0;
          };
          values.forEach((a, i) => {
            expect(digits.commonPrefix(refs[0]!, refs[i + 1]!)).toBe(prefix(wanted, a));
            for (const level of [0, 1, 5, levels]) {
              const shares = digits.shareRing(refs[0]!, refs[i + 1]!, level);
              expect(shares).toBe(prefix(wanted, a) >= level);
            }
            values.forEach((b, j) => {
              const order = digits.compareFor(refs[0]!, refs[i + 1]!, refs[j + 1]!);
              expect(Math.sign(order)).toBe(Math.sign(model(a, b)));
            });
          });
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("the best three of a numeric route", () => {
  test("are the first three of all that were entered and not dropped", () => {
    const moves = fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.boolean()), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(id, fc.array(id, { minLength: 8, maxLength: 8 }), moves, (t, ids, all) => {
        const { contacts, refs } = contactsWith([t, ...ids]);
        const digits = new Digits(contacts, 8, 40);
        const message = RouteByNumericId.make({
          target: refs[0]!,
          level: 0,
          final: false,
          joining: false,
          hops: 0,
          remainingMs: 0,
          start: NO_REF,
          best: NO_REF,
          second: NO_REF,
          third: NO_REF,
          carried: { id: 0, origin: NO_REF, attempt: 1, body: undefined },
        });
        let model: Ref[] = [];
        for (const [i, drop] of all) {
          const node = refs[i + 1]!;
          if (drop) {
            dropBest(message, node);
            model = model.filter((ref) => ref !== node);
          } else {
            enterBest(digits, message, node);
            if (!model.includes(node)) model.push(node);
            model.sort((a, b) => digits.compareFor(refs[0]!, a, b));
            model = model.slice(0, 3);
          }
          expect(bestOf(message)).toEqual(model);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Slots of tables as plain arrays, and who is let in and out. */
describe("tables", () => {
  const listener = (counts: Map<string, number>) => ({
    onEnter: (member: Member, ref: Ref) => {
      counts.set(`${member}/${ref}`, (counts.get(`${member}/${ref}`) ?? 0) + 1);
    },
    onExit: (member: Member, ref: Ref) => {
      counts.set(`${member}/${ref}`, (counts.get(`${member}/${ref}`) ?? 0) - 1);
    },
  });

  const move = fc.record({
    member: fc.integer({ min: 0, max: 4 }),
    level: fc.integer({ min: 0, max: 3 }),
    direction: fc.constantFrom(...directions),
    at: fc.integer({ min: 0, max: 2 }),
    ref: fc.integer({ min: 1, max: 9 }),
    what: fc.constantFrom("insert", "remove", "clear" as const),
  });

  test("the R-Table keeps every member's pointers in place and knows its top level", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const counts = new Map<string, number>();
        const table = new RTable(4, 3, listener(counts));
        const model = new Map<string, number[]>();
        const key = (m: number, l: number, d: number): string => `${m}/${l}/${d}`;
        for (const { member: m, level, direction, at, ref, what } of moves) {
          const member = m as Member;
          table.reserve(member);
          const slots = model.get(key(m, level, direction)) ?? [NO_REF, NO_REF, NO_REF];
          if (what === "insert") {
            table.insert(member, level, direction, at, ref as Ref);
            slots.splice(at, 0, ref);
            slots.pop();
          } else if (what === "remove") {
            table.remove(member, level, direction, at);
            slots.splice(at, 1);
            slots.push(NO_REF);
          } else {
            for (let i = 0; i < 3; i++) table.setPointer(member, level, direction, i, NO_REF);
            slots.fill(NO_REF);
          }
          model.set(key(m, level, direction), slots);
          for (const [where, expected] of model) {
            const [a, b, c] = where.split("/").map(Number) as [number, number, 0 | 1];
            const have = [0, 1, 2].map((i) => table.pointer(a as Member, b, c, i));
            expect(have).toEqual(expected);
          }
        }
        for (const [pair, count] of counts) {
          const [m, ref] = pair.split("/").map(Number) as [number, number];
          expect(table.holding(m as Member, ref as Ref)).toBe(count);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("the top level is the highest with a nearest neighbour", () => {
    const set = fc.tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(...directions),
      fc.integer({ min: -1, max: 5 }),
    );
    fc.assert(
      fc.property(fc.array(set, { maxLength: 30 }), (sets) => {
        const table = new RTable(4, 1, { onEnter: () => undefined, onExit: () => undefined });
        const member = 3 as Member;
        table.reserve(member);
        for (const [level, direction, ref] of sets) {
          table.setPointer(member, level, direction, 0, ref as Ref);
          let top = 3;
          const isEmpty = (l: number) =>
            directions.every((d) => table.neighbour(member, l, d) === NO_REF);
          while (top >= 0 && isEmpty(top)) top--;
          expect(table.topLevel(member)).toBe(top);
        }
      }),
    );
  });

  test("the leaf set counts its sides and drops the furthest", () => {
    const counts = new Map<string, number>();
    const leaves = new LeafSet(4, listener(counts));
    const member = 2 as Member;
    leaves.reserve(member);
    for (const ref of [10, 11, 12]) leaves.insert(member, CLOCKWISE, 0, ref as Ref);
    leaves.insert(member, COUNTER_CLOCKWISE, 0, 11 as Ref);
    expect([0, 1].map((i) => leaves.at(member, CLOCKWISE, i))).toEqual([12, 11]);
    expect([leaves.count(member, CLOCKWISE), leaves.count(member, COUNTER_CLOCKWISE)]).toEqual([
      2, 1,
    ]);
    expect(leaves.holding(member, 11 as Ref)).toBe(2);
    leaves.remove(member, CLOCKWISE, 0);
    expect([0, 1].map((i) => leaves.at(member, CLOCKWISE, i))).toEqual([11, NO_REF]);
    expect(Object.fromEntries(counts)).toEqual({ "2/10": 0, "2/11": 2, "2/12": 0 });
  });
});
