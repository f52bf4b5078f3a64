/** The program of one node process: orders come and reports go over the channel to its parent. */
import { asSkipnetError } from "../../src/core/errors.ts";
import { NodeProgram } from "./node-program.ts";
import type { Order, Report } from "./protocol.ts";

function tell(report: Report): void {
  // The channel may close at any moment; then nobody is left to be told.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}

const program = new NodeProgram(tell);

process.on("message", (order: Order) => {
  program.obey(order).catch((thrown: unknown) => {
    const { code, message, cause } = asSkipnetError(thrown);
    if (code === "E_INTERNAL")
      process.stderr.write(`${cause instanceof Error ? cause.stack : ""}\n`);
    tell({ say: "failed", code, detail: message });
  });
});
// Ctrl-C reaches the whole group; the parent decides what it means.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => process.exit(0));
