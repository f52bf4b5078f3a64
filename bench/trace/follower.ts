import { AsyncLocalStorage } from "node:async_hooks";
import type { OperationEnd } from "../load/operation.ts";
import type { Cause, OperationSpan } from "./events.ts";

/** Operations of one client whose way is kept; those after are counted, but not followed. */
export const SPANS_MAX = 100_000;

/** What the code that runs now runs for. */
export interface Following {
  readonly cause: Cause;
  /** At the client: what the routes of the operation told. */
  readonly operation?: RouteFacts | undefined;
}

export interface RouteFacts {
  attempts: number;
  hops: number | undefined;
}

/** On whose account the present code runs: kept through promises by the engine. */
export const following = new AsyncLocalStorage<Following>();

/** Runs operations so that everything they cause can be told apart from everything else. */
export class Follower {
  readonly #client: string;
  readonly #clock: () => number;
  #sequence = 0;
  #spans: OperationSpan[] = [];
  #kept = 0;

  constructor(client: string, clock: () => number) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Runs it, and adds to its end what was seen of its routes where it does not say itself. */
  async follow(lateUs: number, run: () => Promise<OperationEnd>): Promise<OperationEnd> {
    const id = `${this.#client}/${this.#sequence++}`;
    const operation: RouteFacts = { attempts: 0, hops: undefined };
    const startUs = this.#clock();
    const end = await following.run({ cause: id, operation }, run);
    if (end.outcome === "done" && this.#kept < SPANS_MAX) {
      this.#kept++;
      this.#spans.push({ id, intendedUs: startUs - lateUs, startUs, endUs: this.#clock() });
    }
    const tries = end.tries ?? (operation.attempts === 0 ? undefined : operation.attempts);
    return end.outcome === "done"
      ? { ...end, tries, hops: end.hops ?? operation.hops }
      : { ...end, tries };
  }

  /** The operations done since the last call. */
  take(): readonly OperationSpan[] {
    const spans = this.#spans;
    this.#spans = [];
    return spans;
  }
}
