import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanOf, medianOf } from "../../src/cli/sim/churn/lifetimes.ts";
import type { ChurnOptions } from "../../src/cli/sim/churn/run-churn.ts";
import { CHURN_PRESETS, parseChurn } from "../../src/cli/sim/churn/spec.ts";
import { parseTrace } from "../../src/cli/sim/churn/trace.ts";
import { parseFault } from "../../src/cli/sim/faults/spec.ts";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation } from "../../src/cli/sim/run.ts";
import { SkipnetError } from "../../src/core/errors.ts";
import { replayable } from "../overlay/support/seeds.ts";

const FILE = "test/sim/churn.test.ts";

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 40,
  seed: "1",
  organisations: 5,
  overlay: { membersExpected: 40, repairPeriodMs: 30_000 },
  network: "uniform",
  transport: "udp",
  join: "concurrent",
  check: true,
};

const churning = (text: string, change: Partial<ChurnOptions> = {}): ChurnOptions => {
  const by = parseChurn(text);
  return { by, rejoin: by.rejoin, durationMs: 120_000, lookupEveryMs: 5_000, ...change };
};

const run = (churn: ChurnOptions, change: Partial<SimRunOptions> = {}) =>
  runSimulation({ ...BASE, ...change, churn }, () => undefined);

describe("a churn model is read, or refused with what is wrong", () => {
  test("presets, each with its source; keys change them", () => {
    for (const [name, { model, source }] of Object.entries(CHURN_PRESETS)) {
      expect(parseChurn(name)).toEqual(model);
      expect(source.length).toBeGreaterThan(20);
    }
    expect(medianOf(parseChurn("bamboo").session)).toBeCloseTo(84, 6);
    expect(meanOf(parseChurn("kad").session)).toBeCloseTo(10_000, 6);
    expect(parseChurn("kad:polite=30%,rejoin=same")).toMatchObject({
      politeShare: 0.3,
      rejoin: "same",
    });
    expect(parseChurn("exponential:mean=1h")).toEqual(parseChurn("infocom05"));
    expect(parseChurn("pareto:mean=1h,levels=2").isTwoLevel).toBe(true);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ["", /no churn ""; there are exponential/],
    ["often", /no churn "often"/],
    ["exponential", /needs one of mean=/],
    ["exponential:mean=1h,median=1h", /needs one of/],
    ["exponential:mean=1h,shape=2", /has no shape/],
    ["exponential:mean=10ms", /shorter than joins/],
    ["exponential:mean=1h,mean=2h", /given twice/],
    ["exponential:mean", /has no value/],
    ["exponential:speed=1", /no key "speed"/],
    ["exponential:mean=1h,levels=2", /levels= is 1/],
    ["pareto:shape=1,mean=1h", /has no mean/],
    ["weibull:shape=0,mean=1h", /is not from 0.2/],
    ["kad:rejoin=later", /not new or same/],
    ["kad:polite=2", /not a share/],
    ["__proto__", /no churn/],
  ];
  for (const [text, message] of wrong) {
    test(`"${text}"`, () => {
      expect(() => parseChurn(text)).toThrow(message);
      expect(() => parseChurn(text)).toThrow(/E_OPTIONS/);
    });
  }
});

describe("a trace is read, or refused with the line that is wrong", () => {
  test("comments, blank lines and capitals are fine", () => {
    const { steps, nodes } = parseTrace(
      "# a\n0 a JOIN\n0.5 b join # in\n\n2 a leave\n3 a join",
      "t",
    );
    expect(nodes).toEqual(["a", "b"]);
    expect(steps.map(({ atUs, node, what }) => `${atUs} ${node} ${what}`)).toEqual([
      "0 0 join",
      "500000 1 join",
      "2000000 0 leave",
      "3000000 0 join",
    ]);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ["", /t has no line/],
    ["0 a join\n1 a", /t:2: not TIME NODE COMMAND/],
    ["0 a join\n1 a jump", /t:2: no command "jump"/],
    ["5 a join\n4 b join", /t:2: time goes back from 5 s to 4 s/],
    ["0 a leave", /t:1: a has to leave, and is not in/],
    ["0 a join\n1 b crash", /t:2: b has to crash, and is not in/],
    ["0 a join\n1 a join", /t:2: a joins, and is in already/],
    ["0 a join\n1 a leave\n2 a crash", /t:3: a has to crash/],
    ["soon a join", /t:1: "soon" is not a time/],
    ["-1 a join", /not a time/],
    ["999999999 a join", /not a time/],
    [`0 ${"a".repeat(65)} join`, /over 64 characters/],
  ];
  for (const [text, message] of wrong) {
    test(JSON.stringify(text.slice(0, 30)), () => {
      expect(() => parseTrace(text, "t")).toThrow(message);
      expect(() => parseTrace(text, "t")).toThrow(/E_OPTIONS/);
    });
  }

  test("any text: a trace that makes sense, or E_OPTIONS", () => {
    const word = fc.constantFrom(
      "0",
      "1",
      "2.5",
      "a",
      "b",
      "join",
      "leave",
      "crash",
      " ",
      "\n",
      "#",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          const { steps, nodes } = parseTrace(given, "t");
          return steps.every(({ node }) => node < nodes.length);
        } catch (error) {
          return error instanceof SkipnetError && error.code === "E_OPTIONS";
        }
      }),
    );
  });
});

