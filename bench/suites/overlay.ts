import Table from "cli-table3";
import { Command } from "commander";
import { QUIET_RUN, type SimRunOptions } from "../../src/cli/sim/options.ts";
import { runSimulation, type SimRun } from "../../src/cli/sim/run.ts";

/**
 * `npm run bench:overlay`: the overlay on the simulator against the reference figures. Every row can
 * be repeated alone by the `skipnet sim` command beside it.
 */

interface Row {
  readonly what: string;
  readonly reference: string;
  readonly measured: string;
  readonly command: string;
}

const SEEDS = 10;
const LOOKUPS = 6_000;

const BASE: SimRunOptions = {
  ...QUIET_RUN,
  nodes: 1,
  seed: "1",
  organisations: 100,
  overlay: {},
  network: "uniform",
  transport: "ideal",
  join: "concurrent",
};

function options(
  nodes: number,
  overlay: SimRunOptions["overlay"],
  more: Partial<SimRunOptions> = {},
): SimRunOptions {
  const membersExpected = nodes + (more.extraJoins ?? 0);
  const paced = { repairPeriodMs: 60_000, membersExpected };
  return { ...BASE, nodes, ...more, overlay: { ...paced, ...overlay } };
}

async function measured(run: SimRunOptions): Promise<{ run: SimRun; cpuSeconds: number }> {
  const before = process.cpuUsage();
  const done = await runSimulation(run, () => undefined);
  const { user, system } = process.cpuUsage(before);
  return { run: done, cpuSeconds: (user + system) / 1e6 };
}

/** Mean hops of ten seeds with the standard error of that mean. */
async function hops(k: number, dense: boolean, reference: number): Promise<Row> {
  const means: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { run } = await measured(
      options(
        4_096,
        { k, dense, routeWith: "rtable" },
        { seed: String(seed), organisations: 1, lookups: LOOKUPS, join: "constructed" },
      ),
    );
    const values = run.lookups?.hops ?? [];
    means.push(values.reduce((sum, value) => sum + value, 0) / values.length);
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (means.length - 1);
  const error = Math.sqrt(variance / means.length);
  const off = ((mean / reference - 1) * 100).toFixed(1);
  return {
    what: `mean hops by name, N = 4,096, R-Table alone, k = ${k}${k === 2 ? "" : dense ? " dense" : " sparse"}`,
    reference: `${reference} (within 3 %)`,
    measured: `${mean.toFixed(2)} ± ${error.toFixed(2)} (${off} %), ${SEEDS} seeds`,
    command: `skipnet sim --nodes 4096 --orgs 1 --route-with rtable --overlay-k ${k}${dense ? " --dense" : ""} --join constructed --lookups ${LOOKUPS} --seed 1`,
  };
}

async function joins(k: number, nodes: number, climb: number, descend: number): Promise<Row> {
  const { run } = await measured(options(nodes, { k }, { organisations: 1, extraJoins: 500 }));
  const { count, phases } = run.extraJoins ?? { count: 1, phases: { climb: 0, descend: 0 } };
  return {
    what: `messages a join, k = ${k}, N = ${nodes.toLocaleString("en-US")}: climb / descend`,
    reference: `${climb} / ${descend} (within 10 %)`,
    measured: `${(phases.climb / count).toFixed(1)} / ${(phases.descend / count).toFixed(1)}`,
    command: `skipnet sim --nodes ${nodes} --orgs 1 --overlay-k ${k} --extra-joins 500 --lookups 0`,
  };
}

async function throughput(nodes: number, reference: string): Promise<Row> {
  const { run, cpuSeconds } = await measured(options(nodes, {}, { lookups: nodes }));
  return {
    what: `messages a CPU second, whole overlay, real joins, N = ${nodes.toLocaleString("en-US")}`,
    reference,
    measured: `${Math.round(run.messages / cpuSeconds).toLocaleString("en-US")} (${cpuSeconds.toFixed(1)} s)`,
    command: `skipnet sim --nodes ${nodes}`,
  };
}

async function silent(): Promise<Row> {
  const { run } = await measured(
    options(
      4_096,
      {},
      {
        transport: "udp",
        lookups: 10_000,
        faults: [{ kind: "hang", share: 0.2, atMs: 0, forMs: undefined }],
      },
    ),
  );
  const { count = 1, failed = 0, byTries = {} } = run.lookups ?? {};
  const tries = Object.entries(byTries).map(([n, times]) => `${n}: ${times}`);
  return {
    what: "lookups between live nodes, 20 % silent and not repaired, N = 4,096",
    reference: "99 % succeed",
    measured: `${((1 - failed / count) * 100).toFixed(2)} % (tries ${tries.join(", ")})`,
    command: "skipnet sim --nodes 4096 --transport udp --fault hang:20% --lookups 10000",
  };
}

async function main(json: boolean): Promise<void> {
  const rows: Row[] = [];
  const add = async (row: Promise<Row>): Promise<void> => {
    rows.push(await row);
    process.stderr.write(`${rows.at(-1)?.what}: ${rows.at(-1)?.measured}\n`);
  };
  await add(hops(2, false, 9.2));
  await add(hops(8, false, 12.1));
  await add(hops(8, true, 4.5));
  await add(joins(2, 4_096, 11.5, 10.8));
  await add(joins(8, 1_024, 21.9, 20.0));
  await add(silent());
  await add(throughput(10_000, "1,000,000"));
  await add(throughput(100_000, "500,000"));
  if (json) {
    process.stdout.write(`${JSON.stringify({ schema: 1, rows }, null, 2)}\n`);
    return;
  }
  const table = new Table({ head: ["figure", "reference", "measured"], style: { head: [] } });
  for (const row of rows) table.push([row.what, row.reference, row.measured]);
  process.stdout.write(`${table.toString()}\n`);
}

await new Command("bench:overlay")
  .description("the overlay on the simulator against the reference figures")
  .option("--json", "print one JSON document")
  .action(({ json }: { json?: boolean }) => main(json === true))
  .parseAsync();
