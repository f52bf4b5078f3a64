import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { type UdpOptions, udpOptions } from "../../src/transport/udp/options.ts";
import type { UdpPreset } from "../../src/transport/udp/presets.ts";
import { type BadPath, badPaths } from "../verdicts/bad-path.ts";
import type { Conditions } from "../verdicts/lossy-net.ts";
import {
  blackHole,
  livePairs,
  members,
  quantile,
  stallingPeer,
  watchingBytes,
} from "../verdicts/trials.ts";

/**
 * `npm run bench:verdicts`: how soon the UDP protocol calls a silent peer down, and how often a live
 * one, in virtual time. The same seed gives the same table on every machine.
 */

interface Row {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined: no goal was set. */
  readonly reached: boolean | undefined;
}

interface Settings {
  readonly seed: string;
  readonly trials: number;
  readonly rounds: number;
  readonly hours: number;
}

interface Cell {
  readonly preset: UdpPreset;
  readonly rttMs: number;
  readonly loss: number;
  readonly goalMs: number;
}

const CELLS: readonly Cell[] = [
  { preset: "lan", rttMs: 20, loss: 0.01, goalMs: 400 },
  { preset: "wan", rttMs: 50, loss: 0.01, goalMs: 800 },
  { preset: "wan", rttMs: 100, loss: 0.05, goalMs: 1_500 },
];

const ms = (us: number): string =>
  us === Number.POSITIVE_INFINITY
    ? "never"
    : us < 1e6
      ? `${(us / 1e3).toFixed(0)} ms`
      : `${(us / 1e6).toFixed(2)} s`;
const count = (n: number): string => n.toLocaleString("en");
const conditions = (rttMs: number, loss: number): Conditions => ({ rttUs: rttMs * 1_000, loss });

/** What is going on, on one line of a terminal. */
function progressOf(what: string): (share: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (share) => process.stderr.write(`\r${what}: ${(share * 100).toFixed(0)} %  \u001b[K`);
}

function* blackHoles({ seed, trials, rounds }: Settings): Generator<Row> {
  for (const { preset, rttMs, loss, goalMs } of CELLS) {
    const options = udpOptions({ preset });
    const path = `${preset}, RTT ${rttMs} ms, ${loss * 100} % loss each way`;
    const link = conditions(rttMs, loss);
    const { verdictsUs, suspectUs, successUs } = blackHole(seed, options, link, trials, true);
    const p50 = quantile(verdictsUs, 0.5);
    yield {
      what: `silent with data in flight: ${path}`,
      goal: `p50 at most ${goalMs} ms`,
      measured: `p50 ${ms(p50)}, p99 ${ms(quantile(verdictsUs, 0.99))}; suspect p50 ${ms(quantile(suspectUs, 0.5))}`,
      reached: p50 <= goalMs * 1_000,
    };
    if (rttMs === 50) {
      const ratio = p50 / quantile(successUs, 0.5);
      yield {
        what: `the same: verdict against median success, ${ms(quantile(successUs, 0.5))}`,
        goal: "at most 20 times",
        measured: `${ratio.toFixed(1)} times`,
        reached: ratio <= 20,
      };
    }
    const alive = livePairs(seed, options, link, rounds, progressOf(path));
    yield {
      what: `live peers called down: ${path}`,
      goal: "0 in 3,000,000 peer-rounds",
      measured: `${alive.falseDown} in ${count(alive.rounds)}; ${count(alive.suspicions)} suspicions`,
      reached: alive.falseDown === 0,
    };
  }
}

function* quiet({ seed, trials }: Settings): Generator<Row> {
  const options = udpOptions({ preset: "lan" });
  const link = conditions(1, 0);
  const { verdictsUs } = blackHole(seed, options, link, trials, false);
  const p50 = quantile(verdictsUs, 0.5);
  yield {
    what: "silent with nothing to send: lan, RTT 1 ms",
    goal: "p50 at most 1 s",
    measured: `p50 ${ms(p50)}, max ${ms(Math.max(...verdictsUs))}`,
    reached: p50 <= 1e6,
  };
  // Who watches each other, as neighbours do, share their probes: two are watched for that.
  const bytes = watchingBytes(seed, options, link, true) / 2;
  const alone = watchingBytes(seed, options, link, false);
  yield {
    what: "what watching costs, both ends and IP headers together, where both watch",
    goal: "at most 100 B/s a watched peer",
    measured: `${bytes.toFixed(0)} B/s; ${alone.toFixed(0)} where one watches alone`,
    reached: bytes <= 100,
  };
}

function* longRuns({ seed, hours }: Settings): Generator<Row> {
  const bursts = { goodMs: 8_000, badMs: 80, badLoss: 0.8 };
  const what = `${hours} h, 100 peers, 5 % loss and bursts of 80 ms, one stands still 400 ms a second: wan, RTT 100 ms`;
  const link = { ...conditions(100, 0.05), bursts };
  const options = udpOptions({ preset: "wan" });
  const run = stallingPeer(seed, options, link, 100, hours, progressOf("stalls"));
  yield {
    what,
    goal: "none called down",
    measured: `${run.falseDown} of ${count(run.rounds)} rounds; ${count(run.suspicions)} suspicions`,
    reached: run.falseDown === 0,
  };
}

