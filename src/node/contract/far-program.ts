import { FarHandler } from "../../transport/contract/far-handler.ts";
import type { FarAnswer, FarCommand } from "./commands.ts";
import { leftOver, type Opened, openModule, openSockets } from "./opened.ts";

/**
 * The program of the far process: opens the transport that it is told to, does what `FarHandler`
 * does, and obeys the harness over the parent's channel. It ends with its parent.
 */
let opened: Opened | undefined;
let handler: FarHandler | undefined;
let before: readonly string[] = [];

async function obey(command: FarCommand): Promise<FarAnswer> {
  switch (command.do) {
    case "open": {
      before = openSockets();
      opened = await openModule(command.module, command.spec);
      handler = new FarHandler(opened.transport);
      const port = await opened.transport.open(command.at, handler);
      return { ok: "open", endpoint: opened.transport.localEndpoint(port) };
    }
    case "received":
      return { ok: "received", messages: handler?.received ?? [] };
    case "cut":
      opened?.module.cut?.(command.off);
      return { ok: "cut" };
    case "close": {
      opened?.module.cut?.(false);
      await opened?.transport.close();
      const leaks = (opened?.world.pendingTimers ?? 0) > 0 ? ["timers of the far process"] : [];
      opened?.world.close();
      return { ok: "close", leaks: [...leaks, ...(await leftOver(before))] };
    }
  }
}

process.on("disconnect", () => process.exit(0));
process.on("message", async (command: FarCommand) => {
  try {
    process.send?.(await obey(command));
  } catch (error) {
    process.send?.({ failed: String(error) } satisfies FarAnswer);
  }
});
