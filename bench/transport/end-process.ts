import type { ChildProcess } from "node:child_process";
import { SkipnetError } from "../../src/core/errors.ts";
import { machineNowUs } from "../live/clock.ts";
import type { ProcessGroup } from "../live/process-group.ts";
import type { AskName, Asks, Question, Reply } from "./protocol.ts";

/** From the folder of the process group. */
const PROGRAM = "../transport/end";
const COMPLAINTS_MAX = 4_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process of the benchmark as its parent sees it: questions out, answers in. */
export class EndProcess {
  readonly #child: ChildProcess;
  /** By question. An entry leaves with its answer or with the process. */
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #complaints = "";
  #exit: string | undefined;
  /** When its end was heard of, machine time. */
  endedUs: number | undefined;

  constructor(group: ProcessGroup) {
    this.#child = group.start(PROGRAM);
    this.#child.stderr?.setEncoding("utf8");
    this.#child.stderr?.on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-COMPLAINTS_MAX);
    });
    this.#child.on("message", (message) => this.#hear(message as Reply));
    this.#child.once("exit", (code, signal) => this.#ended(signal ?? `code ${code}`));
    this.#child.once("error", (error) => this.#ended(error.message));
  }

  /** Rejects if the process cannot answer, or ends before it did. */
  ask<Name extends AskName>(name: Name, ask: Asks[Name]["ask"]): Promise<Asks[Name]["answer"]> {
    if (this.#exit !== undefined) return Promise.reject(this.#gone());
    return new Promise((resolve, reject) => {
      const question: Question = { id: this.#nextId++, name, ask };
      this.#waiting.set(question.id, { resolve: resolve as Waiting["resolve"], reject });
      this.#child.send(question, () => undefined);
    });
  }

  /** SIGKILL or SIGSTOP. */
  fail(signal: "SIGKILL" | "SIGSTOP"): void {
    this.#child.kill(signal);
  }

  /** Ends it, stopped or not. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #hear(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("answer" in reply) waiting?.resolve(reply.answer);
    else {
      const { code, detail } = reply;
      const text = detail.startsWith(`${code}: `) ? detail.slice(code.length + 2) : detail;
      waiting?.reject(new SkipnetError(code as "E_INTERNAL", text));
    }
  }

  #ended(how: string): void {
    this.#exit ??= how;
    this.endedUs ??= machineNowUs();
    for (const { reject } of this.#waiting.values()) reject(this.#gone());
    this.#waiting.clear();
  }

  #gone(): SkipnetError {
    const line = this.#complaints
      .trim()
      .split("\n")
      .findLast((text) => /Error|E_/.test(text));
    const why = line === undefined ? "" : `: ${line.trim().slice(0, 300)}`;
    return new SkipnetError("E_CLOSED", `a process of the benchmark ended (${this.#exit})${why}`);
  }
}
