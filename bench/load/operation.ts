import type { ErrorCode } from "../../src/core/errors.ts";

/** How an operation ended: done, certainly not done, or nobody knows. */
export type OperationEnd =
  | {
      readonly outcome: "done";
      readonly hops?: number | undefined;
      readonly tries?: number | undefined;
    }
  | {
      readonly outcome: "failed" | "uncertain";
      readonly code: ErrorCode;
      readonly tries?: number | undefined;
    };

/** One operation, decided but not yet begun. */
export interface PlannedOperation {
  /** Its row in the report: `get`, `put`, `route`… */
  readonly kind: string;
  /** Never rejects. Ends by the deadline, or the harness counts it as pending. */
  run(deadlineUs: number): Promise<OperationEnd>;
}

/** What a client does all day. */
export interface Workload {
  /** Every kind that `next` can give, for rows of zeros where none came. */
  readonly kinds: readonly string[];
  next(): PlannedOperation;
}

/**
 * Where the time of one operation went, microseconds. The parts sum to its latency:
 * `queueUs` from the intended start to the real one; the others along its critical path (see
 * `bench/trace`).
 */
export interface TimeParts {
  readonly queueUs: number;
  readonly loopUs: number;
  readonly wireUs: number;
  readonly retransmitUs: number;
  readonly handlerUs: number;
}
