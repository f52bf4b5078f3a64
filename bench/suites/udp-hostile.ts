import { parseArgs } from "node:util";
import Table from "cli-table3";
import { flood } from "./udp-hostile/flood.ts";
import { fuzz } from "./udp-hostile/fuzz.ts";
import { idlePeers } from "./udp-hostile/idle-peers.ts";

const USAGE = `Usage: npm run bench:udp-hostile -- [options]

what strangers and idle peers cost the reliable UDP protocol; exit status 1 if a goal is missed

  --fuzz <n>      mutated datagrams (default 1000000; 0: none)
  --peers <n>     idle peers (default 10000; 0: none)
  --rate <n>      junk datagrams a second at a live node (default 100000; 0: none)
  --seconds <n>   for so long (default 10)
  --seed <text>   of everything random (default udp)
  --help          this text
`;

/**
 * What strangers and idle peers cost the reliable UDP protocol:
 * `npm run bench:udp-hostile -- [--fuzz 1000000] [--peers 10000] [--rate 100000] [--seconds 10] [--seed udp]`.
 * Exit status 1 if a goal is missed.
 */
function options() {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      fuzz: text("1000000"),
      peers: text("10000"),
      rate: text("100000"),
      seconds: text("10"),
      seed: text("udp"),
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const whole = (option: "fuzz" | "peers" | "rate" | "seconds", most: number): number => {
    const value = Number(values[option]);
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw new RangeError(`--${option} is not a whole number from 0 to ${most}`);
  };
  return {
    fuzz: whole("fuzz", 100_000_000),
    peers: whole("peers", 16_000),
    rate: whole("rate", 200_000),
    seconds: whole("seconds", 60),
    seed: values.seed,
  };
}

function optionsOrExit() {
  try {
    return options();
  } catch (error) {
    process.stderr.write(`bench:udp-hostile: ${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}

interface Row {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly holds: boolean;
}

const values = optionsOrExit();
const rows: Row[] = [];
const row = (what: string, goal: string, measured: string, holds: boolean): void => {
  rows.push({ what, goal, measured, holds });
};
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

if (values.peers > 0) {
  const idle = idlePeers(values.peers);
  row(
    `idle peer, ${values.peers} of them, after a message each way`,
    "≤ 2 KB heap",
    `${idle.bytesPerPeer.toFixed(0)} B`,
    idle.bytesPerPeer <= 2_048,
  );
  row("timers due while all are idle", "none", `${idle.timersDue}`, idle.timersDue === 0);
}
if (values.fuzz > 0) {
  const fuzzed = fuzz(values.fuzz, values.seed);
  row(
    `${fuzzed.cases} fuzzed datagrams, seed ${values.seed}`,
    "no throw",
    `${fuzzed.thrown.length} thrown, ${fuzzed.perSecond.toFixed(0)}/s${fuzzed.thrown.map((t) => `\n${t}`).join("")}`,
    fuzzed.thrown.length === 0,
  );
  row(
    "held for peers at most, of the limit",
    "≤ 100 %",
    `${kib(fuzzed.heldBytesMost)}, ${((100 * fuzzed.heldBytesMost) / fuzzed.heldBytesLimit).toFixed(1)} %`,
    fuzzed.heldBytesMost <= fuzzed.heldBytesLimit,
  );
  row(
    "sessions and peers at most",
    `≤ ${fuzzed.sessionsLimit}`,
    `${fuzzed.sessionsMost}, ${fuzzed.peersMost}`,
    Math.max(fuzzed.sessionsMost, fuzzed.peersMost) <= fuzzed.sessionsLimit,
  );
  row(
    "heap from the first tenth to the end",
    "≤ 8 MiB more",
    kib(fuzzed.heapGrowthBytes),
    fuzzed.heapGrowthBytes <= 8 << 20,
  );
  row(
    "tokens with one verdict",
    "all",
    `${fuzzed.verdicts} of ${fuzzed.tokens}`,
    fuzzed.verdicts === fuzzed.tokens,
  );
}
if (values.rate > 0 && values.seconds > 0) {
  const flooded = await flood(values.rate, values.seconds);
  row(
    `junk a second at a live node, ${values.seconds} s`,
    `${values.rate}`,
    `${flooded.junkPerSecond.toFixed(0)} sent, ${flooded.takenPerSecond.toFixed(0)} taken`,
    flooded.junkPerSecond >= 0.95 * values.rate,
  );
  row(
    "round trips meanwhile, 64 B, 200 a second",
    "p99 ≤ 5 ms",
    `p50 ${flooded.p50Ms.toFixed(2)}, p99 ${flooded.p99Ms.toFixed(2)}, max ${flooded.maxMs.toFixed(2)} ms (before: p50 ${flooded.calmP50Ms.toFixed(2)}, p99 ${flooded.calmP99Ms.toFixed(2)})`,
    flooded.p99Ms <= 5,
  );
  row("round trips lost", "none", `${flooded.lost} of ${flooded.roundTrips}`, flooded.lost === 0);
  row("sessions of the node after it", "≤ 2,049", `${flooded.sessions}`, flooded.sessions <= 2_049);
  row("CPU of the node", "≤ 1 core", `${flooded.cpuShare.toFixed(2)} cores`, flooded.cpuShare <= 1);
}

const table = new Table({
  head: ["", "goal", "measured", ""],
  style: { head: [], border: [], compact: true },
});
for (const { what, goal, measured, holds } of rows) {
  table.push([what, goal, measured, holds ? "holds" : "MISSED"]);
}
process.stdout.write(`${table.toString()}\n`);
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
