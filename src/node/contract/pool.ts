import { FarProcess } from "./far-process.ts";

/** Started ahead: starting a process takes longer than most tests. */
const SPARE = 3;

/** Far processes ready for use. One that was not killed is used again. */
export class FarPool {
  readonly #typescript: boolean;
  readonly #idle: FarProcess[] = [];
  readonly #all = new Set<FarProcess>();
  #closed = false;

  constructor(typescript: boolean) {
    this.#typescript = typescript;
  }

  take(): FarProcess {
    while (this.#idle.length < SPARE) this.#idle.push(this.#start());
    return this.#idle.shift() ?? this.#start();
  }

  giveBack(far: FarProcess): void {
    if (far.alive && !this.#closed) this.#idle.unshift(far);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((far) => far.kill()));
  }

  #start(): FarProcess {
    const far = new FarProcess(this.#typescript);
    this.#all.add(far);
    return far;
  }
}
