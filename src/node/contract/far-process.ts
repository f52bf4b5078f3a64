import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { SkipnetError } from "../../core/errors.ts";
import type { FarAnswer, FarCommand } from "./commands.ts";

const PROGRAM = import.meta.url.endsWith(".ts") ? "./far-program.ts" : "./far-program.js";
/** A far process that takes longer than this to answer is broken. */
const ANSWER_MS = 30_000;

type AnswerTo<Name> = Extract<FarAnswer, { readonly ok: Name }>;

/** A child process that runs `far-program` and does one thing at a time. */
export class FarProcess {
  readonly #child: ChildProcess;
  #answer: ((answer: FarAnswer) => void) | undefined;
  #stopped = false;

  /** Modules in TypeScript are loaded with tsx, which the caller has to have. */
  constructor(typescript: boolean) {
    this.#child = fork(fileURLToPath(new URL(PROGRAM, import.meta.url)), {
      execArgv: typescript ? ["--import", "tsx"] : [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (answer: FarAnswer) => this.#answer?.(answer));
    this.#child.once("exit", () => this.#answer?.({ failed: "it is gone" }));
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  async ask<Command extends FarCommand>(command: Command): Promise<AnswerTo<Command["do"]>> {
    const answer = await this.#ask(command);
    if ("failed" in answer) throw new SkipnetError("E_INTERNAL", `far process: ${answer.failed}`);
    return answer as AnswerTo<Command["do"]>;
  }

  stop(): void {
    this.#stopped = true;
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#stopped = false;
    this.#child.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    if (!this.alive) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #ask(command: FarCommand): Promise<FarAnswer> {
    return new Promise((resolve) => {
      const give = (answer: FarAnswer): void => {
        clearTimeout(timeout);
        this.#answer = undefined;
        resolve(answer);
      };
      const timeout = setTimeout(() => give({ failed: `no answer to ${command.do}` }), ANSWER_MS);
      this.#answer = give;
      if (!this.alive) give({ failed: "it is gone" });
      else this.#child.send(command, (error) => error !== null && give({ failed: String(error) }));
    });
  }
}
