import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAULT_KINDS, type FaultKind, parseFault } from "../../src/cli/sim/faults/spec.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation } from "../../src/cli/sim/run.ts";
import { SkipnetError } from "../../src/core/errors.ts";
import { replayable } from "../overlay/support/seeds.ts";

const FILE = "test/sim/faults.test.ts";

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 60,
  seed: "1",
  organisations: 6,
  overlay: { membersExpected: 60, repairPeriodMs: 30_000 },
  network: "uniform",
  transport: "udp",
  join: "concurrent",
  lookups: 200,
  extraJoins: 0,
  check: true,
};

const run = (specs: readonly string[], change: Partial<SimRunOptions> = {}) =>
  runSimulation({ ...BASE, ...change, faults: specs.map(parseFault) }, () => undefined);

/** Lookups that suffer: failed, elsewhere, tried again, or slower than any without faults. */
async function suffering(specs: readonly string[]) {
  const { lookups } = await run(specs);
  const { failed = 0, wrong = 0, byTries = {}, latenciesUs = [] } = lookups ?? {};
  const again = Object.entries(byTries).reduce((sum, [n, k]) => (n === "1" ? sum : sum + k), 0);
  return { bad: failed + wrong + again, slowestMs: Math.max(...latenciesUs) / 1000 };
}

/** Each kind while it lasts, and how it shows: without it, the first of these tests shows that nothing does. */
const SHOWS: Readonly<Record<FaultKind, string>> = {
  crash: "crash:20%",
  restart: "restart:20%,state=lost+1m",
  hang: "hang:20%",
  pause: "pause:30%+10s",
  partition: "partition:40%+20s",
  disconnect: "disconnect:org0+20s",
  cut: "cut:30%,way=in+20s",
  intransitive: "intransitive:30%+20s",
  hold: "hold:30%+20s",
  delay: "delay:30%,by=400ms+20s",
  loss: "loss:50%,rate=40%+20s",
  slow: "slow:50%,service=100ms+20s",
  clock: "clock:100%,offset=1h,drift=1000ppm+20s",
};

describe("lookups while it lasts", () => {
  const quiet = suffering([]);

  test("without faults: none fails or is tried again", async () => {
    expect((await quiet).bad).toBe(0);
  });

  for (const kind of FAULT_KINDS) {
    // A wrong clock is no hardship: what it does is in the tests of the simulator's clocks.
    if (kind === "clock") continue;
    const spec = SHOWS[kind];
    test(`${spec}: lookups fail, are tried again or take longer`, async () => {
      const { bad, slowestMs } = await suffering([spec]);
      expect(bad > 0 || slowestMs > (await quiet).slowestMs).toBe(true);
    });
  }
});

describe("after it has healed all tables are right, and all who came back are in", () => {
  for (const kind of FAULT_KINDS) {
    const spec = SHOWS[kind];
    const healing = kind === "hang" ? "hang:20%+20s" : spec;
    test(healing, async () => {
      const name = healing.replace(/[^\w :,-]/g, ".");
      await replayable(FILE, name, BASE.seed, async () => {
        const done = await run([healing], { lookups: 20 });
        expect(done.violations.described).toEqual([]);
        expect(done.violations.checked).toBeGreaterThan(1_000);
        expect(done.joining).toBe(0);
        expect(done.faults).toMatchObject([{ kind }]);
      });
    });
  }

  test("a restarted node that kept its state has its numeric ID again; one that lost it has another", async () => {
    for (const state of ["kept", "lost"]) {
      const idsOf = async (specs: readonly string[]): Promise<string[]> => {
        const ids: string[] = [];
        const options = { ...BASE, lookups: 0, faults: specs.map(parseFault) };
        let read = (): void => undefined;
        await runSimulation(options, () => undefined, {
          onReady(network) {
            read = () => {
              for (let i = 0; i < network.count; i++) {
                ids.push(network.contacts.numericId(network.ref(i)));
              }
            };
          },
        });
        read();
        return ids;
      };
      const before = await idsOf([]);
      const after = await idsOf([`restart:50%,state=${state}+1s`]);
      const changed = after.filter((id, i) => id !== before[i]).length;
      expect(changed).toBe(state === "kept" ? 0 : 30);
    }
  });
});

describe("a fault is read, or refused with what is wrong", () => {
  test("all that it can say", () => {
    expect(parseFault("hang:20%")).toEqual({
      kind: "hang",
      share: 0.2,
      atMs: 0,
      forMs: undefined,
    });
    expect(parseFault("partition:0.3,groups=3@500ms+2m")).toEqual({
      kind: "partition",
      share: 0.3,
      groups: 3,
      atMs: 500,
      forMs: 120_000,
    });
    expect(parseFault("clock:1,offset=2s,drift=50.5ppm")).toMatchObject({
      offsetMs: 2_000,
      driftPpm: 50.5,
    });
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ["", /is not a fault/],
    ["crash", /is not a fault/],
    ["flood:10%", /no fault "flood"; there are crash/],
    ["crash:150%", /is not a share/],
    ["crash:-1", /is not a share/],
    ["crash:10%+5s", /crash has no duration/],
    ["hold:10%", /hold needs a \+DURATION/],
    ["hang:10%,loud=1", /hang has no key "loud"; it has none/],
    ["slow:10%,speed=5ms", /slow has no key "speed"; it has service/],
    ["slow:10%", /slow needs service=/],
    ["slow:10%,service=5", /is not a duration/],
    ["slow:10%,service=5ms,service=6ms", /given twice/],
    ["clock:10%,drift=900000ppm", /is not a drift/],
    ["cut:10%,way=up", /is not out or in/],
    ["partition:10%,groups=0", /whole number from 1 to 64/],
    ["hang:10%@soon", /is not a duration/],
    ["hang:10%,constructor=1", /no key/],
  ];
  for (const [text, message] of wrong) {
    test(`"${text}"`, () => {
      expect(() => parseFault(text)).toThrow(message);
      expect(() => parseFault(text)).toThrow(/E_OPTIONS/);
    });
  }

  test("any text: a fault or E_OPTIONS, nothing else", () => {
    const piece = fc.constantFrom(...FAULT_KINDS, ":", ",", "=", "@", "+", "10%", "5s", "rate", "");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join("")),
        ),
        (text) => {
          try {
            const { share, atMs } = parseFault(text);
            return share >= 0 && share <= 1 && atMs >= 0;
          } catch (error) {
            return error instanceof SkipnetError && error.code === "E_OPTIONS";
          }
        },
      ),
    );
  });
});
