import { asSkipnetError } from "../../src/core/errors.ts";
import type { OperationEnd } from "./operation.ts";

/** How an operation that threw has ended: certainly not done, or uncertain. */
export function endOfError(thrown: unknown): OperationEnd {
  const { code, certainty } = asSkipnetError(thrown);
  return { outcome: certainty === "definite" ? "failed" : "uncertain", code };
}
