import type { ErrorCode } from "../../core/errors.ts";
import type { Stamp } from "./stamp.ts";

/** What an operation cost. */
export interface OperationCost {
  /** 1, and one more for every request that had to be repeated; 0: nothing was sent. A failed route counts once. */
  readonly tries: number;
  /** Hops of the first request's route; 0 where no answer came. */
  readonly hops: number;
}

/** The operation certainly had no effect, or there certainly is nothing to read. */
export interface NotDone extends OperationCost {
  readonly outcome: "notDone";
  readonly code: ErrorCode;
  readonly detail: string;
  /** `E_SUPERSEDED`: of the write that won. */
  readonly stamp?: Stamp | undefined;
}

/** It is not known whether the operation took effect, or what there is to read; repeat it. */
export interface Uncertain extends OperationCost {
  readonly outcome: "uncertain";
  readonly code: ErrorCode;
  /** What is known, for people. */
  readonly detail: string;
  /** Writes: how many holders are known to store it. */
  readonly storedBy: number;
  /** Writes: the operation's own stamp, or that of a later write which has won. */
  readonly stamp?: Stamp | undefined;
}

export interface Done extends OperationCost {
  readonly outcome: "done";
  /** Writes: the operation's own. Reads: of the write that is read. */
  readonly stamp: Stamp;
}

export interface Removed extends Done {
  /** Whether there was something to remove, as far as the directory's first holder knew. */
  readonly existed: boolean;
}

export interface Found extends Done {
  readonly value: Uint8Array;
}

export interface Page extends OperationCost {
  readonly outcome: "done";
  /** In order; directories end in a slash. */
  readonly names: readonly string[];
  /** Ask for names after this one to go on; undefined: this was the last page. */
  readonly next: string | undefined;
}

export type PutResult = Done | NotDone | Uncertain;
export type RemoveResult = Removed | NotDone | Uncertain;
export type GetResult = Found | NotDone | Uncertain;
export type ListResult = Page | NotDone | Uncertain;
