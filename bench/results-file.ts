import * as v from "valibot";
import { SkipnetError } from "../src/core/errors.ts";

const TEXT_MAX = 500;
const HISTOGRAM_BASE64_MAX = 1 << 20;

/** What results files are made of: numbers from 0 on, whole ones, short texts. */
export const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
export const count = v.pipe(amount, v.integer());
export const text = v.pipe(v.string(), v.maxLength(TEXT_MAX));
/** Latencies, microseconds: HdrHistogram V2 compressed, base64. */
export const histogramText = v.pipe(v.string(), v.maxLength(HISTOGRAM_BASE64_MAX));

/**
 * Reads the text of a results file; `what` names its kind for people. Throws `E_OPTIONS`, naming the
 * field, where it is not one: such files come from the command line.
 */
export function readResultsFile<S extends v.GenericSchema>(
  schema: S,
  json: string,
  source: string,
  what: string,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new SkipnetError("E_OPTIONS", `${source} is not JSON`, { cause });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "the document";
  throw new SkipnetError("E_OPTIONS", `${source} is not ${what}: ${where}: ${issue.message}`);
}
