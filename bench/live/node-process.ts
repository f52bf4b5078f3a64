import type { ChildProcess } from "node:child_process";
import type { Contact } from "../../src/core/contacts.ts";
import { SkipnetError } from "../../src/core/errors.ts";
import type { CounterSpan, Counters } from "../outcome/wire.ts";
import { appendBatch, emptyBatch, type OperationSpan, type TraceBatch } from "../trace/events.ts";
import type { ProcessGroup } from "./process-group.ts";
import type { Order, Report } from "./protocol.ts";

/** What is kept of a process's complaints, characters. */
const COMPLAINTS_MAX = 4_000;

const LINE_MAX = 300;

type ReportOf<Say extends Report["say"]> = Extract<Report, { say: Say }>;

interface Waiter {
  readonly say: Report["say"];
  readonly accept: (report: Report) => boolean;
  readonly resolve: (report: Report) => void;
  readonly reject: (error: Error) => void;
}

/** One node process as the bench sees it: orders in, reports out, and all that it told about itself. */
export class NodeProcess {
  readonly name: string;
  readonly trace: TraceBatch = emptyBatch();
  readonly spans: OperationSpan[] = [];
  contact: Contact | undefined;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<Waiter>();
  #counters: Counters | undefined;
  #countersAtStart: Counters | undefined;
  #countersAtEnd: Counters | undefined;
  #complaints = "";
  #exit: string | undefined;
  #victim = false;

  constructor(name: string, group: ProcessGroup) {
    this.name = name;
    this.#child = group.start("child");
    this.#child.stderr?.setEncoding("utf8");
    this.#child.stderr?.on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-COMPLAINTS_MAX);
    });
    this.#child.on("message", (message) => this.#hear(message as Report));
    this.#child.once("exit", (code, signal) => this.#ended(signal ?? `code ${code}`));
    this.#child.once("error", (error) => this.#ended(error.message));
  }

  /** How it ended, where nobody meant it to. */
  get unexpectedExit(): string | undefined {
    return this.#victim ? undefined : this.#exit;
  }

  /** What it died of, as far as it wrote that to standard error: the error, not the stack below it. */
  get complaints(): string {
    const lines = this.#complaints.trim().split("\n");
    const error = lines.findLast((line) => /^(Uncaught )?\w*(Error|E_[A-Z_]+)\b/.test(line));
    return (error ?? lines.at(-1) ?? "").slice(0, LINE_MAX);
  }

  order(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  /** Waits for a report of this kind. Rejects if the process ends or says that it failed. */
  async next<Say extends Report["say"]>(
    say: Say,
    accept: (report: ReportOf<Say>) => boolean = () => true,
  ): Promise<ReportOf<Say>> {
    if (this.#exit !== undefined) throw this.#gone();
    const report = await new Promise<Report>((resolve, reject) => {
      const waiter: Waiter = {
        say,
        accept: (candidate) => accept(candidate as ReportOf<Say>),
        resolve,
        reject,
      };
      this.#waiters.add(waiter);
    });
    return report as ReportOf<Say>;
  }

  /** Asks for everything it has seen so far, and waits until it is here. */
  async tell(): Promise<void> {
    const told = this.next("beat", (report) => report.told);
    this.order({ do: "tell" });
    await told;
  }

  /** From here on its counters count. */
  markStart(): void {
    this.#countersAtStart = this.#counters;
  }

  /** From here on they no longer do. */
  markEnd(): void {
    this.#countersAtEnd = this.#counters;
  }

  /** Of a process that ended before: up to when it last told. */
  get counterSpan(): CounterSpan | undefined {
    const [from, to] = [this.#countersAtStart, this.#countersAtEnd ?? this.#counters];
    return from === undefined || to === undefined ? undefined : { from, to };
  }

  /** Does to it what the fault says. From now on its end is expected. */
  fail(signal: "SIGKILL" | "SIGSTOP"): void {
    this.#victim = true;
    this.#child.kill(signal);
  }

  /** Its end is expected from now on. */
  dismiss(): void {
    this.#victim = true;
    this.order({ do: "exit" });
  }

  #hear(report: Report): void {
    if (report.say === "beat") {
      appendBatch(this.trace, report.trace);
      for (const span of report.spans) this.spans.push(span);
      this.#counters = report.counters;
    }
    for (const waiter of this.#waiters) {
      if (report.say === "failed") {
        this.#waiters.delete(waiter);
        waiter.reject(new SkipnetError("E_JOIN", `${this.name}: ${report.detail}`));
      } else if (waiter.say === report.say && waiter.accept(report)) {
        this.#waiters.delete(waiter);
        waiter.resolve(report);
      }
    }
  }

  #ended(how: string): void {
    this.#exit ??= how;
    for (const waiter of this.#waiters) waiter.reject(this.#gone());
    this.#waiters.clear();
  }

  #gone(): SkipnetError {
    const why = this.complaints === "" ? "" : `: ${this.complaints}`;
    return new SkipnetError("E_CLOSED", `process of ${this.name} ended (${this.#exit})${why}`);
  }
}
