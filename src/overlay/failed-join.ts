import type { Endpoint } from "../core/address.ts";
import { type ErrorCode, SkipnetError } from "../core/errors.ts";

const SEE_THERE = "see that a node runs there and can be reached from here";
const TRY_AGAIN = "try again, or through another member";

/** What to do where nobody answered. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  E_DEADLINE: SEE_THERE,
  E_UNREACHABLE: SEE_THERE,
};

/** Why an attempt to join failed, for people: through whom, what happened, and what to do next. */
export function failedJoin({ address }: Endpoint, { code, message }: SkipnetError): string {
  return `${address}: ${message}; ${ADVICE[code] ?? TRY_AGAIN}`;
}

/** The joiner cannot be let in under its name. */
export function nameTaken(name: string): SkipnetError {
  return new SkipnetError("E_NAME_TAKEN", `a live node is already called "${name}"`);
}
