import fc from "fast-check";
import { expect, test } from "vitest";
import { DELAY_NAMES, measureHold } from "../../bench/queue/hold.ts";
import { QUEUE_KINDS } from "../../bench/queue/queues.ts";

test.each(DELAY_NAMES)("all queues give the same events in the same order: %s delays", (delays) => {
  for (const pending of [1, 50, 3_000]) {
    const orders = QUEUE_KINDS.map((kind) => measureHold(kind, pending, delays, 10_000).order);
    expect(new Set(orders)).toHaveLength(1);
  }
});

test("each queue pops by time, ties in order of insertion", () => {
  const delays = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 });
  for (const { name, create } of QUEUE_KINDS) {
    fc.assert(
      fc.property(delays, (times) => {
        const queue = create(times.length, 20);
        times.forEach((timeUs, id) => {
          queue.push(timeUs, id);
        });
        const expected = times
          .map((timeUs, id) => ({ timeUs, id }))
          .sort((a, b) => a.timeUs - b.timeUs || a.id - b.id);
        for (const { timeUs, id } of expected) {
          expect(queue.pop(), name).toBe(id);
          expect(queue.nowUs, name).toBe(timeUs);
        }
      }),
    );
  }
});
