import { CommanderError } from "commander";
import { asSkipnetError, type ErrorCode, SkipnetError } from "../core/errors.ts";

/** 0 done; 1 a check or an operation failed; 2 wrong usage; 130 interrupted. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What the caller wrote was wrong: nothing was tried. */
const USAGE_CODES: readonly ErrorCode[] = ["E_OPTIONS", "E_FILE", "E_NAME", "E_ADDRESS"];

/** The exit status that an error deserves. */
export function exitStatus(thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    // Help and version that were asked for end with 0.
    return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return USAGE_CODES.includes(asSkipnetError(thrown).code) ? EXIT.usage : EXIT.failed;
}

/** `E_CODE: what happened → what next`. A defect also shows where it happened. */
export function failureText(thrown: unknown): string {
  const error = asSkipnetError(thrown);
  const text = `${error.message} → ${error.whatNext}`;
  const { cause } = error;
  if (error.code !== "E_INTERNAL" || !(cause instanceof Error)) return text;
  return `${text}\n${cause.stack ?? ""}`;
}

/** The same as the one JSON document of a failed command. */
export function failureDocument(thrown: unknown): object {
  if (thrown instanceof CommanderError) {
    return failureDocument(new SkipnetError("E_OPTIONS", thrown.message));
  }
  const { code, message, certainty, whatNext } = asSkipnetError(thrown);
  return { error: { code, message: message.slice(code.length + 2), certainty, whatNext } };
}
