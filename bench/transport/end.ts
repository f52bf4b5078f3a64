/** The program of one process of the transport benchmark: questions and answers go over the channel to its parent. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { asSkipnetError } from "../../src/core/errors.ts";
import { EndProgram } from "./end-program.ts";
import type { Question, Reply } from "./protocol.ts";

// Memory is measured after a collection.
setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc") as NonNullable<typeof globalThis.gc>;

function reply(answer: Reply): void {
  // The channel may close at any moment; then nobody is left to be told.
  if (process.connected) process.send?.(answer, undefined, undefined, () => undefined);
}

const program = new EndProgram();

process.on("message", ({ id, name, ask }: Question) => {
  program.answer(name, ask as never).then(
    (answer) => reply({ id, answer }),
    (thrown: unknown) => {
      const { code, message } = asSkipnetError(thrown);
      reply({ id, code, detail: message });
    },
  );
});
// Ctrl-C reaches the whole group; the parent decides what it means.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => process.exit(0));
