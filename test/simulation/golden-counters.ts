import { expect } from "vitest";
import { benchOptions } from "../../bench/options.ts";
import type { TransportResult } from "../../bench/results.ts";
import { runSim } from "../../bench/sim/run-sim.ts";

/** A scenario of the library, shortened, in one column. */
export interface GoldenRun {
  readonly scenario: string;
  readonly transport: "sim:packet-udp" | "sim:packet-tcp";
  readonly duration: string;
}

const SEED = "golden";

/** The command that gives the same counters. */
const replay = ({ scenario, transport, duration }: GoldenRun): string =>
  `npm run skipnet -- bench --scenario ${scenario} --transports ${transport} --duration ${duration} --seed ${SEED}`;

/**
 * Exact counters of a run, after libtorrent's simulations: whatever changes them was meant to, or is
 * found here. The file beside the tests is what they were; the difference shows which ones changed.
 */
export async function expectGolden(run: GoldenRun): Promise<void> {
  const { scenario, transports } = await benchOptions({
    scenario: run.scenario,
    transports: run.transport,
    duration: run.duration,
    seed: SEED,
  });
  const column = await runSim({
    transport: transports[0] as string,
    scenario,
    logFolder: "",
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  expect(column.invalid, replay(run)).toEqual([]);
  const name = `${run.scenario}.${run.transport.replace("sim:packet-", "")}`;
  const said = `counters of ${name} changed. See it: ${replay(run)}  Accept it: npm run accept:counters`;
  const text = [`# ${replay(run)}`, ...lines(column), ""].join("\n");
  await expect(text, said).toMatchFileSnapshot(`golden/${name}.txt`);
}

/** One counter a line, so that a difference names it. */
function lines({
  operations,
  packets,
  wire,
  detectorQuality,
  calledDown,
  eventHash,
}: TransportResult): string[] {
  const all = Object.values(operations);
  const sum = (of: (operation: (typeof all)[number]) => number): number =>
    all.reduce((total, operation) => total + of(operation), 0);
  const dropped = Object.entries(packets?.dropped ?? {}).map(([cause, count]): [string, number] => [
    `dropped, ${cause}`,
    count,
  ]);
  const counters: readonly (readonly [string, unknown])[] = [
    ["operations", sum(({ count }) => count)],
    ["operations failed", sum(({ failed }) => failed)],
    ["operations uncertain", sum(({ uncertain }) => uncertain)],
    ["operations pending", sum(({ pendingAtEnd }) => pendingAtEnd)],
    ["messages", wire.messages],
    ["sent again", wire.retransmits],
    ["received again", wire.duplicates],
    ["packets", packets?.sent],
    ["packet bytes", packets?.bytes],
    ["packets delivered", packets?.delivered],
    ["packets duplicated", packets?.duplicated],
    ["packets reordered", packets?.reordered],
    ["packets corrupted", packets?.corrupted],
    ...dropped,
    ["suspected while alive", detectorQuality?.suspect.mistakes],
    ["called down while alive", detectorQuality?.down.mistakes],
    ["pairs called down, undisturbed", calledDown?.undisturbed],
    ["pairs called down, disturbed", calledDown?.disturbed],
    ["proved to live afterwards", wire.revived],
    ["event hash", eventHash],
  ];
  return counters.map(([name, value]) => `${name.padEnd(32)}${value}`);
}
