import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LiveWorld, liveWorld } from "../../src/core/live/world.ts";

let world: LiveWorld;
beforeEach(() => {
  world = liveWorld({ seed: "test" });
});
afterEach(() => world.close());

const sleepUs = (delayUs: number): Promise<void> => {
  const done = world.deferred<void>();
  world.after(0, delayUs, () => done.resolve());
  return done.promise;
};

describe("clock", () => {
  test("is monotonic and in whole microseconds", () => {
    let before = world.nowUs();
    for (let i = 0; i < 10_000; i++) {
      const now = world.nowUs();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
    expect(Number.isSafeInteger(before)).toBe(true);
  });

  test("does not follow the wall clock when that is set", () => {
    const before = world.nowUs();
    const wall = vi.spyOn(Date, "now").mockReturnValue(0);
    try {
      expect(world.wallMs()).toBe(0);
      const after = world.nowUs();
      expect(after).toBeGreaterThanOrEqual(before);
      expect(after - before).toBeLessThan(3_600_000_000);
    } finally {
      wall.mockRestore();
    }
  });
});

describe("member timers", () => {
  test("fire once for the member they were armed for, in the order of their deadlines, never early", async () => {
    const fired: [string, number][] = [];
    const early: number[] = [];
    const deadlines = new Map<string, number>();
    const kinds = ["probe", "repair"].map((kind) => ({
      kind,
      timer: world.timer(kind, (member) => {
        fired.push([kind, member]);
        const leftUs = (deadlines.get(`${kind}${member}`) as number) - world.nowUs();
        if (leftUs > 0) early.push(leftUs);
      }),
    }));
    for (const [kind, member, delayUs] of [
      [0, 1, 30_000],
      [1, 1, 10_000],
      [0, 7, 20_000],
      [1, 7, 0],
    ] as const) {
      const entry = kinds[kind] as (typeof kinds)[number];
      deadlines.set(`${entry.kind}${member}`, world.nowUs() + delayUs);
      entry.timer.arm(member, delayUs);
    }
    expect(world.pendingTimers).toBe(4);
    await sleepUs(40_000);
    expect(fired).toEqual([
      ["repair", 7],
      ["repair", 1],
      ["probe", 7],
      ["probe", 1],
    ]);
    expect(early).toEqual([]);
    expect(world.pendingTimers).toBe(0);
  });

  test("arming again replaces the deadline, earlier or later; cancelling forgets it", async () => {
    const fired: number[] = [];
    const timer = world.timer("retransmit", (member) => fired.push(member));
    timer.arm(1, 1e9);
    timer.arm(1, 15_000);
    timer.arm(2, 5_000);
    timer.arm(2, 10_000);
    timer.arm(3, 5_000);
    timer.cancel(3);
    timer.cancel(4);
    await sleepUs(30_000);
    expect(fired).toEqual([2, 1]);
  });

  test("a handler may arm its own timer again", async () => {
    const done = world.deferred<number>();
    let count = 0;
    const timer = world.timer("tick", (member) => {
      if (++count === 5) done.resolve(count);
      else timer.arm(member, 100);
    });
    timer.arm(0, 0);
    expect(await done.promise).toBe(5);
  });
});

describe("single timers", () => {
  test("a timer cancelled before its time never fires", async () => {
    let fired = false;
    const cancel = world.after(0, 1_000, () => {
      fired = true;
    });
    cancel();
    cancel();
    await sleepUs(5_000);
    expect(fired).toBe(false);
  });

  test("cancelling one that has fired leaves the later timer in its slot alone", async () => {
    const first = world.deferred<void>();
    const cancelFirst = world.after(0, 0, () => first.resolve());
    await first.promise;
    const second = world.deferred<string>();
    world.after(0, 1_000, () => second.resolve("fired"));
    cancelFirst();
    expect(await second.promise).toBe("fired");
  });

  test("a delay below zero is none, as in the simulator", async () => {
    const done = world.deferred<string>();
    world.after(0, -5, () => done.resolve("fired"));
    expect(await done.promise).toBe("fired");
  });

  test("a delay that is not a number is a defect, not a timer", () => {
    expect(() => world.after(0, Number.NaN, () => {})).toThrow(/E_INTERNAL/);
  });
});

test("after close nothing fires and nothing keeps the process alive", async () => {
  const fired: number[] = [];
  const timer = world.timer("late", (member) => fired.push(member));
  timer.arm(1, 0);
  world.after(0, 0, () => fired.push(2));
  world.close();
  timer.arm(3, 0);
  world.after(0, 0, () => fired.push(4));
  expect(world.pendingTimers).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(fired).toEqual([]);
});

describe("random streams", () => {
  test("the same name gives the same stream; names and seeds do not share numbers", () => {
    const draws = (from: LiveWorld, name: string): number[] =>
      Array.from({ length: 5 }, () => from.random(name).float());
    expect(world.random("a")).toBe(world.random("a"));
    const again = liveWorld({ seed: "test" });
    const other = liveWorld();
    expect(draws(again, "a")).toEqual(draws(world, "a"));
    expect(draws(again, "b")).not.toEqual(draws(again, "a"));
    expect(draws(other, "a")).not.toEqual(draws(liveWorld({ seed: "test" }), "a"));
    expect(other.seed).not.toBe(liveWorld().seed);
  });
});
