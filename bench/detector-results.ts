import * as v from "valibot";
import { amount, count } from "./results-file.ts";

/** T_D, T_MR, T_M, P_A and what they are means of (`detector-quality.ts`); null: of nothing. */
export const qualitySchema = v.strictObject({
  watchedMs: amount,
  detected: count,
  missed: count,
  mistakes: count,
  detectionMs: v.nullable(amount),
  recurrenceMs: v.nullable(amount),
  durationMs: v.nullable(amount),
  accuracy: v.nullable(amount),
});

/** What more than half (`p50`) or any (`max`) of them did not see before the end is null. */
export const detectionSchema = v.strictObject({
  watchers: count,
  detected: count,
  p50Ms: v.nullable(amount),
  maxMs: v.nullable(amount),
  missed: count,
  /** Live nodes that were reported dead by anybody while this fault was in force. */
  falseDown: count,
  /** From the fault to the end of the observation: what is missed took longer than this. */
  observedMs: amount,
});

/** Likewise. */
export const repairSchema = v.strictObject({
  /** Nodes whose tables held the dead node. */
  holders: count,
  repaired: count,
  p50: v.nullable(amount),
  max: v.nullable(amount),
  observedMs: amount,
});