describe("an overlay whose nodes come and go", () => {
  for (const text of [
    "exponential:median=60s,down=0s",
    "weibull:shape=0.7,median=30s,rejoin=same,polite=50%",
    "pareto:mean=120s,levels=2",
  ]) {
    test(`${text}: lookups are answered by whom the key is, and in the end all tables are right`, async () => {
      const name = text.replace(/[^\w:,-]/g, ".");
      await replayable(FILE, name, BASE.seed, async () => {
        const { churn, violations, joining } = await run(churning(text));
        const { joins = 0, joined = 0, cutShort = 0, crashes = 0, leaves = 0, lookups } = churn!;
        expect(crashes + leaves).toBeGreaterThan(10);
        expect(joins).toBeGreaterThan(10);
        expect(joined).toBe(joins - cutShort);
        expect(joining).toBe(0);
        expect(violations.described).toEqual([]);
        const { count, failed, abandoned, inconsistent, latenciesUs } = lookups;
        expect(count).toBeGreaterThan(100);
        expect(latenciesUs.length + failed + abandoned).toBe(count);
        expect(failed + inconsistent).toBeLessThan(count * 0.02);
      });
    });
  }

  test("keys answered by whom they are not are counted: as when half of the nodes do not reach the rest", async () => {
    const faults = [parseFault("partition:50%+150s")];
    const apart = await run(churning("exponential:median=5m,down=0s"), { faults, check: false });
    expect(apart.churn?.lookups.inconsistent).toBeGreaterThan(20);
    const whole = await run(churning("exponential:median=5m,down=0s"), { check: false });
    expect(whole.churn?.lookups.inconsistent).toBe(0);
  });

  test("what it costs is counted; more churn costs more", async () => {
    const cost = async (median: string) => {
      const { churn } = await run(churning(`exponential:median=${median},down=0s`), {
        countIds: true,
      });
      return churn!;
    };
    const [much, little] = [await cost("40s"), await cost("20m")];
    expect(much.messagesPerNodeSecond).toBeGreaterThan(2 * little.messagesPerNodeSecond);
    expect(much.idBytesPerNodeSecond).toBeGreaterThan(20 * much.messagesPerNodeSecond);
    expect(much.idBytesPerNodeSecond).toBeLessThan(much.bytesPerNodeSecond);
  });

  test("the same seed gives the same events, in one overlay object or one each", async () => {
    const hash = async (change: Partial<SimRunOptions>) =>
      (await run(churning("exponential:median=60s,down=20s,polite=30%"), change)).eventHash;
    const first = await hash({});
    expect(await hash({ check: false })).toBe(first);
    expect(await hash({ instances: "each" })).toBe(first);
    expect(await hash({ seed: "2" })).not.toBe(first);
  });

  test("a trace says who is there: three begin, one comes, one crashes and comes back, one leaves", async () => {
    const by = parseTrace(
      "0 a join\n0 b join\n0 c join\n10 d join\n20 b crash\n40 b join\n60 c leave\n80 d crash",
      "t",
    );
    const churn: ChurnOptions = { by, rejoin: "same", durationMs: 120_000, lookupEveryMs: 1_000 };
    const done = await run(churn, { nodes: 4 });
    expect(done.churn).toMatchObject({ joins: 2, joined: 2, leaves: 1, crashes: 2, cutShort: 0 });
    const at = (second: number) => done.churn?.live.find(([s]) => s === second)?.[1];
    expect([at(5), at(15), at(30), at(50), at(70), at(100)]).toEqual([3, 4, 3, 4, 3, 2]);
    expect(done.violations.described).toEqual([]);
  });
});
