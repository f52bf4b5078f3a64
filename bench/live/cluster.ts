import { join } from "node:path";
import type { Contact } from "../../src/core/contacts.ts";
import { SkipnetError } from "../../src/core/errors.ts";
import { nodeNames } from "../node-names.ts";
import type { RunContext } from "../scenario.ts";
import { NodeProcess } from "./node-process.ts";
import { ProcessGroup } from "./process-group.ts";
import type { NodeOrders } from "./protocol.ts";

/** Processes that start at the same time: more would only wait for the processor, and for each other. */
const STARTING_MAX = 4;
/** Members through which a newcomer joins. */
const SEEDS = 3;
/** A cluster that has not started by then is given up. */
const START_TIMEOUT_MS = 60_000;

/** The node and client processes of one run. */
export class Cluster implements AsyncDisposable {
  readonly nodes: NodeProcess[] = [];
  readonly clients: NodeProcess[] = [];
  readonly #group = new ProcessGroup();
  readonly #context: RunContext;

  constructor(context: RunContext) {
    this.#context = context;
  }

  get all(): readonly NodeProcess[] {
    return [...this.nodes, ...this.clients];
  }

  get contacts(): readonly Contact[] {
    return this.nodes.flatMap((node) => node.contact ?? []);
  }

  /**
   * Starts all of them, a few at a time: the first begins the overlay, the others join it. Rejects
   * with the first failure, or when the signal is aborted.
   */
  async start(): Promise<void> {
    const { scenario, signal, progress } = this.#context;
    const names = nodeNames(scenario.nodes, scenario.clients);
    const all = [...names.nodes, ...names.clients];
    const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
    const gaveUp = rejectOn(
      timeout,
      `the nodes did not start within ${START_TIMEOUT_MS / 1_000} s`,
    );
    const interrupted = rejectOn(signal, "interrupted");
    const startAll = async (): Promise<void> => {
      await this.#startOne(all[0] as string, names.nodes.length > 0);
      let next = 1;
      const worker = async (): Promise<void> => {
        while (next < all.length) {
          const i = next++;
          await this.#startOne(all[i] as string, i < names.nodes.length);
          progress("start", this.all.length / all.length);
        }
      };
      await Promise.all(Array.from({ length: STARTING_MAX }, worker));
    };
    try {
      await Promise.race([startAll(), gaveUp.promise, interrupted.promise]);
    } finally {
      gaveUp.forget();
      interrupted.forget();
    }
    // They joined in any order; their numbers decide who fails.
    const order = (p: NodeProcess): number => all.indexOf(p.name);
    this.nodes.sort((a, b) => order(a) - order(b));
    this.clients.sort((a, b) => order(a) - order(b));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.all) process.dismiss();
    await this.#group[Symbol.asyncDispose]();
  }

  async #startOne(name: string, isNode: boolean): Promise<void> {
    const { scenario, transport, logFolder } = this.#context;
    const process = new NodeProcess(name, this.#group);
    const orders: NodeOrders = {
      name,
      transport,
      transportModule: scenario.transportModule,
      join: this.nodes.slice(0, SEEDS).flatMap((node) => node.contact?.address ?? []),
      seed: scenario.seed,
      logFile: join(logFolder, `${name}.log`),
      compression: scenario.compression,
    };
    const joined = process.next("joined");
    process.order({ do: "start", orders });
    process.contact = (await joined).contact;
    (isNode ? this.nodes : this.clients).push(process);
  }
}

/** A promise that rejects when the signal is aborted, and can be forgotten. */
export function rejectOn(
  signal: AbortSignal,
  why: string,
): { readonly promise: Promise<never>; forget(): void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(new SkipnetError("E_ABORTED", why));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  // Nobody may be waiting any more when it happens.
  promise.catch(() => undefined);
  return { promise, forget: () => signal.removeEventListener("abort", onAbort) };
}
