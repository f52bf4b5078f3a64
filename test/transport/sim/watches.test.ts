import fc from "fast-check";
import { expect, test } from "vitest";
import { Watches } from "../../../src/transport/sim/watches.ts";

const HOSTS = 20;

interface Step {
  readonly watcher: number;
  readonly target: number;
  /** Makes the lists, as the first failure does. */
  readonly lists: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  watcher: fc.nat(HOSTS - 1),
  target: fc.nat(HOSTS - 1),
  lists: fc.integer({ min: 0, max: 30 }).map((i) => i === 0),
});

function watchersOf(watches: Watches, target: number): number[] {
  const found: number[] = [];
  watches.forEachWatcher(target, (watcher) => found.push(watcher));
  return found;
}

test("whenever the lists are made, they say who watches, in order of number", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const watches = new Watches();
      const pairs = new Set<number>();
      watches.listedBy = (add) => {
        for (const pair of pairs) add(Math.floor(pair / HOSTS), pair % HOSTS);
      };
      for (const { watcher, target, lists } of steps) {
        const pair = watcher * HOSTS + target;
        if (lists) watches.list();
        if (pairs.delete(pair)) watches.remove(watcher, target);
        else {
          watches.add(watcher, target);
          pairs.add(pair);
        }
        expect(watches.count).toBe(pairs.size);
      }
      for (let target = 0; target < HOSTS; target++) {
        const expected = Array.from({ length: HOSTS }, (_, watcher) => watcher).filter((watcher) =>
          pairs.has(watcher * HOSTS + target),
        );
        expect(watchersOf(watches, target)).toEqual(expected);
      }
    }),
  );
});

test("what a watcher was told last is remembered as long as it watches", () => {
  const watches = new Watches();
  watches.add(1, 2);
  watches.list();
  watches.add(3, 2);
  watches.setReported(3, 2, 2);
  expect([watches.reported(3, 2), watches.reported(4, 2)]).toEqual([2, undefined]);
  watches.remove(3, 2);
  watches.add(3, 2);
  expect(watches.reported(3, 2)).toBe(0);
});
