import { readFileSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { describeMachine } from "../../../bench/machine.ts";
import { SkipnetError } from "../../core/errors.ts";
import type { SimRun } from "./run.ts";

const FORMAT = "skipnet-sim-record";
const VERSION = 1;
/** Larger files are no records: a checkpoint takes 25 bytes. */
const FILE_BYTES_MAX = 64 * 2 ** 20;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
const RECORD = v.object({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  /** The words that ask for the run again: all options, the seed among them. */
  arguments: v.array(v.string()),
  program: v.object({
    version: v.string(),
    commit: v.optional(v.string()),
    dirty: v.optional(v.boolean()),
    node: v.string(),
    v8: v.string(),
  }),
  events: count,
  eventHash: hash,
  checkpoints: v.object({
    everyEvents: v.pipe(count, v.minValue(1)),
    hashes: v.array(hash),
  }),
});

/** What is needed to repeat a run, and to see whether it was the same. */
export type RunRecord = v.InferOutput<typeof RECORD>;

/** The record of a run that these words asked for. */
export async function recordOf(words: readonly string[], run: SimRun): Promise<RunRecord> {
  const { skipnet, commit, dirty, node, v8 } = await describeMachine();
  return {
    format: FORMAT,
    version: VERSION,
    arguments: [...words],
    program: {
      version: skipnet,
      ...(commit === undefined ? {} : { commit }),
      ...(dirty === undefined ? {} : { dirty }),
      node,
      v8,
    },
    events: run.events,
    eventHash: run.eventHash,
    checkpoints: {
      everyEvents: run.checkpoints.everyEvents,
      hashes: [...run.checkpoints.hashes],
    },
  };
}

/** Throws `E_FILE`. */
export function writeRecord(file: string, record: RunRecord): void {
  try {
    writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    throw new SkipnetError("E_FILE", `cannot write ${file}: ${textOf(error)}`);
  }
}

/** Throws `E_FILE` where the file is not the record of a run, or one of another format version. */
export function readRecord(file: string): RunRecord {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new SkipnetError("E_FILE", `cannot read ${file}: ${textOf(error)}`);
  }
  return parseRecord(text, file);
}

/** As `readRecord`, of text that is there already. */
export function parseRecord(text: string, file: string): RunRecord {
  if (text.length > FILE_BYTES_MAX) {
    throw new SkipnetError("E_FILE", `${file} is too long for the record of a run`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SkipnetError("E_FILE", `${file} is not JSON: ${textOf(error)}`);
  }
  const parsed = v.safeParse(RECORD, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue) ?? "the file";
    throw new SkipnetError(
      "E_FILE",
      `${file} is not a record of \`skipnet sim --record\`: ${where}: ${issue.message}`,
    );
  }
  const { events, checkpoints } = parsed.output;
  const expected = Math.max(0, Math.ceil(events / checkpoints.everyEvents) - 1);
  if (checkpoints.hashes.length !== expected) {
    throw new SkipnetError(
      "E_FILE",
      `${file} has ${checkpoints.hashes.length} checkpoints; ${events} events have ${expected}`,
    );
  }
  return parsed.output;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
