import fc from "fast-check";
import { expect, test } from "vitest";
import { Deadlines } from "../../../src/transport/detector/deadlines.ts";
import { isHostAddress } from "../../../src/transport/host-address.ts";
import { Departed } from "../../../src/transport/udp/admission/departed.ts";
import { Fifo } from "../../../src/transport/udp/messages/fifo.ts";
import { udpOptions } from "../../../src/transport/udp/options.ts";
import { expandNumber } from "../../../src/transport/udp/packet/numbers.ts";
import { DuplicateWindow } from "../../../src/transport/udp/session/duplicates.ts";
import { ReceivedPackets } from "../../../src/transport/udp/session/received.ts";
import { RttEstimator } from "../../../src/transport/udp/session/rtt.ts";
import { SlidingWindow } from "../../../src/transport/udp/session/sliding-window.ts";

test("a number is found again from its low half if less than 2^31 away from what is expected", () => {
  const number = fc.integer({ min: 0, max: 2 ** 48 });
  const away = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(number, away, (n, by) => {
      if (n + by < 0) return;
      expect(expandNumber(n % 2 ** 32, n + by)).toBe(n);
    }),
  );
});

test("the acknowledged set is that of a model that remembers everything", () => {
  const steps = fc.array(fc.integer({ min: -70, max: 70 }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (moves) => {
      const received = new ReceivedPackets(udpOptions());
      const model = new Set<number>();
      let at = 100;
      for (const by of moves) {
        at = Math.max(0, at + by);
        const largest = received.largest;
        const arrival = received.accept(at, 0);
        if (model.has(at)) expect(["duplicate", "old"]).toContain(arrival);
        else expect(arrival === "old").toBe(at < largest - 64);
        model.add(at);
        const top = Math.max(...model);
        expect(received.largest).toBe(top);
        for (let bit = 0; bit < 64; bit++) {
          const bits = bit < 32 ? received.bitsLow : received.bitsHigh;
          const set = ((bits >>> (bit & 31)) & 1) === 1;
          const number = top - 1 - bit;
          // One that came when it was too old to be named stays unnamed.
          if (set) expect(model.has(number)).toBe(true);
          else if (number >= 0 && !model.has(number)) expect(set).toBe(false);
        }
        if (arrival === "next" || arrival === "early" || arrival === "filled") {
          const bit = top - 1 - at;
          if (bit >= 0) {
            const bits = bit < 32 ? received.bitsLow : received.bitsHigh;
            expect((bits >>> (bit & 31)) & 1).toBe(1);
          }
        }
      }
    }),
  );
});

test("acknowledgements wait for company, but not after a gap, a flag or enough packets", () => {
  const options = udpOptions({ ackDelayUs: 5_000, ackEvery: 3 });
  const due = (arrivals: readonly number[], immediate = false) => {
    const received = new ReceivedPackets(options);
    received.accept(0, 0);
    for (const n of arrivals) received.wantsAck(received.accept(n, 100), immediate, 100);
    return received.dueUs;
  };
  expect(due([])).toBe(Number.POSITIVE_INFINITY);
  expect(due([1])).toBe(5_100);
  expect(due([1, 2])).toBe(5_100);
  expect(due([1, 2, 3])).toBe(100);
  expect(due([2])).toBe(100);
  expect(due([1, 1])).toBe(100);
  expect(due([1], true)).toBe(100);
});

test("a window of items is that of a plain map", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: "push" as const, n: 0 }) },
    { weight: 1, arbitrary: fc.constant({ kind: "skip" as const, n: 0 }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), n: fc.nat(60) }) },
  );
  const firsts = fc.constantFrom(0, 2 ** 32 - 3);
  fc.assert(
    fc.property(firsts, fc.array(step, { maxLength: 200 }), (first, steps) => {
      const window = new SlidingWindow<{ n: number }>(first);
      const model = new Map<number, { n: number }>();
      let next = first;
      for (const { kind, n } of steps) {
        if (kind === "remove") {
          window.remove(first + n);
          model.delete(first + n);
        } else {
          const item = { n: next };
          expect(window.push(kind === "push" ? item : undefined)).toBe(next);
          if (kind === "push") model.set(next, item);
          next++;
        }
        for (let k = first; k < next; k++) expect(window.get(k)).toBe(model.get(k));
        expect(window.next).toBe(next);
        expect(window.first).toBe(Math.min(next, ...model.keys()));
      }
    }),
  );
});

