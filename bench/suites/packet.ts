import Table from "cli-table3";
import { Command } from "commander";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation } from "../../src/cli/sim/run.ts";
import { bareSpeed, bulk, fanOut, speed, wideArea } from "./packet/workloads.ts";

/**
 * `npm run bench:packet`: the packet-level simulation and what the real UDP protocol does on it,
 * against the goals. All but the speeds is in virtual time and follows from the seed.
 */

interface Row {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined: there is no goal, it stands for comparison. */
  readonly met: boolean | undefined;
}

interface Settings {
  readonly seed: string;
  readonly nodes: number;
  readonly seconds: number;
}

const Mbit = (bits: number): string => `${(bits / 1e6).toFixed(2)} Mbit/s`;
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** 10 Mbit/s, 30 ms round trip, a queue of 25 packets. */
const P2P = { oneWayUs: 15_000, up: { rateBitsPerSecond: 10e6, queuePackets: 25 } } as const;
const P2P_RATE = 10e6;

async function speeds({ seed }: Settings): Promise<Row[]> {
  const lines = { seed, transport: "packet-udp:lan", oneWayUs: 10_000 };
  const bare = await bareSpeed(lines, 1_000, 20);
  const few = await speed(lines, 10, 1_000, 30);
  const many = await speed(lines, 1_000, 20, 10);
  const row = (what: string, { perCpuSecond, eventsPerDatagram }: typeof few): Row => ({
    what: `${what}: simulated datagrams per CPU second`,
    goal: "≥ 300,000",
    measured: `${whole(perCpuSecond)} (${eventsPerDatagram.toFixed(2)} events each)`,
    met: perCpuSecond >= 300_000,
  });
  return [
    row("1,000 pairs of bare sockets that echo (ns-3: 56,000)", bare),
    row("our UDP protocol, 10 pairs that echo 1,000/s", few),
    row("our UDP protocol, 1,000 pairs that echo 20/s", many),
  ];
}

async function overlay({ seed, nodes }: Settings): Promise<Row[]> {
  const options: SimRunOptions = {
    ...QUIET_RUN,
    nodes,
    seed,
    organisations: 100,
    // Watching is real traffic here: probes as far apart as a large overlay can afford.
    overlay: { membersExpected: nodes, repairPeriodMs: 2_000 },
    network: "regions",
    transport: "packet-udp:wan,probeInterval=30s",
    join: "concurrent",
    lookups: Math.min(nodes, 1_000),
  };
  const cpu = process.cpuUsage();
  const run = await runSimulation(options, () => undefined);
  const { user, system } = process.cpuUsage(cpu);
  const bytesPerNode = (process.resourceUsage().maxRSS * 1024) / nodes;
  const failed = run.lookups?.failed ?? 0;
  const sent = run.packets?.sent ?? 0;
  return [
    {
      what: `${whole(nodes)} SkipNet nodes on the real protocol: joined, lookups failed, memory a node`,
      goal: "10,000 nodes",
      measured: `${whole(run.joins.count + 1)}, ${failed} of ${run.lookups?.count}, ${whole(bytesPerNode / 1024)} KiB`,
      met: nodes >= 10_000 && failed === 0,
    },
    {
      what: "their datagrams, and how many per CPU second",
      goal: "≥ 300,000",
      measured: `${whole(sent)}, ${whole(sent / ((user + system) / 1e6))}`,
      met: sent / ((user + system) / 1e6) >= 300_000,
    },
  ];
}

async function goodput({ seed, seconds }: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const transport of ["packet-udp:wan", "packet-tcp", "packet-tcp:congestion=newreno"]) {
    const isOurs = transport.startsWith("packet-udp");
    const lines = { ...P2P, seed, transport };
    const free = await bulk(lines, seconds);
    const lossy = await bulk({ ...lines, path: { loss: 0.02 } }, seconds);
    const shared = await bulk(lines, seconds, { cubic: true });
    const share = shared.bitsPerSecond / (shared.bitsPerSecond + shared.tcpBitsPerSecond);
    const of = (bits: number): number => bits / P2P_RATE;
    rows.push(
      {
        what: `${transport}: 64 KiB messages over 10 Mbit/s, 30 ms, queue 25: goodput`,
        goal: "≥ 90 %",
        measured: `${percent(of(free.bitsPerSecond))} (${free.queueDrops} dropped by the queue)`,
        met: isOurs ? of(free.bitsPerSecond) >= 0.9 : undefined,
      },
      {
        what: "  the same with 2 % loss",
        goal: "≥ 70 %",
        measured: percent(of(lossy.bitsPerSecond)),
        met: isOurs ? of(lossy.bitsPerSecond) >= 0.7 : undefined,
      },
      {
        what: "  its share beside one CUBIC flow, and both together",
        goal: "35–65 %",
        measured: `${percent(share)}, ${percent(of(shared.bitsPerSecond + shared.tcpBitsPerSecond))}`,
        met: isOurs ? share >= 0.35 && share <= 0.65 : undefined,
      },
    );
  }
  return rows;
}

