import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUIET_RUN, type SimRunOptions } from "../../../src/cli/sim/options.ts";
import { runSimulation } from "../../../src/cli/sim/run.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { ModelName } from "../../../src/transport/sim/models.ts";
import { queueOf, type Ties } from "../../../src/transport/sim/shuffled-queue.ts";
import { advance, net, SECOND } from "./support.ts";

const LATEST = Number.MAX_SAFE_INTEGER;

/** Ten processes send one each to the last, all at once, over paths of one length. */
async function heardInOrder(ties: Ties, seed = "1"): Promise<number[]> {
  const { simulation, hosts } = net(11, { ties, seed });
  const last = hosts[10]!;
  for (let i = 0; i < 10; i++) hosts[i]!.send(last, i);
  await advance(simulation, SECOND);
  return last.heard;
}

const SEEDS = ["1", "2", "3", "4", "5"];

/** A receiver that is right only if what was sent first comes first. */
const isOrderBugSeen = (heard: readonly number[]): boolean => heard.indexOf(0) > heard.indexOf(1);

describe("ties", () => {
  test("in order of insertion a planted order bug never shows; shuffled it does", async () => {
    const seen = { insertion: 0, shuffle: 0 };
    for (const seed of SEEDS) {
      for (const ties of ["insertion", "shuffle"] as const) {
        if (isOrderBugSeen(await heardInOrder(ties, seed))) seen[ties]++;
      }
    }
    expect(seen.insertion).toBe(0);
    expect(seen.shuffle).toBeGreaterThan(0);
  });

  test("the shuffle can be had again; another text shuffles otherwise", async () => {
    const heard = await heardInOrder("shuffle:a");
    expect(await heardInOrder("shuffle:a")).toEqual(heard);
    expect(await heardInOrder("shuffle:b")).not.toEqual(heard);
    expect([...heard].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test.each(["tcp", "udp"] as const)(
    "%s keeps its promise of order",
    async (transport: ModelName) => {
      const inOrder: boolean[] = [];
      for (const seed of SEEDS) {
        const { simulation, hosts } = net(2, { ties: "shuffle", transport, seed });
        const [a, b] = [hosts[0]!, hosts[1]!];
        for (let i = 0; i < 10; i++) a.send(b, i);
        await advance(simulation, SECOND);
        expect(b.heard).toHaveLength(10);
        inOrder.push(b.heard.every((number, i) => number === i));
      }
      expect(inOrder.every((is) => is)).toBe(transport === "tcp");
    },
  );

  test("events pop by time, each once; of one microsecond also those that it brings about", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.string(), (delays, seed) => {
        const queue = queueOf("shuffle", false, () => seededRandom(seed));
        const times: number[] = [];
        const push = (timeUs: number): void => {
          const at = queue.push(timeUs, 0);
          queue.target[at + 2] = times.push(timeUs) - 1;
        };
        for (const delay of delays.slice(0, 20)) push(delay);
        let next = 20;
        let popped = 0;
        let nowUs = 0;
        while (queue.pop(LATEST)) {
          const id = queue.record[queue.at + 2] as number;
          expect(queue.nowUs).toBe(times[id]);
          expect(queue.nowUs).toBeGreaterThanOrEqual(nowUs);
          nowUs = queue.nowUs;
          times[id] = Number.NaN;
          popped++;
          if (next < delays.length) push(nowUs + (delays[next++] as number));
          let pending = 0;
          queue.forEachPending(() => pending++);
          expect(pending).toBe(queue.size);
        }
        expect(popped).toBe(times.length);
        expect(queue.size).toBe(0);
      }),
    );
  });

  test.each(SEEDS)("the overlay converges whatever the order, seed %s", async (seed) => {
    const options: SimRunOptions = {
      ...QUIET_RUN,
      nodes: 80,
      seed,
      organisations: 6,
      overlay: { membersExpected: 80, repairPeriodMs: 60_000, firstRepairMs: 500 },
      // Many ties: all delays are equal.
      network: "constant",
      transport: "tcp",
      join: "concurrent",
      lookups: 200,
      check: true,
      ties: "shuffle",
    };
    const run = await runSimulation(options, () => undefined);
    expect(run.violations.described, `--ties shuffle --seed ${seed}`).toEqual([]);
    expect(run.lookups).toMatchObject({ failed: 0, wrong: 0 });
    const again = await runSimulation(options, () => undefined);
    expect(again.eventHash).toBe(run.eventHash);
    const plain = await runSimulation({ ...options, ties: "insertion" }, () => undefined);
    expect(plain.eventHash).not.toBe(run.eventHash);
  });
});
