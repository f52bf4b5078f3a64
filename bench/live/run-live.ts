import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contact } from "../../src/core/contacts.ts";
import { asSkipnetError } from "../../src/core/errors.ts";
import type { ReadBackReport } from "../load/read-back.ts";
import { victimsOf } from "../node-names.ts";
import { assemble, type ProcessRecord, type RunRecord } from "../outcome/assemble.ts";
import type { InjectedFault } from "../outcome/detection.ts";
import type { FaultKind, TransportResult } from "../results.ts";
import type { RunContext } from "../scenario.ts";
import { endName } from "../trace/events.ts";
import { machineNowUs } from "./clock.ts";
import { Cluster, rejectOn } from "./cluster.ts";
import type { NodeProcess } from "./node-process.ts";
import type { LoadOrders, Report } from "./protocol.ts";

/** Between the last join and the first operation: leaf sets and rings settle. */
const SETTLE_MS = 1_000;
/** The load begins so long after it was ordered, that all clients begin together. */
const LEAD_MS = 200;
/** A read-back that has not ended by then ends with names unread. */
const READ_BACK_MS = 10_000;
/** For a process to tell what it saw, when asked at the end. */
const TELL_MS = 3_000;

const SIGNALS = { crash: "SIGKILL", hang: "SIGSTOP" } as const;

type Loaded = Extract<Report, { say: "loaded" }>;

/**
 * Runs the scenario on real processes over one live transport. Never rejects once the processes have
 * joined: what was measured until then is the result, marked with what went wrong. Leaves no process.
 */
export async function runLive(context: RunContext): Promise<TransportResult> {
  const beganUs = machineNowUs();
  await using cluster = new Cluster(context);
  await cluster.start();
  const run = new LiveRun(context, cluster);
  await run.everything();
  return assemble(run.record((run.joinedUs - beganUs) / 1_000));
}

class LiveRun {
  readonly joinedUs = machineNowUs();
  readonly #context: RunContext;
  readonly #cluster: Cluster;
  readonly #faults: InjectedFault[] = [];
  readonly #victims = new Set<NodeProcess>();
  readonly #loads = new Map<NodeProcess, Loaded>();
  readonly #causes: string[] = [];
  #readBacks: readonly ReadBackReport[] = [];
  #loadBeganUs = machineNowUs();
  #observedUntilUs = machineNowUs();

  constructor(context: RunContext, cluster: Cluster) {
    this.#context = context;
    this.#cluster = cluster;
  }

