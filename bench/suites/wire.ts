import { parseArgs } from "node:util";
import Table from "cli-table3";
import { seededRandom } from "../../src/core/random.ts";
import { nodeRegistry } from "../../src/node/registry.ts";
import { createCodec } from "../../src/wire/codec.ts";
import { Sampler } from "../../src/wire/samples.ts";
import { formats } from "../wire/formats.ts";
import { declaredGroups, namingGroups } from "../wire/groups.ts";
import { type Measured, type MeasuredGroup, measureGroup } from "../wire/measure.ts";

/**
 * Bytes and microseconds of every message type and of the default names, against JSON and XML:
 * `npm run bench:wire -- [--samples 50] [--names 500] [--runs 5] [--seed wire] [--json]`.
 */
const DEFAULTS = { samples: "50", names: "500", runs: "5", seed: "wire" } as const;

function options() {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    options: {
      samples: text(DEFAULTS.samples),
      names: text(DEFAULTS.names),
      runs: text(DEFAULTS.runs),
      seed: text(DEFAULTS.seed),
      json: { type: "boolean", default: false },
    },
  });
  const positive = (option: "samples" | "names" | "runs"): number => {
    const value = Number(values[option]);
    if (Number.isInteger(value) && value >= 1 && value <= 2_000) return value;
    throw new RangeError(`--${option} is not a whole number from 1 to 2000`);
  };
  return {
    ...values,
    samples: positive("samples"),
    names: positive("names"),
    runs: positive("runs"),
  };
}

function optionsOrExit() {
  try {
    return options();
  } catch (error) {
    process.stderr.write(`bench:wire: ${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}

const values = optionsOrExit();
const registry = nodeRegistry();
const random = seededRandom(values.seed);
const sampler = new Sampler(registry, random);
const codec = createCodec({ registry, contacts: sampler.contacts, compression: "off" });
const all = formats(registry, sampler.contacts);
const measured: MeasuredGroup[] = [];
const groups = [
  ...(await namingGroups(sampler.contacts, random, values.names)),
  ...declaredGroups(registry, sampler, values.samples),
];
for (const group of groups) measured.push(measureGroup(group, all, codec, values.runs));

if (values.json) {
  process.stdout.write(`${JSON.stringify({ seed: values.seed, groups: measured }, null, 2)}\n`);
} else {
  print("Bytes, mean", (one) => one.bytes.toFixed(0), false);
  print("Microseconds to encode, median of the runs", (one) => one.encodeUs.toFixed(2), true);
  print("Microseconds to decode, median of the runs", (one) => one.decodeUs?.toFixed(2), false);
  process.stdout.write(
    "ours: plain; with a name: always deflated, ours with its dictionary. auto: what the codec does.\n" +
      "unpack: msgpackr's own decoder, which checks nothing.\n",
  );
}

function print(
  title: string,
  cell: (one: Measured) => string | undefined,
  withSize: boolean,
): void {
  const shown = all.filter(({ name }) =>
    measured.some(({ formats }) => formats.some((one) => one.format === name && cell(one))),
  );
  const columns = shown.filter(({ name }) => name !== "unpack" || title.includes("decode"));
  const table = new Table({
    head: [title, ...(withSize ? ["size only"] : []), ...columns.map(({ name }) => name)],
    colAligns: [
      "left",
      ...columns.map(() => "right" as const),
      ...(withSize ? ["right" as const] : []),
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const { group, sizeUs, formats } of measured) {
    table.push([
      group,
      ...(withSize ? [sizeUs.toFixed(2)] : []),
      ...columns.map(
        ({ name }) => cell(formats.find((one) => one.format === name) as Measured) ?? "",
      ),
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}
