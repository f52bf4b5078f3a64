import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQueue } from "../../../src/transport/sim/event-queue.ts";

interface Item {
  readonly timeUs: number;
  readonly id: number;
}

/** The same pushes and pops on the wheel and on a sorted list. */
function agree(delays: readonly (readonly number[])[], limitStepUs: number): void {
  const queue = new EventQueue();
  const pending: Item[] = [];
  let id = 0;
  const push = (timeUs: number): void => {
    const at = queue.push(timeUs, 5);
    queue.target[at + 2] = id;
    pending.push({ timeUs, id });
    id++;
  };
  let limitUs = 0;
  let batch = 0;
  let guard = 0;
  for (const delay of delays[0] ?? []) push(delay);
  while (pending.length > 0) {
    expect(++guard).toBeLessThan(100_000);
    pending.sort((a, b) => a.timeUs - b.timeUs || a.id - b.id);
    const first = pending[0] as Item;
    if (queue.pop(limitUs)) {
      expect({ timeUs: queue.nowUs, id: queue.record[queue.at + 2] }).toEqual(first);
      expect(queue.kind).toBe(5);
      pending.shift();
      batch++;
      for (const delay of delays[batch] ?? []) push(queue.nowUs + delay);
    } else {
      expect(first.timeUs).toBeGreaterThan(limitUs);
      limitUs = Math.max(limitUs + limitStepUs, limitUs === 0 ? 1 : first.timeUs - 1);
    }
  }
  expect(queue.size).toBe(0);
  expect(queue.pop(Number.MAX_SAFE_INTEGER)).toBe(false);
}

const delay = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 600 }),
  fc.integer({ min: 0, max: 300_000 }),
  fc.integer({ min: 0, max: 60_000_000 }),
  fc.integer({ min: 0, max: 200_000_000_000 }),
);

describe("the event queue", () => {
  test("pops in order of time, then of insertion, whatever the delays and limits", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(delay, { maxLength: 6 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 100_000_000 }),
        agree,
      ),
      { numRuns: 400 },
    );
  });

  test("keeps ties in order of insertion across every level", () => {
    const queue = new EventQueue();
    for (const timeUs of [7, 500, 20_000_000, 5_000_000_000, 40_000_000_000]) {
      for (let i = 0; i < 50; i++) {
        const at = queue.push(timeUs, 1);
        queue.target[at + 2] = i;
      }
    }
    for (let group = 0; group < 5; group++) {
      for (let i = 0; i < 50; i++) {
        expect(queue.pop(Number.MAX_SAFE_INTEGER)).toBe(true);
        expect(queue.record[queue.at + 2]).toBe(i);
      }
    }
  });
});
