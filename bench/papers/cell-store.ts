import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { SkipnetError } from "../../src/core/errors.ts";
import { amount, text } from "../results-file.ts";
import type { Figures, Point } from "./experiment.ts";

const FILE = "cells.jsonl";

const cellSchema = v.object({
  key: text,
  experiment: text,
  point: v.record(text, v.union([v.number(), text, v.boolean()])),
  seed: text,
  figures: v.record(text, v.pipe(v.number(), v.finite())),
  cpuMs: amount,
});

/** A cell that was measured. */
export interface MeasuredCell {
  readonly key: string;
  readonly experiment: string;
  readonly point: Point;
  readonly seed: string;
  readonly figures: Figures;
  /** Of the process that ran it. */
  readonly cpuMs: number;
}

/**
 * The measured cells of a folder: one line of JSON each, written as soon as it is measured, so that
 * an interrupted benchmark goes on where it was. Whatever ends the program, what was written stays;
 * a line that was cut off in the middle is as if it had not been measured.
 */
export class CellStore {
  readonly #cells = new Map<string, MeasuredCell>();
  readonly #descriptor: number;

  /** Throws `E_OPTIONS` where the folder holds something else under that name. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, FILE);
    this.#descriptor = openSync(path, "a+");
    const content = readFileSync(path, "utf8");
    const whole = content.lastIndexOf("\n") + 1;
    content
      .slice(0, whole)
      .split("\n")
      .forEach((line, i) => {
        if (line !== "") this.#remember(parse(line, `${path}, line ${i + 1}`));
      });
    if (whole < content.length) truncateSync(path, Buffer.byteLength(content.slice(0, whole)));
  }

  find(key: string): MeasuredCell | undefined {
    return this.#cells.get(key);
  }

  add(cell: MeasuredCell): void {
    appendFileSync(this.#descriptor, `${JSON.stringify(cell)}\n`);
    fsyncSync(this.#descriptor);
    this.#remember(cell);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #remember(cell: MeasuredCell): void {
    this.#cells.set(cell.key, cell);
  }
}

function parse(line: string, where: string): MeasuredCell {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new SkipnetError("E_OPTIONS", `${where} is not a measured cell`, { cause });
  }
  const parsed = v.safeParse(cellSchema, value);
  if (parsed.success) return parsed.output;
  throw new SkipnetError("E_OPTIONS", `${where} is not a measured cell`);
}