async function fastLine({ seed, seconds }: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const transport of ["packet-udp:wan", "packet-tcp"]) {
    const isOurs = transport.startsWith("packet-udp");
    const lines = {
      seed,
      transport,
      oneWayUs: 25_000,
      up: { rateBitsPerSecond: 50e6, queuePackets: 250 },
      path: { loss: 0.01 },
    };
    const figures = await bulk(lines, seconds, { notes: true });
    rows.push({
      what: `${transport}: 64 KiB messages over 50 Mbit/s, 50 ms, 1 % loss; 64 B messages meanwhile`,
      goal: "≥ 45 Mbit/s; p99 ≤ 80 ms",
      measured: `${Mbit(figures.bitsPerSecond)}; one way p50 ${ms(figures.oneWayP50Ms)}, p99 ${ms(figures.oneWayP99Ms)}; and back p99 ${ms(figures.roundTripP99Ms)}`,
      met: isOurs ? figures.bitsPerSecond >= 45e6 && figures.oneWayP99Ms <= 80 : undefined,
    });
  }
  return rows;
}

const WIDE_P99_MS: Readonly<Record<string, number>> = { 0: 55, 1: 125, 5: 150, 10: 200 };

async function wide({ seed, seconds }: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [loss, p99] of Object.entries(WIDE_P99_MS)) {
    for (const transport of ["packet-udp:wan", "packet-tcp"]) {
      const path = { loss: Number(loss) / 100 };
      const lines = { seed, transport, oneWayUs: 25_000, path };
      const figures = await wideArea(lines, 200, seconds);
      const isMet = figures.p50Ms <= 53 && figures.p99Ms <= p99 && figures.unanswered === 0;
      rows.push({
        what: `${transport}: 1 KiB requests, 200/s, 50 ms round trip, ${loss} % loss each way`,
        goal: `p50 ≤ 53, p99 ≤ ${p99} ms, all answered`,
        measured: `p50 ${ms(figures.p50Ms)}, p99 ${ms(figures.p99Ms)}, max ${ms(figures.maxMs)}, ${figures.unanswered} unanswered`,
        met: transport === "packet-tcp" ? undefined : isMet,
      });
    }
  }
  const slow = { seed, transport: "packet-udp:wan", oneWayUs: 25_000, path: { loss: 0.1 } };
  const figures = await wideArea(slow, 20, seconds * 4);
  rows.push({
    what: "packet-udp:wan: the same at 20/s, 10 %",
    goal: "p99 ≤ 260 ms",
    measured: `p50 ${ms(figures.p50Ms)}, p99 ${ms(figures.p99Ms)}, ${figures.unanswered} unanswered`,
    met: figures.p99Ms <= 260 && figures.unanswered === 0,
  });
  return rows;
}

async function fan({ seed }: Settings): Promise<Row[]> {
  // What a socket's default buffer holds: 256 small datagrams.
  const up = { rateBitsPerSecond: 100e6, queuePackets: 256 };
  const lines = { seed, transport: "packet-udp:lan", oneWayUs: 5_000, up };
  const { delivered, lost, lastMs } = await fanOut(lines, 1_000);
  return [
    {
      what: "one message to each of 1,000 peers at once, 100 Mbit/s, queue 256",
      goal: "nothing lost",
      measured: `${whole(delivered)} delivered, ${lost} datagrams lost, the last after ${ms(lastMs)}`,
      met: delivered === 1_000 && lost === 0,
    },
  ];
}

const PARTS = { speed: speeds, overlay, goodput, fast: fastLine, wide, fan } as const;

async function main(given: {
  readonly seed: string;
  readonly nodes: string;
  readonly seconds: string;
  readonly only?: string;
  readonly json?: boolean;
}): Promise<void> {
  const settings = { seed: given.seed, nodes: Number(given.nodes), seconds: Number(given.seconds) };
  const names = given.only?.split(",") ?? Object.keys(PARTS);
  const rows: Row[] = [];
  for (const name of names) {
    const part = PARTS[name as keyof typeof PARTS];
    if (part === undefined) throw new RangeError(`no part "${name}": ${Object.keys(PARTS).join()}`);
    process.stderr.write(`${name}\n`);
    rows.push(...(await part(settings)));
  }
  if (given.json === true) {
    process.stdout.write(`${JSON.stringify({ ...settings, rows }, null, 2)}\n`);
    return;
  }
  const table = new Table({
    head: ["", "goal", "measured", ""],
    style: { head: [], border: [], compact: true },
  });
  for (const { what, goal, measured, met } of rows) {
    const verdict = met === undefined ? "–" : met ? "met" : "NOT MET";
    table.push([what, met === undefined ? "" : goal, measured, verdict]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

await new Command("bench:packet")
  .option("--seed <text>", "everything random but the speeds follows from it", "1")
  .option("--nodes <n>", "of the overlay", "10000")
  .option("--seconds <n>", "virtual seconds of each transfer", "60")
  .option("--only <parts>", `some of ${Object.keys(PARTS).join(",")}`)
  .option("--json", "one JSON document")
  .action(main)
  .parseAsync();
