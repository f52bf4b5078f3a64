import type { Random } from "../../src/core/random.ts";
import { LatencyRecorder } from "../histogram.ts";
import { type Interval, IntervalCounter } from "./intervals.ts";
import type { OperationEnd } from "./operation.ts";
import { SuccessTimes } from "./success-times.ts";

/** What one client counted of one kind of operation. Plain data. */
export interface KindReport {
  readonly started: number;
  readonly failed: number;
  readonly uncertain: number;
  readonly done: string;
  readonly doneOverflow: number;
  readonly notDone: string;
}

/** Everything that one client counted. Plain data: it travels between processes. */
export interface LoadReport {
  readonly kinds: Readonly<Record<string, KindReport>>;
  readonly retries: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly hops: { readonly count: number; readonly sum: number; readonly max: number };
  readonly intervalMs: number;
  readonly intervals: readonly Interval[];
  readonly successBits: Uint8Array;
  /** How late operations started, microseconds: a histogram. */
  readonly late: string;
  /** Operations that the limit of open ones forbade. */
  readonly overflow: number;
  readonly elapsedMs: number;
}

interface Kind {
  started: number;
  failed: number;
  uncertain: number;
  readonly done: LatencyRecorder;
  readonly notDone: LatencyRecorder;
}

/** Counts what becomes of operations. Times in microseconds since the load began. */
export class LoadRecorder {
  readonly #kinds = new Map<string, Kind>();
  readonly #retries = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #hops = { count: 0, sum: 0, max: 0 };
  readonly #late = new LatencyRecorder();
  readonly #intervals: IntervalCounter;
  readonly #successes: SuccessTimes;
  #overflow = 0;

  /** `tailMs`: for so long after the load operations may still end. */
  constructor(kinds: readonly string[], durationMs: number, tailMs: number, random: Random) {
    for (const kind of kinds) {
      this.#kinds.set(kind, {
        started: 0,
        failed: 0,
        uncertain: 0,
        done: new LatencyRecorder(),
        notDone: new LatencyRecorder(),
      });
    }
    this.#intervals = new IntervalCounter(durationMs, tailMs, random);
    this.#successes = new SuccessTimes(durationMs);
  }

  started(kind: string, intendedUs: number, realUs: number): void {
    this.#kind(kind).started++;
    this.#late.record(realUs - intendedUs);
  }

  overflowed(kind: string): void {
    this.#kind(kind).started++;
    this.#overflow++;
    this.#failed(kind, "failed", "E_QUEUE_FULL");
  }

  ended(kind: string, intendedUs: number, endUs: number, end: OperationEnd): void {
    const counts = this.#kind(kind);
    const latencyUs = endUs - intendedUs;
    if (end.tries !== undefined) add(this.#retries, String(Math.max(0, end.tries - 1)), 1);
    this.#intervals.ended(intendedUs, endUs, end.outcome === "done");
    if (end.outcome === "done") {
      counts.done.record(latencyUs);
      this.#successes.add(endUs / 1_000);
      if (end.hops !== undefined) this.#addHops(end.hops);
    } else {
      counts.notDone.record(latencyUs);
      this.#failed(kind, end.outcome, end.code);
    }
  }

  report(elapsedMs: number): LoadReport {
    const kinds: Record<string, KindReport> = {};
    for (const [name, kind] of this.#kinds) {
      kinds[name] = {
        started: kind.started,
        failed: kind.failed,
        uncertain: kind.uncertain,
        done: kind.done.toBase64(),
        doneOverflow: kind.done.overflow,
        notDone: kind.notDone.toBase64(),
      };
    }
    return {
      kinds,
      retries: Object.fromEntries(this.#retries),
      errors: Object.fromEntries(this.#errors),
      hops: { ...this.#hops },
      intervalMs: this.#intervals.intervalMs,
      intervals: this.#intervals.intervals,
      successBits: this.#successes.bits,
      late: this.#late.toBase64(),
      overflow: this.#overflow,
      elapsedMs,
    };
  }

  #kind(name: string): Kind {
    const kind = this.#kinds.get(name);
    if (kind === undefined) throw new RangeError(`the workload announced no operation "${name}"`);
    return kind;
  }

  #failed(kind: string, outcome: "failed" | "uncertain", code: string): void {
    this.#kind(kind)[outcome]++;
    add(this.#errors, code, 1);
  }

  #addHops(hops: number): void {
    this.#hops.count++;
    this.#hops.sum += hops;
    this.#hops.max = Math.max(this.#hops.max, hops);
  }
}

function add(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}
