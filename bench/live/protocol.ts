import type { Contact } from "../../src/core/contacts.ts";
import type { NamedFile } from "../load/names.ts";
import type { ReadBackReport } from "../load/read-back.ts";
import type { LoadReport } from "../load/recorder.ts";
import type { Expectation } from "../load/write-log.ts";
import type { LoopLag } from "../outcome/assemble.ts";
import type { Counters } from "../outcome/wire.ts";
import type { ScenarioResult } from "../results.ts";
import type { OperationSpan, TraceBatch } from "../trace/events.ts";

/** What a node process of a bench run is told to be. */
export interface NodeOrders {
  readonly name: string;
  readonly transport: string;
  readonly transportModule: string | undefined;
  /** Addresses of members; empty: the first node. */
  readonly join: readonly string[];
  readonly seed: string;
  readonly logFile: string;
  readonly compression: ScenarioResult["compression"];
}

/** What a client process is told to do besides. */
export interface LoadOrders {
  readonly workload: ScenarioResult["workload"];
  readonly files: readonly NamedFile[];
  /** All nodes of the run: targets of routes and echoes. */
  readonly nodes: readonly Contact[];
  readonly client: number;
  readonly clients: number;
  readonly seed: string;
  readonly valueSizeBytes: number;
  readonly ratePerSecond: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly deadlineMs: number;
}

/** From the bench to a node process. */
export type Order =
  | { readonly do: "start"; readonly orders: NodeOrders }
  | { readonly do: "prepare"; readonly load: LoadOrders }
  | { readonly do: "warmUp" }
  /** Begin the load when the machine's clock shows `atUs`. */
  | { readonly do: "load"; readonly atUs: number }
  | { readonly do: "stopLoad" }
  | { readonly do: "tell" }
  | {
      readonly do: "readBack";
      readonly expectations: readonly Expectation[];
      readonly budgetMs: number;
    }
  | { readonly do: "exit" };

/** From a node process to the bench. */
export type Report =
  | { readonly say: "joined"; readonly contact: Contact }
  | { readonly say: "failed"; readonly code: string; readonly detail: string }
  | { readonly say: "prepared"; readonly preloaded: number }
  | { readonly say: "warm" }
  /** Every second, and when told to tell. */
  | {
      readonly say: "beat";
      readonly atUs: number;
      readonly trace: TraceBatch;
      readonly spans: readonly OperationSpan[];
      readonly counters: Counters;
      readonly told: boolean;
    }
  | {
      readonly say: "loaded";
      readonly load: LoadReport;
      readonly loopLag: LoopLag;
      readonly expectations: readonly Expectation[];
    }
  | { readonly say: "readBack"; readonly report: ReadBackReport };

/** How often a process tells what it saw, milliseconds. What it saw last before a SIGKILL is lost. */
export const BEAT_MS = 500;