test("duplicates are known from the floor up, and everything below it is over", () => {
  const step = fc.record({ raise: fc.nat(40), mark: fc.nat(300), how: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const window = new DuplicateWindow();
      const model = new Map<number, string>();
      let floor = 0;
      for (const { raise, mark, how } of steps) {
        floor += raise;
        window.raiseFloor(floor);
        window.raiseFloor(floor - 5);
        const number = floor + mark;
        if (how === 0) window.accept(number);
        else if (how === 1) window.begin(number);
        else window.refuse(number, 2);
        model.set(number, ["accepted", "partial", "refused"][how] as string);
        for (let n = Math.max(0, floor - 3); n < floor + 310; n++) {
          expect(window.known(n)).toBe(n < floor ? "accepted" : (model.get(n) ?? "unseen"));
          if (n >= floor && model.get(n) === "refused") expect(window.refusal(n)).toBe(2);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("sleepers wake in order, each once, when they were last told to", () => {
  const step = fc.record({ who: fc.nat(15), at: fc.nat(1_000), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const deadlines = new Deadlines();
      const sleepers = Array.from({ length: 16 }, () => ({ heapPlace: -1, dueUs: 0 }));
      const model = new Map<number, number>();
      for (const { who, at, remove } of steps) {
        const sleeper = sleepers[who]!;
        if (remove) {
          deadlines.remove(sleeper);
          model.delete(who);
        } else {
          const never = at > 900;
          deadlines.set(sleeper, never ? Number.POSITIVE_INFINITY : at);
          if (never) model.delete(who);
          else model.set(who, at);
        }
        const first = Math.min(...model.values(), Number.POSITIVE_INFINITY);
        expect(deadlines.firstUs).toBeLessThanOrEqual(first);
      }
      let before = 0;
      for (let s = deadlines.takeDue(1_000); s !== undefined; s = deadlines.takeDue(1_000)) {
        expect(s.dueUs).toBe(model.get(sleepers.indexOf(s)));
        expect(s.dueUs).toBeGreaterThanOrEqual(before);
        before = s.dueUs;
        model.delete(sleepers.indexOf(s));
      }
      expect(model.size).toBe(0);
      expect(deadlines.firstUs).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});

test("first in, first out, however it is compacted", () => {
  const fifo = new Fifo<number>();
  let next = 0;
  let expected = 0;
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < (round * 37) % 101; i++) fifo.push(next++);
    for (let i = 0; i < (round * 53) % 97 && fifo.size > 0; i++) {
      expect(fifo.shift()).toBe(expected++);
    }
    expect([...fifo]).toEqual(Array.from({ length: next - expected }, (_, i) => expected + i));
    expect(fifo.first).toBe(fifo.size === 0 ? undefined : expected);
  }
  expect(expected).toBeGreaterThan(500);
});

test("the retransmission timeout follows the round trip between floor and ceiling", () => {
  const options = udpOptions({ minRtoUs: 10_000, maxRtoUs: 500_000, ackDelayUs: 5_000 });
  const rtt = new RttEstimator(options);
  expect(rtt.rtoUs).toBe(options.initialRtoUs);
  for (let i = 0; i < 100; i++) rtt.sample(1_000, 0);
  expect(rtt.srttUs).toBe(1_000);
  expect(rtt.rtoUs).toBe(10_000);
  for (let i = 0; i < 200; i++) rtt.sample(80_000, 4_000);
  expect(rtt.srttUs).toBeCloseTo(76_000, -1);
  expect(rtt.rtoUs).toBeLessThan(92_000);
  expect(rtt.promptRtoUs).toBeLessThan(87_000);
  for (let i = 0; i < 100; i++) rtt.sample(9_000_000, 0);
  expect(rtt.rtoUs).toBe(500_000);
  // A peer cannot make its path look shorter than the shortest seen.
  const other = new RttEstimator(options);
  other.sample(3_000, 0);
  other.sample(3_000, 5_000);
  expect(other.srttUs).toBe(3_000);
});

test("departed sessions are remembered up to a limit", () => {
  const departed = new Departed();
  departed.remember("a", 5, 3, 0);
  departed.remember("a", 5, 2, 0);
  expect(departed.isStale("a", 5, 3)).toBe(true);
  expect(departed.isStale("a", 5, 4)).toBe(false);
  expect(departed.isStale("a", 4, 9)).toBe(true);
  expect(departed.isStale("a", 6, 1)).toBe(false);
  for (let n = 0; n < 9_000; n++) departed.remember(`x${n}`, 1, 1, 0);
  expect(departed.isStale("a", 5, 3)).toBe(false);
  expect(departed.isStale("x8999", 1, 1)).toBe(true);
});

test("addresses are told from names", () => {
  for (const host of ["127.0.0.1", "::1", "fe80::1%eth0", "2001:db8::7"]) {
    expect(isHostAddress(host)).toBe(true);
  }
  for (const host of ["localhost", "host1.example.com", "1.2.3", "a1b2"]) {
    expect(isHostAddress(host)).toBe(false);
  }
});
