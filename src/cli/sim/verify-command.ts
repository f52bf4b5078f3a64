import { Command } from "commander";
import { EXIT } from "../failure.ts";
import { printJson, printLine } from "../output.ts";
import { runOptionsOf } from "./flags.ts";
import { readRecord } from "./record.ts";
import { runSimulation } from "./run.ts";
import {
  type Difference,
  firstDifference,
  type NamedEvent,
  type RepeatableRun,
  replayDifference,
} from "./verify.ts";

const EXAMPLE = `
With two records: whether they are of the same run; if not, both are repeated and the first event in
which they differ is printed. With one: the run is repeated and compared with its record.
Exit status: 0 the same, 1 not the same, 2 a file is no record, or this program does not repeat it.

Examples:
  skipnet sim --nodes 1000 --record a.json && skipnet sim verify a.json
  skipnet sim --nodes 1000 --ties shuffle --record b.json; skipnet sim verify a.json b.json
`;

/** `skipnet sim verify A [B]`: whether two runs are one, and where not. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("compare two recorded runs, or one with its repetition")
    .argument("<a>", "record of a run, from sim --record")
    .argument("[b]", "record of another")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLE)
    .action(async (a: string, b: string | undefined, { json }: { json?: boolean }) => {
      const one = recorded(a);
      const isSame = b === undefined ? await replay(one, json) : await compare(one, b, json);
      if (!isSame) process.exitCode = EXIT.failed;
    });
}

function recorded(file: string): RepeatableRun {
  const record = readRecord(file);
  return {
    name: file,
    record,
    repeat: async (hooks) =>
      runSimulation(await runOptionsOf(record.arguments), () => undefined, hooks),
  };
}

async function replay(run: RepeatableRun, json: boolean | undefined): Promise<boolean> {
  const between = await replayDifference(run);
  const { record, name } = run;
  if (json === true) {
    printJson({
      schema: 1,
      same: between === undefined,
      events: record.events,
      eventHash: record.eventHash,
      ...(between === undefined ? {} : { difference: { between } }),
    });
  } else if (between === undefined) {
    printLine(`the same run again: ${whole(record.events)} events, hash ${record.eventHash}`);
  } else {
    const { version, commit = "", node, v8 } = record.program;
    printLine(
      `not the run of ${name}: they part among events ${range(between)}.\n` +
        `Recorded by skipnet ${version} ${commit.slice(0, 12)} on Node ${node}, V8 ${v8}; ` +
        `this is Node ${process.version}, V8 ${process.versions.v8}.`,
    );
  }
  return between === undefined;
}

async function compare(
  one: RepeatableRun,
  file: string,
  json: boolean | undefined,
): Promise<boolean> {
  const other = recorded(file);
  const difference = await firstDifference(one, other);
  const { events, eventHash } = one.record;
  if (json === true) {
    const same = difference === undefined;
    printJson({ schema: 1, same, ...(same ? { events, eventHash } : { difference }) });
  } else if (difference === undefined) {
    printLine(`the same run: ${whole(events)} events, hash ${eventHash}`);
  } else printLine(differenceText(difference, one.name, file));
  return difference === undefined;
}

function differenceText({ between, event, a, b }: Difference, one: string, other: string): string {
  if (event === undefined) {
    return `the runs differ among events ${range(between)}, in nothing that a journal of them shows`;
  }
  return [
    `the runs differ first in event ${whole(event)} (checkpoints part among ${range(between)}):`,
    `  ${one}: ${eventText(a)}`,
    `  ${other}: ${eventText(b)}`,
  ].join("\n");
}

/** An event in one line. */
export function eventText(event: NamedEvent | undefined): string {
  if (event === undefined) return "had ended";
  const { atUs, what, from, to, fromName, toName, detail } = event;
  const more = detail === 0 ? "" : `, ${detail}`;
  return `at ${(atUs / 1e6).toFixed(6)} s ${what}, ${fromName} (${from}) to ${toName} (${to})${more}`;
}

const whole = (value: number): string => value.toLocaleString("en-US");
const range = ([first, last]: readonly [number, number]): string =>
  `${whole(first)} to ${whole(last)}`;