function* everybody({ seed, trials, hours }: Settings): Generator<Row> {
  const options = udpOptions({ preset: "lan" });
  const shape = { members: 16, silent: 4, seconds: 10 };
  for (const loss of [0, 0.05]) {
    const verdictsUs: number[] = [];
    for (let trial = 0; trial < Math.max(1, trials / 10); trial++) {
      verdictsUs.push(
        ...members(`${seed}/${trial}`, options, conditions(20, loss), shape).verdictsUs,
      );
    }
    const [p50, max] = [quantile(verdictsUs, 0.5), Math.max(...verdictsUs)];
    yield {
      what: `16 watch each other, 4 silent at once: lan, RTT 20 ms, ${loss * 100} % loss`,
      goal: "p50 at most 1 s, max 3 s",
      measured: `p50 ${ms(p50)}, max ${ms(max)}, ${count(verdictsUs.length)} verdicts`,
      reached: p50 <= 1e6 && max <= 3e6,
    };
  }
  const seconds = Math.ceil(3_600 * Math.min(1, hours / 24));
  for (const loss of [0.05, 0.1, 0.2]) {
    const alive = { members: 16, silent: 0, seconds };
    const progress = progressOf(`16 members, ${loss * 100} %`);
    const run = members(seed, options, conditions(20, loss), alive, progress);
    yield {
      what: `16 live members for ${seconds} s: lan, RTT 20 ms, ${loss * 100} % loss`,
      goal: "none called down",
      measured: `${run.falseDown} in ${count(run.rounds)} rounds`,
      reached: run.falseDown === 0,
    };
  }
}

const BAD_PATHS: readonly (BadPath & { readonly preset: UdpPreset; readonly rttMs: number })[] = [
  { preset: "lan", rttMs: 20, loss: 0.6, seconds: 10, ways: "both ways" },
  { preset: "lan", rttMs: 20, loss: 0.6, seconds: 10, ways: "one way" },
  { preset: "lan", rttMs: 20, loss: 1, seconds: 1.5, ways: "both ways" },
  { preset: "wan", rttMs: 100, loss: 0.8, seconds: 10, ways: "both ways" },
];

function* helped({ seed, trials }: Settings): Generator<Row> {
  const many = Math.ceil(trials * 2.5);
  for (const path of BAD_PATHS) {
    const { preset, rttMs } = path;
    const link = conditions(rttMs, 0.01);
    const what = `${path.loss * 100} % loss ${path.ways} for ${path.seconds} s between two of six`;
    const run = (options: UdpOptions, name: string) =>
      badPaths(seed, options, link, path, many, progressOf(`${what}, ${name}`));
    const without = run(udpOptions({ preset, indirectProbes: 0 }), "alone");
    const with3 = run(udpOptions({ preset }), "asking");
    yield {
      what: `live peers called down: ${what}, ${preset}, RTT ${rttMs} ms, 1 % elsewhere, ${count(many)} trials`,
      goal: "fewer than without asking others",
      measured: `${with3.falseDown}, without asking ${without.falseDown}; ${count(with3.suspicions)} suspicions, without ${count(without.suspicions)}`,
      reached: with3.falseDown < without.falseDown || without.falseDown === 0,
    };
    const added = (with3.bytes - without.bytes) / (many * path.seconds);
    yield {
      what: "what goes over the network there beyond what does without asking, all six and IP headers together",
      goal: "",
      measured: `${added.toFixed(0)} B/s`,
      reached: undefined,
    };
  }
  const shape = { members: 16, silent: 4, seconds: 10 };
  const bytesOf = (options: UdpOptions): number =>
    members(seed, options, conditions(20, 0), shape).bytes;
  const dead =
    bytesOf(udpOptions({ preset: "lan" })) -
    bytesOf(udpOptions({ preset: "lan", indirectProbes: 0 }));
  yield {
    what: "what asking costs where 4 of 16 fall silent at once, a survivor and dead peer",
    goal: "",
    measured: `${(dead / (shape.silent * (shape.members - shape.silent))).toFixed(0)} B, IP headers included`,
    reached: undefined,
  };
}

function number(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

const command = new Command("bench:verdicts")
  .option("--seed <text>", "of everything random", "1")
  .option("--trials <n>", "silent peers of each kind", number, 400)
  .option("--rounds <n>", "peer-rounds of live peers for each path", number, 3_000_000)
  .option("--hours <n>", "virtual hours of the long run", number, 24)
  .option("--quick", "a hundredth of the long runs")
  .option("--only <part>", "black-holes, quiet, long, members or helped")
  .parse();
const given = command.opts<Settings & { quick?: boolean; only?: string }>();
const settings: Settings = given.quick
  ? { ...given, trials: 50, rounds: given.rounds / 100, hours: given.hours / 100 }
  : given;
const parts = { "black-holes": blackHoles, quiet, long: longRuns, members: everybody, helped };
const table = new Table({ head: ["", "goal", "measured", ""], style: { head: [] } });
for (const [name, part] of Object.entries(parts)) {
  if (given.only !== undefined && given.only !== name) continue;
  for (const { what, goal, measured, reached } of part(settings)) {
    table.push([what, goal, measured, reached === undefined ? "" : reached ? "yes" : "NO"]);
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    process.stderr.write(`${what}: ${measured}\n`);
  }
}
process.stdout.write(`${table.toString()}\n`);
