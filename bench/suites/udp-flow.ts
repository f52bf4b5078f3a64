import { parseArgs } from "node:util";
import Table from "cli-table3";
import {
  bulkFigures,
  type Figure,
  isMet,
  requestFigures,
  sharingFigures,
  streamFigures,
} from "../flow/figures.ts";

/**
 * The flow half of reliable UDP in virtual time, on simulated links: latency under loss, bulk, and
 * the share beside TCP. `npm run bench:udp-flow -- [--seed flow] [--messages 20000] [--seconds 60] [--json]`.
 * The same seed gives the same figures on every machine. Exit code 1 where a goal is missed.
 */
function options() {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    options: {
      seed: text("flow"),
      messages: text("20000"),
      seconds: text("60"),
      json: { type: "boolean", default: false },
    },
  });
  const whole = (name: "messages" | "seconds", max: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1 && value <= max) return value;
    throw new RangeError(`--${name} is not a whole number from 1 to ${max}`);
  };
  return { ...values, messages: whole("messages", 1e6), seconds: whole("seconds", 3_600) };
}

function optionsOrExit() {
  try {
    return options();
  } catch (error) {
    process.stderr.write(`bench:udp-flow: ${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}

const { seed, messages, seconds, json } = optionsOrExit();
const figures = [
  ...streamFigures(seed, messages),
  ...requestFigures(seed, messages),
  ...bulkFigures(seed, seconds),
  ...sharingFigures(seed, seconds),
];
if (json)
  process.stdout.write(`${JSON.stringify({ seed, messages, seconds, figures }, null, 2)}\n`);
else print(figures);
process.exitCode = figures.every(isMet) ? 0 : 1;

function print(rows: readonly Figure[]): void {
  const table = new Table({
    head: ["what", "goal", "measured", ""],
    colAligns: ["left", "right", "right", "left"],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const limits = [
      row.atLeast === undefined ? "" : `≥ ${row.atLeast}`,
      row.atMost === undefined ? "" : `≤ ${row.atMost}`,
    ];
    const goal = `${limits.filter((limit) => limit !== "").join(", ")} ${row.unit}`;
    const digits = row.measured !== 0 && row.measured < 1 ? 4 : 1;
    table.push([
      row.what,
      goal.trim(),
      `${row.measured.toFixed(digits)} ${row.unit}`.trim(),
      isMet(row) ? "" : "MISSED",
    ]);
  }
  process.stdout.write(
    `${table.toString()}\nseed ${seed}: virtual time, the same on every machine\n`,
  );
}
