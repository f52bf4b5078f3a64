import type { ChildProcess } from "node:child_process";
import type { ProcessGroup } from "../live/process-group.ts";
import type { CellOrder, CellReply } from "./worker.ts";

/** From the folder of the process group. */
const PROGRAM = "../papers/worker";
/** A process that holds more than this after a cell is replaced: the next cell begins with room. */
const RESIDENT_BYTES_MAX = 1 << 30;
const COMPLAINT_MAX = 2_000;

/** One process that measures cells, made anew when it has ended. */
export class Worker {
  readonly #group: ProcessGroup;
  #child: ChildProcess | undefined;

  constructor(group: ProcessGroup) {
    this.#group = group;
  }

  /** Measures a cell. That the process ends meanwhile is a failure of the cell. */
  async run(order: CellOrder): Promise<CellReply> {
    this.#child ??= this.#group.start(PROGRAM);
    const child = this.#child;
    let complaint = "";
    const onComplaint = (text: string): void => {
      complaint = (complaint + text).slice(-COMPLAINT_MAX);
    };
    const reply = await new Promise<CellReply>((resolve) => {
      child.stderr?.setEncoding("utf8").on("data", onComplaint);
      child.once("close", (code, signal) => {
        resolve({ failure: `its process ended (${signal ?? code}) ${complaint}`.trim() });
      });
      child.once("message", (message) => resolve(message as CellReply));
      child.send(order, (error) => {
        if (error !== null) resolve({ failure: error.message });
      });
    });
    child.stderr?.off("data", onComplaint);
    child.removeAllListeners("close");
    child.removeAllListeners("message");
    if ("failure" in reply || reply.residentBytes > RESIDENT_BYTES_MAX) {
      child.kill("SIGKILL");
      this.#child = undefined;
    }
    return reply;
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }
}
