import { SingleBar } from "cli-progress";

/** Tells how far a run is: on standard error, and only to a terminal. */
export class Progress {
  readonly #bar: SingleBar | undefined;
  #shown = false;

  constructor(stream: NodeJS.WriteStream, enabled: boolean) {
    this.#bar =
      enabled && stream.isTTY
        ? new SingleBar({
            stream,
            format: "{transport} {bar} {phase}",
            barsize: 30,
            barCompleteChar: "━",
            barIncompleteChar: "─",
            hideCursor: true,
            clearOnComplete: true,
            noTTYOutput: false,
          })
        : undefined;
  }

  /** `share`: how much of the phase is done, 0 to 1. */
  show(transport: string, phase: string, share: number): void {
    if (this.#bar === undefined) return;
    const payload = { transport: transport.padEnd(10), phase };
    if (!this.#shown) this.#bar.start(100, 0, payload);
    this.#shown = true;
    this.#bar.update(Math.round(100 * share), payload);
  }

  clear(): void {
    if (this.#shown) this.#bar?.stop();
    this.#shown = false;
  }
}
