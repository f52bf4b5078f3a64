import fc from "fast-check";
import { expect, test } from "vitest";
import { TimerHeap } from "../../src/core/live/timer-heap.ts";

const step = fc.oneof(
  fc.record({ do: fc.constant("set" as const), slot: fc.nat(200), time: fc.nat(50) }),
  fc.record({ do: fc.constant("remove" as const), slot: fc.nat(300), time: fc.nat(50) }),
  fc.record({ do: fc.constant("take" as const), slot: fc.nat(200), time: fc.nat(60) }),
);

test("behaves as a sorted list of (time, order of setting), one entry a slot", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const heap = new TimerHeap();
      let model: { slot: number; time: number; sequence: number }[] = [];
      steps.forEach(({ do: what, slot, time }, sequence) => {
        if (what === "take") {
          const [first] = model.toSorted((a, b) => a.time - b.time || a.sequence - b.sequence);
          const due = first !== undefined && first.time <= time ? first.slot : -1;
          expect(heap.takeDue(time)).toBe(due);
          model = model.filter((entry) => entry.slot !== due);
        } else {
          model = model.filter((entry) => entry.slot !== slot);
          if (what === "set") model.push({ slot, time, sequence });
          if (what === "set") heap.set(slot, time);
          else heap.remove(slot);
        }
        expect(heap.size).toBe(model.length);
        expect(heap.firstTime).toBe(Math.min(...model.map((entry) => entry.time)));
      });
    }),
    { numRuns: 300 },
  );
});

test("an empty heap has nothing due, even at the end of time", () => {
  const heap = new TimerHeap();
  heap.set(3, 1);
  expect(heap.takeDue(Number.POSITIVE_INFINITY)).toBe(3);
  expect(heap.takeDue(Number.POSITIVE_INFINITY)).toBe(-1);
  heap.set(3, 1);
  heap.clear();
  expect(heap.size).toBe(0);
  expect(heap.takeDue(Number.POSITIVE_INFINITY)).toBe(-1);
});

test("gives equal times in the order in which they were set", () => {
  const heap = new TimerHeap();
  for (const slot of [5, 1, 9, 3]) heap.set(slot, 7);
  heap.set(1, 7);
  expect([1, 2, 3, 4, 5].map(() => heap.takeDue(7))).toEqual([5, 9, 3, 1, -1]);
});
