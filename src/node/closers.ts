import type { Log } from "../core/log.ts";

/** What was opened, to be closed in the opposite order. */
export class Closers {
  readonly #log: Log;
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Closes everything, whatever fails on the way. Called again, it waits for the first call. */
  closeAll(): Promise<void> {
    this.#closing ??= this.#run();
    return this.#closing;
  }

  async #run(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.#log.error("node.closeFailed", { why: String(error) });
      }
    }
  }
}
