import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { delayQuantileUs } from "../../src/transport/delay-histogram.ts";
import { idleMesh } from "../verdicts/idle-mesh.ts";
import { quantile } from "../verdicts/trials.ts";
import type { Lines } from "./packet/post.ts";
import { alive, silence } from "./packet/silences.ts";
import { bulk, wideArea } from "./packet/workloads.ts";

/**
 * `npm run bench:tcp`: how our TCP transport judges silence and what watching costs, in virtual time
 * over the model of the kernel's TCP; the same seed gives the same table on every machine.
 */

interface Settings {
  readonly seed: string;
  readonly transport: string;
  readonly trials: number;
  readonly seconds: number;
  readonly meshSeconds: number;
}

type Row = readonly [what: string, measured: string];

const PATHS = [
  { rttMs: 1, loss: 0 },
  { rttMs: 20, loss: 0.01 },
  { rttMs: 50, loss: 0.01 },
  { rttMs: 100, loss: 0.05 },
] as const;
type Path = { readonly rttMs: number; readonly loss: number };

const s = (us: number): string =>
  us === Number.POSITIVE_INFINITY ? "never" : `${(us / 1e6).toFixed(2)} s`;

const lines = ({ seed, transport }: Settings, { rttMs, loss }: Path): Lines => ({
  seed,
  transport,
  oneWayUs: rttMs * 500,
  path: { loss },
});

const named = ({ rttMs, loss }: Path): string => `RTT ${rttMs} ms, ${loss * 100} % loss each way`;

async function* silences(settings: Settings): AsyncGenerator<Row> {
  for (const how of ["stopped", "cut"] as const) {
    for (const tickUs of [20_000, undefined]) {
      for (const path of PATHS) {
        const { downUs, suspectUs } = await silence(
          lines(settings, path),
          how,
          settings.trials,
          tickUs,
        );
        const data = tickUs === undefined ? "nothing to send" : "data in flight";
        yield [
          `${how}, ${data}: ${named(path)}`,
          `suspect p50 ${s(quantile(suspectUs, 0.5))}; down p50 ${s(quantile(downUs, 0.5))}, p99 ${s(quantile(downUs, 0.99))}`,
        ];
      }
    }
  }
}

async function* watching(settings: Settings): AsyncGenerator<Row> {
  for (const path of [...PATHS, { rttMs: 20, loss: 0.1 }]) {
    const run = await alive(lines(settings, path), 16, settings.seconds, undefined);
    yield [
      `live peers that watch each other, 32 of them for ${settings.seconds} s: ${named(path)}`,
      `${run.falseDown} called down, ${run.suspicions} suspicions; ${run.bytesPerPeerSecond.toFixed(0)} B/s a watched peer`,
    ];
  }
}

/** TCP carries no more than about 1 Mbit/s at 5 %: so few that they do not queue for that alone. */
const REQUESTS = [
  { loss: 0.01, perSecond: 100 },
  { loss: 0.05, perSecond: 20 },
] as const;

/** What a small message waits behind large ones, and behind what was lost before it. */
async function* waits({ seed, transport }: Settings): AsyncGenerator<Row> {
  const line = { up: { rateBitsPerSecond: 10e6, queuePackets: 25 }, oneWayUs: 15_000 };
  for (const name of [transport, "packet-udp:wan"]) {
    const beside = await bulk({ seed, transport: name, ...line }, 20, { notes: true });
    yield [
      `${name}: 64 B beside 64 KiB messages that fill 10 Mbit/s, 15 ms one way`,
      `one way p50 ${beside.oneWayP50Ms.toFixed(1)} ms, p99 ${beside.oneWayP99Ms.toFixed(1)} ms${heldUp(beside.heldUp)}`,
    ];
    for (const { loss, perSecond } of REQUESTS) {
      const lossy = { seed, transport: name, oneWayUs: 25_000, path: { loss } };
      const { p50Ms, p99Ms, heldUp: held } = await wideArea(lossy, perSecond, 60);
      yield [
        `${name}: 1 KiB requests, ${perSecond}/s, 50 ms round trip, ${loss * 100} % loss each way`,
        `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms${heldUp(held)}`,
      ];
    }
  }
}

/** By the sender's own counters, all its messages together. */
function heldUp(counts: readonly number[] | undefined): string {
  const [p50, p99] = [0.5, 0.99].map((share) => delayQuantileUs(counts ?? [], share));
  if (p50 === undefined || p99 === undefined) return "";
  return `; all messages held up by p50 ${(p50 / 1e3).toFixed(1)} ms, p99 ${(p99 / 1e3).toFixed(1)} ms`;
}

/** Processor time and bytes of the program, on the sockets of this machine. */
async function* mesh({ meshSeconds }: Settings): AsyncGenerator<Row> {
  for (const transport of ["tcp", "udp:lan", "tcp:os"]) {
    const { cores, bytesPerPeerSecond } = await idleMesh(transport, 16, meshSeconds);
    yield [
      `16 idle processes that all watch each other, ${transport}`,
      `${(cores * 100).toFixed(1)} % of a core, ${bytesPerPeerSecond.toFixed(1)} B/s a watched peer without headers`,
    ];
  }
}

function number(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

const parts = { silences, watching, waits, mesh };
const settings = new Command("bench:tcp")
  .option("--seed <text>", "of everything random", "1")
  .option("--transport <text>", "what runs on the simulated packets", "packet-tcp")
  .option("--trials <n>", "silent peers of each kind", number, 100)
  .option("--seconds <n>", "virtual seconds of live peers", number, 3_600)
  .option("--mesh-seconds <n>", "seconds of an idle mesh on real sockets", number, 10)
  .option("--only <part>", Object.keys(parts).join(", "))
  .parse()
  .opts<Settings & { only?: string }>();
const table = new Table({ head: ["", "measured"], style: { head: [] } });
for (const [name, part] of Object.entries(parts)) {
  if (settings.only !== undefined && settings.only !== name) continue;
  for await (const row of part(settings)) {
    table.push([...row]);
    process.stderr.write(`${row.join(": ")}\n`);
  }
}
process.stdout.write(`${table.toString()}\n`);