  /** Settle, prepare, warm up, load with faults, read back; an interrupt skips what is left. */
  async everything(): Promise<void> {
    const { signal } = this.#context;
    try {
      await this.#prepare();
      await this.#load();
      await this.#collect();
      for (const process of this.#cluster.all) process.markEnd();
      if (!signal.aborted) await this.#readBack();
    } catch (thrown) {
      if (!signal.aborted) this.#causes.push(asSkipnetError(thrown).message);
    }
    this.#observedUntilUs = machineNowUs();
    await this.#collect();
    this.#blameTheDead();
  }

  record(startMs: number): RunRecord {
    const { scenario, signal } = this.#context;
    return {
      kind: "live",
      network: "loopback",
      nodes: scenario.nodes,
      durationMs: scenario.durationMs,
      processes: this.#cluster.all.map((process) => this.#recordOf(process)),
      faults: this.#faults,
      loadBeganUs: this.#loadBeganUs,
      observedUntilUs: this.#observedUntilUs,
      startMs,
      readBacks: this.#readBacks,
      interrupted: signal.aborted,
      causes: this.#causes,
    };
  }

  async #prepare(): Promise<void> {
    const { scenario, signal, progress } = this.#context;
    const { clients } = this.#cluster;
    progress("settle", 0);
    await sleep(SETTLE_MS, undefined, { signal });
    progress("prepare", 0);
    await this.#each(clients, async (process, client) => {
      const prepared = process.next("prepared");
      const load: LoadOrders = {
        workload: scenario.workload,
        files: scenario.names.files,
        nodes: this.#cluster.contacts,
        client,
        clients: clients.length,
        seed: scenario.seed,
        valueSizeBytes: scenario.valueSizeBytes,
        ratePerSecond: scenario.rate / clients.length,
        warmUpMs: scenario.warmUpMs,
        durationMs: scenario.durationMs,
        deadlineMs: scenario.deadlineMs,
      };
      process.order({ do: "prepare", load });
      await prepared;
    });
    progress("warm up", 0);
    await this.#each(clients, async (process) => {
      const warm = process.next("warm");
      process.order({ do: "warmUp" });
      await warm;
    });
    await Promise.all(this.#cluster.all.map((process) => process.tell()));
    for (const process of this.#cluster.all) process.markStart();
  }

  async #load(): Promise<void> {
    const { signal, scenario } = this.#context;
    this.#loadBeganUs = machineNowUs() + LEAD_MS * 1_000;
    const over = new AbortController();
    const stop = (): void => {
      for (const client of this.#cluster.clients) client.order({ do: "stopLoad" });
      over.abort();
    };
    signal.addEventListener("abort", stop, { once: true });
    const faults = scenario.faults.map((kind) => this.#injectLater(kind, over.signal));
    const ticker = setInterval(() => {
      const elapsedMs = (machineNowUs() - this.#loadBeganUs) / 1_000;
      this.#context.progress("load", Math.min(1, Math.max(0, elapsedMs / scenario.durationMs)));
    }, 250);
    try {
      await Promise.all(
        this.#cluster.clients.map(async (client) => {
          const loaded = client.next("loaded");
          client.order({ do: "load", atUs: this.#loadBeganUs });
          this.#loads.set(client, await loaded);
        }),
      );
    } finally {
      clearInterval(ticker);
      signal.removeEventListener("abort", stop);
      over.abort();
      await Promise.all(faults);
    }
  }

  /** Does the fault when its time comes, unless the load is over before. */
  async #injectLater(kind: FaultKind, over: AbortSignal): Promise<void> {
    const { scenario } = this.#context;
    const number = victimsOf(scenario.nodes, scenario.faults, scenario.seed).get(kind);
    const victim = this.#cluster.nodes[number ?? -1];
    if (victim?.contact === undefined) return;
    const atUs = this.#loadBeganUs + scenario.faultsAt[kind] * scenario.durationMs * 1_000;
    try {
      await sleep(Math.max(0, (atUs - machineNowUs()) / 1_000), undefined, { signal: over });
    } catch {
      return;
    }
    // A process tells every half second: what it saw just before is not lost.
    await Promise.race([victim.tell().catch(() => undefined), sleep(TELL_MS)]);
    this.#victims.add(victim);
    this.#faults.push({ kind, victim: endName(victim.contact), atUs: machineNowUs() });
    victim.fail(SIGNALS[kind]);
  }

  async #readBack(): Promise<void> {
    const { progress } = this.#context;
    const expectations = [...this.#loads.values()].flatMap((loaded) => loaded.expectations);
    if (expectations.length === 0) return;
    progress("read back", 0);
    const { clients } = this.#cluster;
    const reports: ReadBackReport[] = [];
    await this.#each(clients, async (client, i) => {
      // Whoever wrote a name does not read it back itself, where there is somebody else.
      const share = expectations.filter(({ writer }) => (writer + 1) % clients.length === i);
      const read = client.next("readBack");
      client.order({ do: "readBack", expectations: share, budgetMs: READ_BACK_MS });
      reports.push((await read).report);
    });
    this.#readBacks = reports;
    const examples = reports.flatMap((report) => report.examples);
    if (examples.length > 0) {
      await writeFile(join(this.#context.logFolder, "read-back.txt"), `${examples.join("\n")}\n`);
    }
  }

  /** Runs it for every process, and stops waiting when interrupted. */
  async #each(
    processes: readonly NodeProcess[],
    run: (process: NodeProcess, index: number) => Promise<void>,
  ): Promise<void> {
    const interrupted = rejectOn(this.#context.signal, "interrupted");
    try {
      await Promise.race([Promise.all(processes.map(run)), interrupted.promise]);
    } finally {
      interrupted.forget();
    }
  }

  /** The last of what everybody saw. A victim no longer tells. */
  async #collect(): Promise<void> {
    const told = this.#cluster.all
      .filter((process) => !this.#victims.has(process))
      .map((process) => process.tell().catch(() => undefined));
    await Promise.race([Promise.all(told), sleep(TELL_MS)]);
  }

  #blameTheDead(): void {
    for (const process of this.#cluster.all) {
      const { unexpectedExit, complaints } = process;
      if (unexpectedExit === undefined) continue;
      const why = complaints === "" ? "" : `: ${complaints}`;
      this.#causes.push(`${process.name} ended by itself (${unexpectedExit})${why}`);
    }
  }

  #recordOf(process: NodeProcess): ProcessRecord {
    const loaded = this.#loads.get(process);
    return {
      end: endName(process.contact as Contact),
      name: process.name,
      trace: process.trace,
      counters: process.counterSpan,
      spans: process.spans,
      load: loaded?.load,
      loopLag: loaded?.loopLag,
    };
  }
}
